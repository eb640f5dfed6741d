//! What a seed decides before anything happens: how the engine runs, and what goes wrong how often.

use doorbuster_engine::Options;

use crate::dice::Dice;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident $worst:literal,)*) => {
        /// What can go wrong, or come at an awkward time.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Fault { $($(#[$doc])* $name,)* }

        impl Fault {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)*];
            /// How often each strikes at worst, of 1,000 chances.
            const WORST: &'static [u64] = &[$($worst,)*];
        }
    };
}

faults! {
    /// The process dies wherever it is.
    Crash 60,
    /// The process is told to stop, and started again.
    Restart 25,
    /// A restart finds the wall clock set back.
    ClockSetBack 400,
    /// The clock is suddenly minutes ahead.
    ClockJump 15,
    /// The store's own clock is ahead of the node's.
    StoreAhead 60,
    /// A batch cannot be loaded.
    LoadFails 40,
    /// Loading a batch meets a conflict.
    LoadConflicts 60,
    /// Loading a batch takes long.
    SlowLoad 60,
    /// A commit is refused, and nothing of it is durable.
    Refused 40,
    /// A commit meets a conflict.
    Conflicts 100,
    /// Writing or flushing takes long.
    SlowCommit 60,
    /// A commit reports nothing; the store says later that it happened.
    UnknownCommitted 40,
    /// A commit reports nothing; the store says later that it did not happen.
    UnknownNotCommitted 40,
    /// A commit reports nothing, and the store goes on without knowing. It happened.
    UndecidedKept 25,
    /// A commit reports nothing, and the store goes on without knowing. It did not happen.
    UndecidedLost 25,
    /// A commit reports nothing, and nothing can be found out: the engine gives up.
    Unresolved 15,
    /// It takes long to find out what became of a commit.
    SlowDoubt 300,
    /// The regular removal of what is old fails.
    UpkeepFails 100,
    /// A request is lost on its way.
    RequestLost 40,
    /// A request arrives twice.
    RequestRepeated 80,
    /// A message takes long, and others overtake it.
    SlowMessage 150,
    /// An answer is lost on its way.
    AnswerLost 60,
    /// A client hangs up while its command is decided.
    HungUp 40,
}

/// What a seed decides before anything happens.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) mailbox: usize,
    pub(crate) batch: usize,
    /// How many clients ask at the same time.
    pub(crate) clients: u64,
    /// Who arrives while a batch is loaded may join it.
    pub(crate) joins: bool,
    /// Live rows are read anew for each batch, as where others write them too.
    pub(crate) rereads: bool,
    /// How long loading, writing, flushing and the word of it take at most.
    pub(crate) store_ms: [u64; 4],
    rates: Vec<u64>,
}

impl Plan {
    /// A seed has some kinds of fault often, some seldom and some never: where everything fails
    /// all the time nothing gets far enough to fail in an interesting way.
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let joins = dice.chance(35);
        let shared = joins || dice.chance(30);
        let embedded_only = [Fault::Unresolved];
        let shared_only = [
            Fault::StoreAhead,
            Fault::LoadConflicts,
            Fault::Conflicts,
            Fault::UnknownCommitted,
            Fault::UnknownNotCommitted,
            Fault::UndecidedKept,
            Fault::UndecidedLost,
        ];
        let rates = Fault::ALL.iter().zip(Fault::WORST).map(|(fault, worst)| {
            let rate = worst * dice.pick(&[0, 20, 50, 100]) / 100;
            let impossible = if shared { &embedded_only[..] } else { &shared_only[..] };
            if impossible.contains(fault) { 0 } else { rate }
        });
        let rates = rates.collect();
        let latency = |dice: &mut Dice| *dice.pick(&[0, 0, 1, 3, 8]);
        Self {
            mailbox: *dice.pick(&[4, 12, 64, 16_384]),
            batch: *dice.pick(&[1, 3, 16, 2_048]),
            clients: dice.between(8, 32),
            joins,
            rereads: shared && dice.chance(60),
            store_ms: [latency(dice), latency(dice), latency(dice), latency(dice)],
            rates,
        }
    }

    pub(crate) fn rate(&self, fault: Fault) -> u64 {
        self.rates[fault as usize]
    }

    pub(crate) fn options(&self) -> Options {
        Options { mailbox: self.mailbox, batch: self.batch, ..Options::default() }
    }
}
