//! A library between a server and its disk, which lets the disk fail or be slow: see `disk.c`.

use super::{Home, Launch, Preload};

/// The library, as long as this value lives.
pub(crate) struct Disk(Preload);

impl Disk {
    pub(crate) fn new() -> Self {
        Self(Preload::of("http/harness/disk.c"))
    }

    /// The server's disk has this fault at its `at`th write or sync; 0: never.
    pub(crate) fn of(&self, home: &Home, launch: Launch, fault: &str, at: usize) -> Launch {
        let files = home.database().display().to_string();
        self.0.before(home, launch, fault, at).env("DISK_FILES", &files)
    }

    /// How many writes and syncs there were.
    pub(crate) fn counted(home: &Home) -> usize {
        Preload::counted(home)
    }
}
