//! The memory store keeps every promise of a store.

use std::fs;
use std::path::Path;

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

#[test]
fn every_test_of_the_suite_is_run_by_its_macro() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance");
    let listed = fs::read_to_string(suite.join("mod.rs")).unwrap();
    let mut tests = 0;
    for file in fs::read_dir(&suite).unwrap() {
        let path = file.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap();
        for line in fs::read_to_string(&path).unwrap().lines() {
            if let Some(test) = line.strip_prefix("pub async fn ").and_then(|l| l.split('<').next())
            {
                let entry = format!("            {module}::{test}\n");
                assert!(listed.contains(&entry), "{module}::{test} is run by no store");
                tests += 1;
            }
        }
    }
    assert!(tests >= 40, "found only {tests}");
}
