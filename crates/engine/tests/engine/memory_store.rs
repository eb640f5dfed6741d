//! The memory store keeps every promise of a store.

use doorbuster_engine::conformance::Bench;
use doorbuster_engine::{MemoryReader, MemoryStore};

struct InMemory(MemoryReader);

impl Bench for InMemory {
    type Store = MemoryStore;
    type Reader = MemoryReader;

    fn new() -> Self {
        Self(MemoryStore::new().reader())
    }

    async fn open(&mut self) -> (MemoryStore, MemoryReader) {
        (self.0.reopen(), self.0.clone())
    }
}

doorbuster_engine::conformance!(InMemory);
