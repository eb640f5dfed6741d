//! The clock.

use std::time::Duration;

use doorbuster_domain::Timestamp;
use doorbuster_engine::Clock;

use crate::running::idle;
use crate::shop::START;

#[tokio::test(start_paused = true)]
async fn a_manual_clock_moves_only_when_told_and_all_its_clones_with_it() {
    let clock = Clock::manual(START);
    let clone = clock.clone();
    tokio::time::advance(Duration::from_secs(1_000)).await;
    assert_eq!(clock.now(), START);
    clone.advance(Duration::from_millis(1_500));
    assert_eq!(clock.now().as_millis(), START.as_millis() + 1_500);
    assert_eq!(clone.now(), clock.now());
}

#[tokio::test(start_paused = true)]
async fn a_manual_clock_stops_at_the_end_of_time() {
    let clock = Clock::manual(START);
    clock.advance(Duration::MAX);
    assert_eq!(clock.now(), Timestamp::from_millis(i64::MAX));
    clock.sleep_until(Timestamp::from_millis(i64::MAX)).await;
}

#[tokio::test(start_paused = true)]
async fn a_sleeper_wakes_exactly_at_its_deadline() {
    let clock = Clock::manual(START);
    let deadline = Timestamp::from_millis(START.as_millis() + 10);
    let sleeper = tokio::spawn({
        let clock = clock.clone();
        async move { clock.sleep_until(deadline).await }
    });
    clock.advance(Duration::from_millis(9));
    idle().await;
    assert!(!sleeper.is_finished());
    clock.advance(Duration::from_millis(1));
    idle().await;
    assert!(sleeper.is_finished());
    clock.sleep_until(START).await; // a deadline that has passed is not waited for
}

#[tokio::test(start_paused = true)]
async fn the_machines_clock_wakes_no_sleeper_early() {
    let clock = Clock::system();
    for wait_ms in [0, 1, 2, 5] {
        // Real time passes too slowly here to matter: tokio's clock is the one that is waited on.
        let before = tokio::time::Instant::now();
        let deadline = Timestamp::from_millis(clock.now().as_millis() + wait_ms);
        clock.sleep_until(deadline).await;
        let waited = before.elapsed() + Duration::from_millis(1);
        let passed = clock.now().as_millis() >= deadline.as_millis();
        assert!(passed || waited >= Duration::from_millis(wait_ms.unsigned_abs()));
    }
    clock.sleep_until(Timestamp::from_millis(i64::MIN)).await;
}

#[test]
fn the_machines_clock_cannot_be_moved_and_never_runs_backwards() {
    let clock = Clock::system();
    let mut last = clock.now();
    clock.advance(Duration::from_secs(1_000_000));
    for _ in 0..100_000 {
        let now = clock.now();
        assert!(now >= last, "{now:?} after {last:?}");
        last = now;
    }
    assert!(last.as_millis() - START.as_millis() < 1_000_000_000_000, "not moved");
}

#[test]
fn the_machines_clock_shows_the_machines_time() {
    // When this test was built is the only time at hand that is not the clock's own.
    let built = std::env::current_exe().unwrap().metadata().unwrap().modified().unwrap();
    let built = built.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let built = i64::try_from(built).unwrap();
    let ten_years_ms = 10 * 365 * 24 * 60 * 60 * 1_000;
    assert!((built..built + ten_years_ms).contains(&Clock::system().now().as_millis()));
}
