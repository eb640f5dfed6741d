//! The conformance suite on the embedded store.

#![expect(clippy::unwrap_used, reason = "a test that fails must panic")]

use doorbuster_engine::conformance::Bench;
use doorbuster_stores::sqlite::{SqliteReader, SqliteStore};
use tempfile::TempDir;

/// A database file in a directory of its own.
struct File(TempDir);

impl Bench for File {
    type Store = SqliteStore;
    type Reader = SqliteReader;

    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    async fn open(&mut self) -> (SqliteStore, SqliteReader) {
        SqliteStore::open(&self.0.path().join("shop.db")).unwrap()
    }
}

doorbuster_engine::conformance!(File);
