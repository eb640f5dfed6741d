//! What clients asked, when, and what they were told.

use std::collections::BTreeMap;

use doorbuster_domain::{Command, Outcome};
use doorbuster_engine::SubmitError;

use crate::disk::Record;

/// Where a command is in the one order of all: the number of its batch, and its place in it.
pub(crate) type Position = (usize, usize);

/// What two commands have in common that cannot be told apart.
type Key = (u8, u128, u128);

/// A command that was sent, for good or in vain.
#[derive(Debug)]
pub(crate) struct Operation {
    key: Key,
    incarnation: usize,
    /// All that had been answered when it was sent is before this, and so before it.
    floor: Option<Position>,
    /// Where it was decided, and its answer, once the engine says that it is durable.
    decided: Option<(Position, Outcome)>,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Running,
    Answered,
    /// Told that too many wait.
    Overloaded,
    /// Told that it had no effect.
    Unavailable,
    /// Refused from what was published, without being decided.
    AtOnce,
    /// Told that nobody knows.
    Unknown,
    HungUp,
}

/// How one engine ended, and what may have been said because of it.
#[derive(Debug, Default)]
pub(crate) struct Incarnation {
    /// It was killed, or gave up: whoever it had taken on learns nothing.
    pub(crate) died: bool,
    /// It was told to stop.
    pub(crate) stopped: bool,
    /// Something failed that makes commands unavailable.
    pub(crate) troubled: bool,
    /// Commands of batches of which it never learned what became of them.
    undecided: Vec<Key>,
}

/// All operations of a run.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) operations: Vec<Operation>,
    pub(crate) incarnations: Vec<Incarnation>,
    /// The last place in the order of all of which anybody was told.
    told: Option<Position>,
    /// How often each command has become durable.
    durable: BTreeMap<Key, usize>,
}

impl History {
    pub(crate) fn current(&mut self) -> &mut Incarnation {
        self.incarnations.last_mut().unwrap()
    }

    /// A command is sent. Returns its number.
    pub(crate) fn sends(&mut self, command: &Command) -> usize {
        let operation = Operation {
            key: key_of(command),
            incarnation: self.incarnations.len() - 1,
            floor: self.told,
            decided: None,
            end: End::Running,
        };
        self.operations.push(operation);
        self.operations.len() - 1
    }

    /// A command was found in a batch that is durable.
    pub(crate) fn note_durable(&mut self, command: &Command) {
        if !matches!(command, Command::ExpireDue { .. }) {
            *self.durable.entry(key_of(command)).or_default() += 1;
        }
    }

    /// A batch is neither known to be durable nor known not to be.
    pub(crate) fn note_undecided(&mut self, record: &Record) {
        let keys: Vec<_> = record.commands.iter().map(key_of).collect();
        self.current().undecided.extend(keys);
    }

    /// The engine is about to answer: the command is durable, at this place.
    pub(crate) fn decides(
        &mut self,
        number: usize,
        position: Position,
        outcome: &Outcome,
    ) -> Result<(), String> {
        let operation = &mut self.operations[number];
        if operation.decided.replace((position, outcome.clone())).is_some() {
            return Err(format!("operation {number} was decided twice"));
        }
        if operation.floor.is_some_and(|floor| position <= floor) {
            let floor = operation.floor;
            return Err(format!("operation {number} at {position:?} was sent after {floor:?}"));
        }
        Ok(())
    }

    /// Somebody was answered.
    pub(crate) fn answers(
        &mut self,
        number: usize,
        answer: &Result<Outcome, SubmitError>,
    ) -> Result<(), String> {
        let operation = &mut self.operations[number];
        match answer {
            Ok(outcome) => {
                operation.end = End::Answered;
                let Some((position, decided)) = &operation.decided else {
                    return Err(format!("operation {number} was answered but not decided"));
                };
                self.told = self.told.max(Some(*position));
                let same = decided == outcome;
                return if same { Ok(()) } else { Err(format!("{number} got another's answer")) };
            }
            Err(SubmitError::Unknown) => operation.end = End::Unknown,
            Err(SubmitError::Unavailable) => operation.end = End::Unavailable,
            Err(SubmitError::Overloaded) => operation.end = End::Overloaded,
        }
        Ok(())
    }

    pub(crate) fn refuses_at_once(&mut self, number: usize) {
        self.operations[number].end = End::AtOnce;
    }

    pub(crate) fn hangs_up(&mut self, number: usize) {
        self.operations[number].end = End::HungUp;
    }

    /// After the run: everyone who was told of an effect has one, nobody else has, and everyone
    /// who was told of none has none.
    pub(crate) fn check(&self) -> Result<(), String> {
        let mut counts: BTreeMap<Key, (usize, usize)> = BTreeMap::new();
        for (number, operation) in self.operations.iter().enumerate() {
            let incarnation = &self.incarnations[operation.incarnation];
            let (sure, maybe) = counts.entry(operation.key).or_default();
            let excused = incarnation.died || incarnation.undecided.contains(&operation.key);
            let stopping = incarnation.died || incarnation.stopped || incarnation.troubled;
            let wrong = |said: &str| Err(format!("operation {number} {said}: {operation:?}"));
            match (operation.end, &operation.decided) {
                (End::Answered | End::HungUp, Some(_)) => *sure += 1,
                (End::Unknown, _) if !excused => return wrong("is called unknown, but is not"),
                (End::Unknown, Some(_)) => *sure += 1,
                (End::Unknown | End::HungUp, None) => *maybe += 1,
                (End::Unavailable, None) if !stopping => return wrong("is refused for no reason"),
                (End::Unavailable | End::Overloaded | End::AtOnce, None) => {}
                (End::Unavailable | End::Overloaded | End::AtOnce, Some(_)) => {
                    return wrong("was decided, and called refused");
                }
                (End::Running, _) => return wrong("was never answered"),
                (End::Answered, None) => return wrong("was answered and never decided"),
            }
        }
        for (key, durable) in &self.durable {
            let (sure, maybe) = counts.get(key).copied().unwrap_or_default();
            if *durable > sure + maybe {
                let sent = format!("{sure} times for sure and {maybe} times perhaps");
                return Err(format!("command {key:?} is durable {durable} times, sent {sent}"));
            }
        }
        for (key, (sure, _)) in counts {
            let durable = self.durable.get(&key).copied().unwrap_or(0);
            if durable < sure {
                return Err(format!("{key:?} was answered {sure} times, durable {durable} times"));
            }
        }
        Ok(())
    }
}

/// The serial number at the end of a text, by which commands without an id are told apart.
fn serial(text: Option<&str>) -> u128 {
    let digits = text.unwrap_or_default().trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.parse().unwrap_or(0)
}

fn key_of(command: &Command) -> Key {
    match command {
        Command::PlaceHold(place) => (0, place.hold_id.uuid().as_u128(), 0),
        Command::ReleaseHold(id) => (1, id.uuid().as_u128(), 0),
        Command::ExtendHold(id) => (2, id.uuid().as_u128(), 0),
        Command::CreateOrder(create) => {
            (3, create.hold_id.uuid().as_u128(), create.order_id.id().uuid().as_u128())
        }
        Command::CancelOrder(id) => (4, id.uuid().as_u128(), 0),
        Command::RecordPayment(report) => (5, serial(Some(&report.payload)), 0),
        Command::RefundOrder(refund) => {
            (6, refund.order_id.uuid().as_u128(), refund.restock.into())
        }
        Command::CreateProduct(create) => (7, serial(Some(create.terms.name.as_str())), 0),
        Command::ChangeProduct(change) => {
            let name = change.name.as_ref().map(|name| name.as_str());
            (8, change.product_id.get().into(), serial(name))
        }
        Command::ExpireDue { .. } => (9, 0, 0),
    }
}
