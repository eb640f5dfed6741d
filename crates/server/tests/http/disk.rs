//! A disk that fails at every single write and sync of a fixed workload, in every way it can.

use std::fs;

use crate::harness::{
    Disk, Home, Launch, PRODUCTS, PURCHASES, Purchase, Server, assert_rows_are_as_told, buy,
    put_on_sale, try_faults,
};

/// How many of all faults are tried; more, up to all of them, with `DISK_FAULTS`.
const FAULTS: usize = 200;

/// How the disk can fail, as `harness/disk.c` calls it.
const KINDS: [&str; 7] = ["error", "full", "short", "kill", "torn", "done", "power"];

/// At how many of the writes before the server listens the disk may fail.
const AT_START: usize = 30;

/// A disk that can fail, and a file with two products to sell.
struct Rig {
    disk: Disk,
    file: Home,
}

impl Rig {
    fn new() -> Self {
        let mut server = Server::start();
        put_on_sale(&server);
        assert_eq!(server.terminate().code(), Some(0));
        Self { disk: Disk::new(), file: server.home().clone() }
    }

    /// A server on a copy of the file, whose disk fails at the `at`th write or sync.
    fn launch(&self, fault: &str, at: usize) -> (Home, Launch) {
        let home = Home::new();
        fs::copy(self.file.database(), home.database()).unwrap();
        let launch = self.disk.of(&home, Launch::on(&home), fault, at);
        (home, launch)
    }
}

/// What became of a server whose disk failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    /// It did not start, and said why.
    Refused,
    /// It ended while buyers were buying.
    Broke,
    /// Nobody noticed until it was asked to stop, or not even then.
    Stopped,
}

/// Lets the disk fail once, and looks at what is left with one that works.
fn fail_once(rig: &Rig, fault: &str, at: usize) -> End {
    let (home, launch) = rig.launch(fault, at);
    let dies = ["kill", "torn", "done", "power"].contains(&fault);
    let (end, mut bought) = match launch.try_start() {
        Err((status, said)) => {
            assert!(dies || said.contains("sale.db"), "{status}: {said}");
            (End::Refused, Vec::new())
        }
        Ok(mut server) => {
            let bought = buy(|purchase| purchase.step(&server), || false);
            let broke = bought.last().is_some_and(Purchase::is_in_doubt);
            let status = if broke { server.ended() } else { server.terminate() };
            // What was wrong is said, at the latest at the end.
            let well = status.code() == Some(0);
            assert!(!(well && broke), "it lost an answer and says that all is well");
            assert!(fault != "short" || well, "half a write is no error: {}", server.printed());
            assert!(well || dies || server.printed().contains("ERROR"), "{}", server.printed());
            (if broke { End::Broke } else { End::Stopped }, bought)
        }
    };
    assert!(Disk::counted(&home) >= at, "the fault did not happen");

    let server = Launch::on(&home).start();
    for purchase in &mut bought {
        purchase.verify_and_go_on(&server);
    }
    assert_rows_are_as_told(&server, &PRODUCTS, &bought);
    server.assert_offline_audit_is_clean();
    end
}

#[test]
fn whenever_the_disk_fails_what_was_answered_is_there() {
    let rig = Rig::new();
    let (home, launch) = rig.launch("error", 0);
    let mut server = launch.start();
    let to_start = Disk::counted(&home);
    let bought = buy(|purchase| purchase.step(&server), || false);
    assert!(bought.len() == PURCHASES && bought.iter().all(Purchase::is_complete));
    assert_eq!(server.terminate().code(), Some(0));
    let writes = Disk::counted(&home);
    // Each step is a commit, which is a write and a sync at least.
    assert!(writes - to_start > 2 * PURCHASES, "{writes} writes, {to_start} to start");

    // To start, the log is filled with zeros: one write like the other.
    let starting = (1..=to_start).step_by(1 + to_start / AT_START);
    let points: Vec<usize> = starting.chain(to_start + 1..=writes).collect();
    let faults: Vec<_> =
        KINDS.iter().flat_map(|kind| points.iter().map(move |at| (*kind, *at))).collect();
    println!("{to_start} of {writes} writes to start");
    try_faults("DISK_FAULTS", FAULTS, &faults, |(kind, at)| (*kind, fail_once(&rig, kind, *at)));
}
