//! The conformance suite.

use doorbuster_engine::conformance::Bench;
use doorbuster_stores::postgres::{PostgresReader, PostgresStore};

use crate::schema::Schema;

impl Bench for Schema {
    type Store = PostgresStore;
    type Reader = PostgresReader;

    const KEEPS_LIVE_ROWS: bool = false;

    fn new() -> Self {
        Self::new()
    }

    async fn open(&mut self) -> (PostgresStore, PostgresReader) {
        let mut opened = Self::open(self, 1).await;
        (opened.stores.remove(0).with_callers_time(), opened.reader)
    }
}

doorbuster_engine::conformance!(Schema, reads_anew);
