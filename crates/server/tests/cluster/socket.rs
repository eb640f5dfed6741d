//! A library between a node and its database, which lets a connection fail: see `socket.c`.

use crate::harness::{Home, Launch, Preload};

/// The library, as long as this value lives.
pub(crate) struct Socket(Preload);

/// Calls that are counted, and may fail: those of some threads that send, or receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Calls {
    pub(crate) threads: &'static str,
    pub(crate) call: &'static str,
}

impl Socket {
    pub(crate) fn new() -> Self {
        Self(Preload::of("cluster/socket.c"))
    }

    /// The node's connections to the database at this port have this fault at the `at`th of
    /// `calls`; 0: never.
    pub(crate) fn of(
        &self,
        home: &Home,
        launch: Launch,
        port: &str,
        calls: Calls,
        (fault, at): (&str, usize),
    ) -> Launch {
        let launch = self.0.before(home, launch, fault, at).env("SOCKET_PORT", port);
        launch.env("SOCKET_THREADS", calls.threads).env("SOCKET_CALLS", calls.call)
    }

    /// How many of the calls there were.
    pub(crate) fn counted(home: &Home) -> usize {
        Preload::counted(home)
    }
}
