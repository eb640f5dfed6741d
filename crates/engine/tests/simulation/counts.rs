//! What happened how often, so that nobody trusts a simulation in which nothing happens.

use std::collections::BTreeMap;

use doorbuster_domain::{
    Effect, EntryKind, EventResult, OrderState, Outcome, PaymentResult, Refusal,
};

use crate::plan::Fault;

/// How often each thing happened, by its name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts(BTreeMap<&'static str, u64>);

/// How often each of these must have happened in 1,000 seeds of 1,000 operations.
const EXPECTED: &[(u64, &[&str])] = &[
    (
        1_000,
        &[
            "hold placed",
            "hold replayed",
            "order created",
            "order replayed",
            "payment applied",
            "payment applied late",
            "payment duplicate",
            "payment ignored",
            "payment stored",
            "product created or changed",
            "refused from the snapshot",
            "read of a product",
            "batches",
            "expiries by the timer",
            "retries",
            "told Overloaded",
            "told Unavailable",
            "told Unknown",
            "finally Paid",
            "finally Expired",
            "finally Refunded, not restocked",
        ],
    ),
    (
        250,
        &[
            "batch lost in a crash",
            "batch torn in a crash",
            "batch kept in a crash",
            "crash between batches",
            "engine that gave up",
            "early event applied",
            "commands that joined a batch",
            "finally Cancelled",
            "finally RefundDue",
            "finally Refunded, restocked",
            "finally Refunded, without units",
        ],
    ),
];

/// How often each fault, each refusal and each kind of journal entry must have happened.
const EXPECTED_OF_EACH: u64 = 250;

/// Ids of holds are fresh: that is the server's part of the contract, so nobody is refused this.
const NEVER: &str = "HoldIdTaken";

/// A name for each variant, as it is written in the code.
macro_rules! names {
    ($function:ident, $all:ident: $type:ident { $($name:ident),* $(,)? }) => {
        const $all: &[&str] = &[$(stringify!($name),)*];

        fn $function(of: &$type) -> &'static str {
            match of {
                $($type::$name { .. } => stringify!($name),)*
            }
        }
    };
}

names!(refusal_name, REFUSALS: Refusal {
    ProductNotFound, HoldNotFound, OrderNotFound, CustomerRequired, InsufficientStock, SaleNotOpen,
    SaleClosed, SalePaused, CustomerLimitReached, HoldExpired, HoldReleased, HoldUsed, HoldIdTaken,
    ExtensionLimitReached, OrderNotPending, OrderNotRefundable, OrderIdTaken, StockCommitted,
    StockOutOfRange, UnsoundWindow, TooManyExtensions, ProductExists, IdempotencyKeyReused,
    EventIdReused, AmountMismatch,
});

names!(entry_name, ENTRIES: EntryKind {
    ProductCreated, StockChanged, HoldPlaced, HoldReleased, HoldExpired, OrderPaid, OrderCancelled,
    OrderExpired, OrderRetaken, OrderRestocked, OrderRefunded,
});

names!(fault_name, FAULTS: Fault {
    Crash, Restart, ClockSetBack, ClockJump, StoreAhead, LoadFails, LoadConflicts, SlowLoad,
    Refused, Conflicts, SlowCommit, UnknownCommitted, UnknownNotCommitted, UndecidedKept,
    UndecidedLost, Unresolved, SlowDoubt, UpkeepFails, RequestLost, RequestRepeated, SlowMessage,
    AnswerLost, HungUp,
});

impl Counts {
    pub(crate) fn add(&mut self, what: &'static str, by: u64) {
        *self.0.entry(what).or_default() += by;
    }

    pub(crate) fn fault(&mut self, fault: Fault) {
        self.add(fault_name(&fault), 1);
    }

    pub(crate) fn entry(&mut self, kind: EntryKind) {
        self.add(entry_name(&kind), 1);
    }

    pub(crate) fn outcome(&mut self, outcome: &Outcome) {
        let effect = match outcome {
            Err(refusal) => return self.add(refusal_name(refusal), 1),
            Ok(effect) => effect,
        };
        let what = match effect {
            Effect::Hold { replayed: false, .. } => "hold placed",
            Effect::Hold { replayed: true, .. } => "hold replayed",
            Effect::Order { replayed: true, .. } => "order replayed",
            Effect::Order { early_events, .. } => {
                let applied = early_events.iter().filter(|it| it.result == EventResult::Applied);
                self.add("early event applied", applied.count() as u64);
                "order created"
            }
            Effect::Payment(answer) => match (answer.result, answer.late) {
                (PaymentResult::Applied, true) => "payment applied late",
                (PaymentResult::Applied, false) => "payment applied",
                (PaymentResult::Duplicate, _) => "payment duplicate",
                (PaymentResult::Ignored, _) => "payment ignored",
                (PaymentResult::Stored, _) => "payment stored",
            },
            Effect::Product(_) => "product created or changed",
            Effect::Expired { .. } => "expiry",
        };
        self.add(what, 1);
    }

    pub(crate) fn finally(&mut self, state: OrderState) {
        let what = match state {
            OrderState::Pending => "finally Pending",
            OrderState::Paid => "finally Paid",
            OrderState::Cancelled => "finally Cancelled",
            OrderState::Expired => "finally Expired",
            OrderState::RefundDue => "finally RefundDue",
            OrderState::Refunded { had_units: false, .. } => "finally Refunded, without units",
            OrderState::Refunded { restocked: true, .. } => "finally Refunded, restocked",
            OrderState::Refunded { restocked: false, .. } => "finally Refunded, not restocked",
        };
        self.add(what, 1);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|(what, by)| self.add(what, *by));
    }

    /// What happened too seldom in so many seeds.
    pub(crate) fn missing(&self, seeds: u64) -> Vec<String> {
        let each = [REFUSALS, ENTRIES, FAULTS].map(|names| (EXPECTED_OF_EACH, names));
        let expected = EXPECTED.iter().copied().chain(each);
        let expected = expected.flat_map(|(n, names)| names.iter().map(move |name| (n, *name)));
        let found = |name: &str| self.0.get(name).copied().unwrap_or(0);
        expected
            .filter(|(_, name)| *name != NEVER)
            .filter(|(n, name)| found(name) < n * seeds / 1_000)
            .map(|(n, name)| format!("{name}: {} times, not {}", found(name), n * seeds / 1_000))
            .collect()
    }

    /// All of it, in words.
    pub(crate) fn told(&self) -> String {
        self.0.iter().map(|(what, n)| format!("{n:>10} {what}\n")).collect()
    }
}
