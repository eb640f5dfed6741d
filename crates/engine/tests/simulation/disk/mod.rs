//! The simulated disk: a log of batches, of which the last may not have been flushed yet.

mod tables;

use doorbuster_domain::{Change, Command, Ledger, Timestamp};

pub(crate) use self::tables::{Row, Tables};
use crate::dice::Dice;

/// One batch as it is written.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) now: Timestamp,
    /// What was decided in it, in this order.
    pub(crate) commands: Vec<Command>,
    rows: Vec<(Change, Row)>,
    /// Stands for a checksum: how many rows there are where all of it was written.
    checksum: usize,
}

/// What a crash did to the batch that was being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crashed {
    /// None was being written.
    Clean,
    Lost,
    Torn,
    Kept,
}

/// The log, and the rows that it comes to.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    log: Vec<Record>,
    /// How many records of the log are flushed. Those beyond may get lost.
    flushed: usize,
    /// Rows as of the last flushed record.
    pub(crate) tables: Tables,
    /// The number of the record that the engine was last told is durable, until it answers.
    pub(crate) acknowledged: Option<usize>,
    /// Rows that contradict earlier ones.
    pub(crate) contradictions: Vec<String>,
}

impl Record {
    pub(crate) fn of(ledger: &Ledger, now: Timestamp, commands: Vec<Command>) -> Self {
        let rows = tables::changed_rows(ledger);
        Self { now, commands, checksum: rows.len(), rows }
    }

    fn is_whole(&self) -> bool {
        self.rows.len() == self.checksum
    }
}

impl Disk {
    /// Writes a batch, which is not durable yet.
    pub(crate) fn write(&mut self, record: Record) {
        self.log.push(record);
    }

    /// Makes everything that was written durable.
    pub(crate) fn flush(&mut self) {
        while let Some(record) = self.log.get_mut(self.flushed) {
            let rows = std::mem::take(&mut record.rows);
            record.checksum = 0;
            self.contradictions.extend(self.tables.write(rows));
            self.flushed += 1;
        }
    }

    /// Tells the engine that the last batch is durable.
    pub(crate) fn acknowledge(&mut self) {
        self.acknowledged = self.flushed.checked_sub(1);
    }

    /// Takes back what was written and not flushed.
    pub(crate) fn roll_back(&mut self) {
        self.log.truncate(self.flushed);
    }

    /// The batch that is written and not flushed, if any.
    pub(crate) fn unflushed(&self) -> Option<&Record> {
        self.log.get(self.flushed)
    }

    /// The batches that are durable.
    pub(crate) fn durable(&self) -> &[Record] {
        &self.log[..self.flushed]
    }

    /// Loses power. What was flushed is there afterwards; of the rest anything may be.
    pub(crate) fn crash(&mut self, dice: &mut Dice) -> Crashed {
        self.acknowledged = None;
        let Some(record) = self.log.get_mut(self.flushed) else {
            return Crashed::Clean;
        };
        match dice.below(3) {
            0 => {
                self.roll_back();
                Crashed::Lost
            }
            1 if !record.rows.is_empty() => {
                // Sectors reach the disk in any order: some rows are there, others are not.
                let missing = dice.between(1, record.rows.len() as u64);
                for _ in 0..missing {
                    let at = usize::try_from(dice.below(record.rows.len() as u64)).unwrap();
                    record.rows.remove(at);
                }
                Crashed::Torn
            }
            _ => Crashed::Kept,
        }
    }

    /// Reads the log after a crash: up to the first batch that is not whole. With `trusting`, takes
    /// that one for whole too, which a store must not do.
    pub(crate) fn recover(&mut self, trusting: bool) {
        let unflushed = &self.log[self.flushed..];
        let whole = unflushed.iter().take_while(|record| record.is_whole() || trusting).count();
        self.log.truncate(self.flushed + whole);
        self.flush();
    }
}
