//! Libraries between a server and its system, which let one call fail: see `fault.h`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{Home, Launch};

/// A compiled library, as long as this value lives.
pub(crate) struct Preload(TempDir);

impl Preload {
    /// Of a file below `tests`.
    pub(crate) fn of(source: &str) -> Self {
        let library = Self(tempfile::tempdir().unwrap());
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(source);
        let mut compiler = Command::new("cc");
        compiler.args(["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"]);
        let compiled = compiler.arg(library.path()).arg(source).arg("-ldl").status().unwrap();
        assert!(compiled.success(), "the C compiler, which Rust needs too, failed");
        library
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("library.so")
    }

    /// A server to which this happens at the `at`th call that is counted; 0: never.
    pub(crate) fn before(&self, home: &Home, launch: Launch, fault: &str, at: usize) -> Launch {
        let counter = home.file("counter");
        fs::write(&counter, [0; 8]).unwrap();
        launch
            .env("LD_PRELOAD", &self.path().display().to_string())
            .env("FAULT_COUNTER", &counter.display().to_string())
            .env("FAULT_KIND", fault)
            .env("FAULT_AT", &at.to_string())
    }
    /// How many calls were counted.
    pub(crate) fn counted(home: &Home) -> usize {
        let bytes = fs::read(home.file("counter")).unwrap();
        u64::from_ne_bytes(bytes.try_into().unwrap()).try_into().unwrap()
    }
}
