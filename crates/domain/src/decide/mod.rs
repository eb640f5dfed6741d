//! The decision: what each command does, and why it may be refused.
//!
//! Everything here is pure. The same ledger, time and command give the same outcome and the same
//! changes, and nothing outside the ledger is read or written.

mod expiry;
mod hold;
mod idempotency;
mod order;
mod payment;
mod product;

use crate::{Command, Ledger, Outcome, Timestamp};

/// Decides `command` at the time `now`, changing only `ledger`.
///
/// The ledger must hold every row that the command can touch; what it does not hold does not exist.
/// A refused command changes nothing, except as [`crate::Refusal`] says.
pub fn decide(ledger: &mut Ledger, now: Timestamp, command: &Command) -> Outcome {
    match command {
        Command::PlaceHold(place) => hold::place(ledger, now, place),
        Command::ReleaseHold(id) => hold::release(ledger, now, *id),
        Command::ExtendHold(id) => hold::extend(ledger, now, *id),
        Command::CreateOrder(create) => order::create(ledger, now, create),
        Command::CancelOrder(id) => order::cancel(ledger, now, *id),
        Command::RecordPayment(report) => payment::record(ledger, now, report),
        Command::RefundOrder(refund) => order::refund(ledger, now, *refund),
        Command::CreateProduct(create) => product::create(ledger, now, create),
        Command::ChangeProduct(change) => product::change(ledger, now, change),
        Command::ExpireDue { limit } => expiry::expire_due(ledger, now, *limit),
    }
}
