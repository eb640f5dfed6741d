//! Scripts: what happens in a shop, a line for each command in the language of the rule tables,
//! and where batches end. Whoever makes lines without knowing the rules, as fuzzing does, finds
//! out by them whether the rules hold.

use std::collections::BTreeSet;

use doorbuster_domain::*;

use crate::invariants;
use crate::language::{read_command, read_time, say_outcome};
use crate::lockstep::Lockstep;
use crate::rows::{Rows, canonical};
use crate::shelf::{Pause, Shelf};

/// How many commands of a script are run: what the last of many shows, few show as well.
const MAX_COMMANDS: usize = 100;

/// Runs a script. `commit` ends a batch, and `restart` goes on from what was written; what a line
/// says after `=>` and lines that cannot be read are left out. Time does not run backwards.
///
/// # Errors
/// When batches, model and a ledger without batches do not agree, or a rule is broken.
pub(crate) fn run(script: &str) -> Result<(), String> {
    let mut shop = Shop::default();
    for line in script.lines().take(MAX_COMMANDS) {
        let line = line.split("=>").next().unwrap_or_default();
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["commit"] => shop.pause(Pause::Commit)?,
            ["restart"] => shop.pause(Pause::Restart)?,
            [time, ref command @ ..] => {
                if let (Ok(time), Ok(command)) = (read_time(time), read_command(&command.join(" ")))
                {
                    shop.step(time, &command)?;
                }
            }
            [] => {}
        }
    }
    shop.pause(Pause::Restart)
}

/// A ledger in batches, beside one without and the model.
#[derive(Debug, Default)]
struct Shop {
    both: Lockstep,
    ledger: Ledger,
    shelf: Shelf,
    now: Timestamp,
    /// Orders that events have named.
    named: BTreeSet<OrderId>,
}

impl Shop {
    fn step(&mut self, time: Timestamp, command: &Command) -> Result<(), String> {
        if !self.is_possible(command) {
            return Ok(());
        }
        self.now = self.now.max(time);
        let expected = self.both.step(self.now, command)?;
        let found = decide(&mut self.ledger, self.now, command);
        if canonical(&found) == canonical(&expected) {
            Ok(())
        } else {
            let found = say_outcome(&found);
            Err(self.both.explain(&format!("but in batches it is answered {found}")))
        }
    }

    /// Whether the engine could say so: an id that it makes is one that nobody has used before.
    fn is_possible(&mut self, command: &Command) -> bool {
        match command {
            Command::RecordPayment(report) => {
                self.named.insert(report.order_id);
                true
            }
            Command::CreateOrder(CreateOrder {
                hold_id, order_id: NewOrderId::Fresh(id), ..
            }) => match self.both.ledger.order(*id) {
                Some(order) => order.hold_id == *hold_id,
                None => !self.named.contains(id),
            },
            Command::PlaceHold(_)
            | Command::ReleaseHold(_)
            | Command::ExtendHold(_)
            | Command::CreateOrder(_)
            | Command::CancelOrder(_)
            | Command::RefundOrder(_)
            | Command::CreateProduct(_)
            | Command::ChangeProduct(_)
            | Command::ExpireDue { .. } => true,
        }
    }

    /// Ends a batch; then every rule holds, and every row is as it should be.
    fn pause(&mut self, pause: Pause) -> Result<(), String> {
        self.shelf
            .pause(&mut self.ledger, pause)
            .and_then(|()| {
                let rows = Rows::of_ledger(&self.ledger, self.now);
                rows.compare(&Rows::of_model(&self.both.model, self.now))
            })
            .and_then(|()| invariants::check(&self.ledger, &self.shelf.journal))
            .and_then(|()| invariants::check(&self.both.ledger, self.both.ledger.journal()))
            .map_err(|wrong| self.both.explain(&wrong))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::run;
    use crate::language::read_command;

    #[test]
    fn every_script_of_the_corpus_keeps_the_rules() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/commands");
        let mut commands = 0;
        for file in fs::read_dir(corpus).unwrap() {
            let path = file.unwrap().path();
            let script = fs::read_to_string(&path).unwrap();
            let words = script.lines().filter_map(|line| line.split("=>").next()?.split_once(' '));
            commands += words.filter(|(_, command)| read_command(command).is_ok()).count();
            run(&script).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()));
        }
        assert!(commands > 20, "only {commands} lines of the corpus are commands");
    }
}
