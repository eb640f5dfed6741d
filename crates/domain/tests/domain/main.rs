//! The rules, tested from outside: readable tables of what must happen (`../rules`), and random
//! commands decided side by side with a second, simple implementation of the rules.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod invariants;
mod language;
mod lockstep;
mod model;
mod properties;
mod rows;
mod script;
mod shelf;
mod tables;
