//! The observer of the engine: sees every answer just before it is given.

use std::sync::{Arc, OnceLock};

use doorbuster_domain::{Command, Outcome};
use doorbuster_engine::{BatchReport, Observer, Snapshot, Trace};

use crate::world::{State, World};

/// Compares every answer with the model, and what is published with what is durable.
pub(crate) struct Witness {
    world: World,
    /// What the engine publishes, known once there is one.
    snapshot: Arc<OnceLock<Arc<Snapshot>>>,
    /// The number of the batch that is being answered.
    batch: usize,
    /// The place of the next answer in it.
    next: usize,
}

impl Witness {
    pub(crate) fn new(world: World, snapshot: Arc<OnceLock<Arc<Snapshot>>>) -> Self {
        Self { world, snapshot, batch: 0, next: 0 }
    }

    /// Readers see exactly what is durable.
    fn check_published(&self, it: &mut State) {
        let Some(snapshot) = self.snapshot.get() else { return };
        let deadlines = it.disk.tables.deadlines();
        for product in it.disk.tables.products.clone().into_values() {
            let published = snapshot.product(product.id);
            let right = published.as_ref().is_some_and(|published| {
                published.product == product
                    && published.next_deadline == deadlines.get(&product.id).copied()
            });
            if !right {
                let due = deadlines.get(&product.id);
                it.breaks(|| format!("published: {published:?}; durable: {product:?}, {due:?}"));
            }
        }
    }
}

impl Observer for Witness {
    fn committed(&mut self, report: &BatchReport<'_>) {
        self.world.clone().with(|it| {
            let Some(batch) = it.disk.acknowledged.take() else {
                return it.breaks(|| "answers before the commit".to_owned());
            };
            it.catch_up();
            let commands = &it.disk.durable()[batch].commands;
            // The timer's own command is the first, and nobody waits for its answer.
            let expiry = matches!(commands.first(), Some(Command::ExpireDue { .. }));
            (self.batch, self.next) = (batch, usize::from(expiry));
            it.counts.add("batches", 1);
            it.counts.add("expiries by the timer", u64::from(expiry));
            for entry in report.journal {
                it.counts.entry(entry.kind);
            }
            let commands = commands.len();
            if commands != report.commands {
                it.breaks(|| format!("{} commands of {commands}", report.commands));
            }
            it.tell(|| format!("batch {batch}: {commands} commands, {:?}", report.journal));
            self.check_published(it);
        });
    }

    fn answered(&mut self, trace: &Trace, command: &Command, outcome: &Outcome) {
        let position = (self.batch, self.next);
        self.next += 1;
        self.world.with(|it| {
            let Some(record) = it.disk.durable().get(position.0) else {
                return it.breaks(|| format!("an answer before the commit: {command:?}"));
            };
            let judged = it.replay.judge(record, position.1, command, outcome);
            it.check(judged);
            let number = trace.request_id().and_then(|id| id.parse().ok());
            let Some(number) = number else { return };
            let decided = it.history.decides(number, position, outcome);
            it.check(decided);
            it.counts.outcome(outcome);
            it.tell(|| format!("{number} decided at {position:?}: {outcome:?}"));
        });
    }

    fn retried(&mut self, attempt: u32, error: &(dyn std::error::Error + 'static)) {
        self.world.with(|it| {
            it.counts.add("retries", 1);
            it.tell(|| format!("retry {attempt}: {error}"));
        });
    }

    fn failed(&mut self, commands: usize, error: &(dyn std::error::Error + 'static)) {
        self.world.with(|it| {
            it.history.current().troubled = true;
            it.tell(|| format!("{commands} commands failed: {error}"));
        });
    }
}
