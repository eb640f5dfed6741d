//! A synchronous standby that is not there, and somebody who does not want to wait for it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::database::{Database, Session};
use crate::harness::{Stock, at_once, eventually, text};
use crate::nodes::Cluster;

/// Waits that are cancelled before anything else is looked at.
const CANCELLED: usize = 10;

/// Longer than a node looks for a commit that is in doubt, which is 10 seconds.
const DOUBT_LIMIT: Duration = Duration::from_secs(20);

/// Everything else here is a matter of a few round trips, or of a second between two attempts.
const LIMIT: Duration = Duration::from_secs(10);

/// Cancels every wait for a standby that is under way; how many. The COMMIT then warns and says
/// that it succeeded.
fn cancel_waits(session: &Session) -> usize {
    let sql = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    session.query(sql).len()
}

/// Has commits wait for a standby of this name, or for none.
fn require_standby(session: &Session, name: &str) {
    session.query(&format!("ALTER SYSTEM SET synchronous_standby_names = '{name}'"));
    session.query("SELECT pg_reload_conf()");
}

/// Has commits wait for a standby that nobody is.
fn require_nobody(database: &Database) {
    let session = database.session();
    require_standby(&session, "nobody");
    // The setting reaches those who commit a moment later.
    eventually(LIMIT, "commits wait", || {
        thread::scope(|scope| {
            let commit = "SELECT pg_logical_emit_message(true, '', '')";
            let probe = scope.spawn(|| database.query(commit));
            eventually(LIMIT, "the probe waits or has ended", || {
                let waited = cancel_waits(&session) > 0;
                (waited || probe.is_finished()).then_some(waited)
            })
            .then_some(())
        })
    });
}

/// While there is no standby, buyers on two nodes ask for the same hold and all waits are cancelled
/// until `enough` of them were, and so many buyers were told that nobody knows. Then the standby is
/// no longer asked for.
fn hold_while_waits_are_cancelled(enough: usize, told: usize) {
    let cluster = Cluster::over(Database::own(), 2);
    let product = cluster[0].units(10);
    cluster.wait_until_all_know(product);
    require_nobody(&cluster.database);
    let (alone, unknown) = (AtomicBool::new(true), AtomicUsize::new(0));
    let holds = at_once(3, |i| {
        if i == 2 {
            let session = cluster.database.session();
            let mut cancelled = 0;
            eventually(DOUBT_LIMIT, "enough waits are cancelled", || {
                cancelled += cancel_waits(&session);
                (cancelled >= enough && unknown.load(Ordering::SeqCst) >= told).then_some(())
            });
            println!("{cancelled} waits cancelled, {unknown:?} told that nobody knows");
            assert_eq!(session.query("SELECT count(*) FROM hold_row"), ["1"]);
            alone.store(false, Ordering::SeqCst);
            require_standby(&session, "");
            return None;
        }
        let hold = eventually(DOUBT_LIMIT + LIMIT, "the hold is placed", || {
            let answer = cluster[i].place(product, 1).header("Idempotency-Key", "once").send();
            if answer.status == 503 {
                assert!(answer.header("retry-after").is_some(), "{}", answer.text());
                let doubt = text(&answer.any_problem()["detail"]).contains("may or may not");
                unknown.fetch_add(usize::from(doubt), Ordering::SeqCst);
                return None;
            }
            assert!([200, 201].contains(&answer.status), "{}", answer.text());
            assert!(!alone.load(Ordering::SeqCst), "answered with one copy: {}", answer.text());
            Some(answer.value())
        });
        Some(hold)
    });
    let [Some(hold), Some(other), None] = &holds[..] else { panic!("{holds:?}") };
    assert_eq!(hold, other);
    let listed = cluster[0].walk("/api/holds", "hold_id", 50);
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["hold_id"], hold["hold_id"]);
    for node in &cluster.nodes {
        eventually(LIMIT, "every node shows one unit held", || {
            (node.stock(product) == Stock::of(9, 1, 0)).then_some(())
        });
    }
    cluster.assert_audits_are_clean();
}

#[test]
fn a_commit_whose_wait_for_the_standby_is_cancelled_is_answered_when_the_standby_has_it() {
    hold_while_waits_are_cancelled(CANCELLED, 0);
}

#[test]
fn a_commit_that_no_standby_ever_has_is_answered_as_unknown_and_made_once_by_its_key() {
    hold_while_waits_are_cancelled(CANCELLED, 2);
}
