//! The language of the rule tables: commands and outcomes as lines that a shop owner can read.
//! Failing random sequences are printed in it too, so that they can be kept as a table.
//!
//! `p1`, `h1`, `o1` and `e1` are a product, a hold, an order and a payment event; an event of
//! Stripe's is `stripe:e1`. A moment is a number of seconds: `119.999s`.

mod commands;
mod names;
mod outcomes;
mod read;

pub(crate) use commands::say_command;
pub(crate) use names::{ENTRY_NAMES, REFUSAL_NAMES, entry_name, refusal_name, say_time};
pub(crate) use outcomes::{say_counters, say_entries, say_outcome};
pub(crate) use read::{read_command, read_product, read_time};
