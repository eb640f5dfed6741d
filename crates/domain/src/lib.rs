//! The rules of Doorbuster.
//!
//! A buyer's click takes a short-lived [`Hold`] on limited stock; the hold becomes an [`Order`]; a
//! [`PaymentEvent`] makes the order paid or gives its units back; what is overdue gives them back
//! by itself. Everything that anyone can ask is a [`Command`], everything that it can be answered
//! an [`Outcome`], and [`decide`] is the only way from one to the other.
//!
//! Nothing here knows of files, networks, clocks, randomness or threads. Read [`Command`] first,
//! then the modules below `decide`, then [`Audit`], which recounts what they promise.

mod audit;
mod command;
mod decide;
mod hold;
mod id;
mod idempotency;
mod journal;
mod ledger;
mod order;
mod outcome;
mod payment;
mod product;
mod quantity;
mod text;
mod time;

pub use audit::*;
pub use command::*;
pub use decide::decide;
pub use hold::*;
pub use id::*;
pub use idempotency::*;
pub use journal::*;
pub use ledger::{Change, Contradiction, CustomerUnits, Ledger};
pub use order::*;
pub use outcome::*;
pub use payment::*;
pub use product::*;
pub use quantity::*;
pub use text::*;
pub use time::*;
