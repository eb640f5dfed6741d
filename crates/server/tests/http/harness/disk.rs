//! A library between a server and its disk, which lets the disk fail or be slow: see `disk.c`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{Home, Launch};

/// The library, as long as this value lives.
pub(crate) struct Disk(TempDir);

impl Disk {
    pub(crate) fn new() -> Self {
        let disk = Self(tempfile::tempdir().unwrap());
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/harness/disk.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"]);
        let compiled = compiler.arg(disk.library()).arg(source).arg("-ldl").status().unwrap();
        assert!(compiled.success(), "the C compiler, which Rust needs too, failed");
        disk
    }

    fn library(&self) -> PathBuf {
        self.0.path().join("disk.so")
    }

    /// The server's disk has this fault at its `at`th write or sync; 0: never.
    pub(crate) fn of(&self, home: &Home, launch: Launch, fault: &str, at: usize) -> Launch {
        let counter = home.file("counter");
        fs::write(&counter, [0; 8]).unwrap();
        launch
            .env("LD_PRELOAD", &self.library().display().to_string())
            .env("DISK_FILES", &home.database().display().to_string())
            .env("DISK_COUNTER", &counter.display().to_string())
            .env("DISK_FAULT", fault)
            .env("DISK_AT", &at.to_string())
    }

    /// How many writes and syncs there were.
    pub(crate) fn counted(home: &Home) -> usize {
        let bytes = fs::read(home.file("counter")).unwrap();
        u64::from_ne_bytes(bytes.try_into().unwrap()).try_into().unwrap()
    }
}
