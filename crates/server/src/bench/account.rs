//! The client's own account: what it asked for, and what it was told. The judgement compares it
//! with what the server has.

use std::collections::BTreeMap;

use doorbuster_engine::OrderStatus;
use uuid::Uuid;

/// An instant of the run that never comes.
pub(super) const NEVER_MS: u32 = u32::MAX;

/// Everything that one client, or all of them together, was told.
#[derive(Clone, Debug, Default)]
pub(super) struct ClientAccount {
    pub(super) holds: Vec<ToldHold>,
    pub(super) orders: Vec<AskedOrder>,
    pub(super) deliveries: Vec<Delivery>,
    /// Holds asked for whose answer never came, by product. The server may have made them.
    pub(super) unknown_holds: BTreeMap<u64, u64>,
    /// Answers that said "done" and could not be understood. What they were about is kept as
    /// unknown.
    pub(super) unreadable: u64,
}

/// A hold that the server acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ToldHold {
    pub(super) hold_id: Uuid,
    pub(super) product_id: u64,
    pub(super) qty: u32,
    /// How many units had been asked for.
    pub(super) asked_qty: u32,
    /// Its units were certainly taken from here: when the answer had come, in milliseconds after
    /// the bell.
    pub(super) from_ms: u32,
    /// … to here: the earliest instant at which they can have been given back.
    pub(super) until_ms: u32,
}

/// An order that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AskedOrder {
    /// Its id, where the client chose it or was told it.
    pub(super) order_id: Option<Uuid>,
    /// The hold it was asked for.
    pub(super) hold_id: Uuid,
    pub(super) product_id: u64,
    pub(super) qty: u32,
    pub(super) made: Told,
    /// Where it stood, as the answer said that made it.
    pub(super) told: Option<OrderStatus>,
    /// Whether it was cancelled; `None`: nobody asked for it.
    pub(super) cancelled: Option<Told>,
    /// Before this instant it cannot have expired.
    pub(super) until_ms: u32,
    /// Since when it certainly had its units again, after it had lost them.
    pub(super) retaken_from_ms: Option<u32>,
}

/// Whether something was done, as far as the client was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Done,
    Refused,
    /// The answer never came.
    Unknown,
}

/// One delivery of a payment event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delivery {
    /// The number of the event within this run.
    pub(super) event: u64,
    pub(super) order_id: Uuid,
    /// Whether it reported success.
    pub(super) paid: bool,
    pub(super) answer: DeliveryAnswer,
}

impl Delivery {
    /// Whether the server said that it has it.
    pub(super) const fn is_taken(&self) -> bool {
        matches!(self.answer, DeliveryAnswer::Taken { .. })
    }
}

/// What the server said to a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DeliveryAnswer {
    /// It was taken.
    Taken {
        result: DeliveryResult,
        /// Where the order stood then, where the answer said so.
        order: Option<OrderStatus>,
    },
    /// It was not taken.
    Refused,
    /// The answer never came.
    Unknown,
}

/// What became of a delivery that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DeliveryResult {
    Applied,
    Duplicate,
    Ignored,
    Stored,
}

impl DeliveryResult {
    /// Its name in answers.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Duplicate => "duplicate",
            Self::Ignored => "ignored",
            Self::Stored => "stored",
        }
    }
}

impl ClientAccount {
    /// Adds what another client was told.
    pub(super) fn absorb(&mut self, other: Self) {
        let Self { holds, orders, deliveries, unknown_holds, unreadable } = other;
        self.unreadable += unreadable;
        self.holds.extend(holds);
        self.orders.extend(orders);
        self.deliveries.extend(deliveries);
        for (product_id, count) in unknown_holds {
            *self.unknown_holds.entry(product_id).or_default() += count;
        }
    }

    /// How many requests never got an answer.
    pub(super) fn unknown(&self) -> u64 {
        let holds: u64 = self.unknown_holds.values().sum();
        let orders = self.orders.iter().filter(|order| order.made == Told::Unknown).count();
        let cancels =
            self.orders.iter().filter(|order| order.cancelled == Some(Told::Unknown)).count();
        let deliveries = self
            .deliveries
            .iter()
            .filter(|delivery| delivery.answer == DeliveryAnswer::Unknown)
            .count();
        holds + (orders + cancels + deliveries) as u64
    }
}
