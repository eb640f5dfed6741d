//! A ledger that is written, settled and loaded again between batches answers like one that never
//! is: what changed is told, and what is told is enough to go on from.

use doorbuster_domain::*;
use proptest::prelude::*;

use super::{any_story, prove, tell};
use crate::invariants;
use crate::language::say_outcome;
use crate::lockstep::Lockstep;
use crate::rows::{Rows, canonical};
use crate::shelf::{Pause, Shelf};

#[test]
fn batches_and_restarts_change_no_answer() {
    let pauses = [Pause::No, Pause::No, Pause::Commit, Pause::Commit, Pause::Restart];
    let pauses = prop::collection::vec(prop::sample::select(pauses.to_vec()), 100);
    prove(4, &(any_story(), pauses), |(story, pauses)| {
        let mut both = Lockstep::default();
        let mut pauses = pauses.into_iter();
        let mut shelf = Shelf::default();
        let mut ledger = Ledger::new();
        let end = tell(story, |now, command, cast| {
            let expected = both.step(now, command)?;
            let found = decide(&mut ledger, now, command);
            if canonical(&found) != canonical(&expected) {
                let found = say_outcome(&found);
                return Err(both.explain(&format!("but in batches it is answered {found}")));
            }
            cast.learn(&expected);
            let pause = pauses.next().unwrap_or(Pause::Commit);
            shelf.pause(&mut ledger, pause).map_err(|wrong| both.explain(&wrong))
        })?;
        shelf.pause(&mut ledger, Pause::Restart)?;
        Rows::of_ledger(&ledger, end)
            .compare(&Rows::of_model(&both.model, end))
            .and_then(|()| invariants::check(&ledger, &shelf.journal))
            .map_err(|wrong| both.explain(&wrong))
    });
}
