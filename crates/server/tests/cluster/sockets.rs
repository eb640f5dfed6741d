//! A connection to the database that fails at every single call of a fixed workload, in every way.

use std::os::unix::process::ExitStatusExt as _;
use std::sync::Mutex;
use std::time::Duration;

use crate::database::Database;
use crate::harness::{
    Home, Launch, PRODUCTS, PURCHASES, Purchase, Server, assert_rows_are_as_told, buy, eventually,
    put_on_sale, try_faults,
};
use crate::nodes::node;
use crate::once::Once;
use crate::socket::{Calls, Socket};

/// How many of all faults are tried; more, up to all of them, with `SOCKET_FAULTS`.
const FAULTS: usize = 200;

/// What can happen to a call that sends, as `socket.c` calls it.
const SENDING: [&str; 6] = ["error", "short", "half", "kill", "torn", "done"];

/// And to one that receives.
const RECEIVING: [&str; 4] = ["error", "short", "half", "kill"];

/// Calls of threads that look at the database again and again: how many of them, from the first on.
/// They go through all that these threads ever do within a second.
const OTHERS: usize = 30;

/// The product besides those of the workload, of which units are held without a key.
const ONCE: i64 = 3;
const UNITS: u32 = 1_000_000;

/// How long a step may stay unanswered, because of one connection that is gone.
const STEP_LIMIT: Duration = Duration::from_secs(20);

/// What happens, and at which call.
#[derive(Debug)]
struct Fault {
    calls: Calls,
    kind: &'static str,
    at: usize,
}

impl Fault {
    /// Every kind at each of the first so many of these calls.
    fn at_each(calls: Calls, count: usize) -> impl Iterator<Item = Self> {
        let kinds = if calls.call == "send" { &SENDING[..] } else { &RECEIVING[..] };
        let at_each = move |kind| (1..=count).map(move |at| Self { calls, kind, at });
        kinds.iter().flat_map(move |kind| at_each(*kind))
    }

    /// Whether the node dies of it.
    fn kills(&self) -> bool {
        ["kill", "torn", "done"].contains(&self.kind)
    }
}

/// What became of a node whose connection failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    /// It did not start, and said why.
    Refused,
    /// It was killed.
    Killed,
    /// It went on.
    WentOn,
}

/// A connection that can fail, and databases that know the products of the workload.
struct Rig {
    socket: Socket,
    /// Those that nobody is using.
    databases: Mutex<Vec<Database>>,
}

impl Rig {
    fn new() -> Self {
        Self { socket: Socket::new(), databases: Mutex::default() }
    }

    /// A database, and who holds units of a product besides.
    fn database(&self) -> (Database, Once) {
        let unused = self.databases.lock().unwrap().pop();
        let database = unused.unwrap_or_else(|| {
            let database = Database::shared();
            let mut node = node(database.url());
            put_on_sale(&node);
            assert_eq!(node.units(UNITS), ONCE);
            assert_eq!(node.terminate().code(), Some(0));
            database.save();
            database
        });
        (database, Once::of(ONCE))
    }

    /// For the next one.
    fn put_back(&self, database: Database) {
        database.restore();
        self.databases.lock().unwrap().push(database);
    }

    /// A node over `database` to which this happens. It has one lane, so that its calls have an
    /// order.
    fn launch(&self, database: &Database, fault: &Fault) -> (Home, Launch) {
        let home = Home::new();
        let launch = Launch::on(&home).arg("--database", database.url()).arg("--lanes", "1");
        let address = database.address();
        let (_, port) = address.rsplit_once(':').unwrap();
        let launch = self.socket.of(&home, launch, port, fault.calls, (fault.kind, fault.at));
        (home, launch)
    }
}

/// Buys from a node whose connection fails, until it has failed.
fn buy_through(fault: &Fault, home: &Home, node: &Server, once: &Once) -> Vec<Purchase> {
    let step = |purchase: &mut Purchase| {
        let held = once.hold(node);
        if fault.kills() {
            return purchase.step(node);
        }
        let mut sent = 0;
        eventually(STEP_LIMIT, "the node goes on by itself", || {
            sent += 1;
            purchase.step(node).then_some(())
        });
        assert!(
            fault.kind != "short" || (held && sent == 1),
            "a call that does half of it is no error"
        );
        true
    };
    buy(step, || Socket::counted(home) < fault.at)
}

/// Lets a connection fail once, and looks at what is left.
fn fail_once(rig: &Rig, fault: &Fault) -> End {
    let (database, once) = rig.database();
    let (home, launch) = rig.launch(&database, fault);
    let (end, mut node, mut bought) = match launch.try_start() {
        Err((status, _)) if status.signal() == Some(9) => {
            (End::Killed, node(database.url()), Vec::new())
        }
        Err((status, said)) => {
            assert!(fault.kind != "short" && said.contains("database"), "{status}: {said}");
            (End::Refused, node(database.url()), Vec::new())
        }
        Ok(mut faulty) => {
            let bought = buy_through(fault, &home, &faulty, &once);
            if fault.kills() {
                assert_eq!(faulty.ended().signal(), Some(9));
                (End::Killed, node(database.url()), bought)
            } else {
                (End::WentOn, faulty, bought)
            }
        }
    };
    assert!(Socket::counted(&home) >= fault.at, "the fault did not happen");

    for purchase in &mut bought {
        purchase.verify_and_go_on(&node);
    }
    assert_rows_are_as_told(&node, &PRODUCTS, &bought);
    once.verify(&node);
    assert_eq!(node.terminate().code(), Some(0), "{}", node.printed());
    node.assert_offline_audit_is_clean();
    rig.put_back(database);
    end
}

/// How many of these calls the workload has, to start and at the end.
fn count(rig: &Rig, calls: Calls) -> (usize, usize) {
    let (database, once) = rig.database();
    let none = Fault { calls, kind: "none", at: 0 };
    let (home, launch) = rig.launch(&database, &none);
    let mut node = launch.start();
    let to_start = Socket::counted(&home);
    let bought = buy_through(&none, &home, &node, &once);
    assert!(bought.len() == PURCHASES && bought.iter().all(Purchase::is_complete));
    let all = Socket::counted(&home);
    assert_eq!(node.terminate().code(), Some(0));
    rig.put_back(database);
    (to_start, all)
}

#[test]
fn whenever_a_connection_fails_what_was_answered_is_there_and_the_node_goes_on() {
    let rig = Rig::new();
    let mut faults = Vec::new();
    for call in ["send", "receive"] {
        let calls = Calls { threads: "engine", call };
        let (to_start, all) = count(&rig, calls);
        println!("{calls:?}: {all}, {to_start} of them to start");
        // A step is a batch, which asks twice at least.
        assert!(all - to_start > 4 * PURCHASES, "{all} calls, {to_start} to start");
        faults.extend(Fault::at_each(calls, all));
        faults.extend(Fault::at_each(Calls { threads: "others", call }, OTHERS));
    }
    try_faults("SOCKET_FAULTS", FAULTS, &faults, |fault| (fault.kind, fail_once(&rig, fault)));
}
