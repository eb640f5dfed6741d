//! The clock: the only place that asks what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use doorbuster_domain::Timestamp;
use tokio::sync::watch;

/// How far this clock may be from the one that it follows.
const FOLLOWED_WITHIN_MS: i64 = 10;

/// Where the engine takes its time from. Cheap to clone; clones agree.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    /// The wall clock as it was at `start`, carried forward by the monotonic clock. A wall clock
    /// that is set back or forward later moves no deadline.
    ///
    /// `ahead_ms` is by how much the clock that it follows is ahead of that.
    System { start: Instant, start_ms: i64, ahead_ms: Arc<AtomicI64> },
    /// Stands still until told to move.
    Manual(Arc<watch::Sender<Timestamp>>),
}

impl Clock {
    /// The machine's time. It never runs backwards, and does not jump when the wall clock is set;
    /// but where a store has a clock of its own, it goes by that one.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn system() -> Self {
        let ahead_ms = Arc::new(AtomicI64::new(0));
        Self(Source::System { start: Instant::now(), start_ms: wall_ms(), ahead_ms })
    }

    /// A clock for tests, at `now` until [`Clock::advance`] moves it.
    #[must_use]
    pub fn manual(now: Timestamp) -> Self {
        Self(Source::Manual(Arc::new(watch::Sender::new(now))))
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System { start, start_ms, ahead_ms } => {
                let own_ms = start_ms.saturating_add(millis(start.elapsed()));
                Timestamp::from_millis(own_ms.saturating_add(ahead_ms.load(Ordering::Relaxed)))
            }
            Source::Manual(now) => *now.borrow(),
        }
    }

    /// Waits until the clock shows `deadline` or later.
    pub async fn sleep_until(&self, deadline: Timestamp) {
        match &self.0 {
            Source::System { .. } => {
                let wait_ms = deadline.as_millis().saturating_sub(self.now().as_millis());
                if let Ok(wait_ms) = u64::try_from(wait_ms) {
                    tokio::time::sleep(Duration::from_millis(wait_ms)).await;
                }
            }
            Source::Manual(now) => {
                // The sender is right here, so the channel cannot close.
                let _ = now.subscribe().wait_for(|now| *now >= deadline).await;
            }
        }
    }

    /// Goes by another clock, a store's own, which showed `now` at some time since this one showed
    /// `before`. Between these two it is right; a clock that is ahead is set back.
    pub fn follow(&self, before: Timestamp, now: Timestamp) {
        let Source::System { ahead_ms, .. } = &self.0 else { return };
        let seen_ms = ahead_ms.load(Ordering::Relaxed);
        let (before_ms, now_ms, after_ms) =
            (before.as_millis(), now.as_millis(), self.now().as_millis());
        let wrong_ms = if now_ms < before_ms.saturating_sub(FOLLOWED_WITHIN_MS) {
            now_ms.saturating_sub(before_ms)
        } else if now_ms > after_ms.saturating_add(FOLLOWED_WITHIN_MS) {
            now_ms.saturating_sub(after_ms)
        } else {
            return;
        };
        // Of several lanes that find it wrong at once, one sets it right.
        let right_ms = seen_ms.saturating_add(wrong_ms);
        let _ = ahead_ms.compare_exchange(seen_ms, right_ms, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Moves a manual clock forward; the machine's time cannot be moved and stays.
    pub fn advance(&self, by: Duration) {
        match &self.0 {
            Source::System { .. } => {}
            Source::Manual(now) => now.send_modify(|now| *now = plus(*now, by)),
        }
    }
}

/// `time` and `duration` more, in whole milliseconds.
pub(crate) fn plus(time: Timestamp, duration: Duration) -> Timestamp {
    Timestamp::from_millis(time.as_millis().saturating_add(millis(duration)))
}

/// `time` and `duration` less, in whole milliseconds.
pub(crate) fn minus(time: Timestamp, duration: Duration) -> Timestamp {
    Timestamp::from_millis(time.as_millis().saturating_sub(millis(duration)))
}

#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn wall_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    /// Longer than the test may be stopped between two looks at the clock.
    const A_WHILE_MS: i64 = 60_000;

    fn moved(time: Timestamp, by_ms: i64) -> Timestamp {
        Timestamp::from_millis(time.as_millis() + by_ms)
    }

    /// By how much a clock is moved that asked another one `asked_ms` ago and was told a time that
    /// is `shown_ms` from its own.
    fn corrected(asked_ms: i64, shown_ms: i64) -> i64 {
        let clock = Clock::system();
        let now = clock.now();
        clock.follow(moved(now, -asked_ms), moved(now, shown_ms));
        let Source::System { ahead_ms, .. } = &clock.0 else { panic!("not the machine's") };
        ahead_ms.load(Ordering::Relaxed)
    }

    #[test]
    fn a_clock_that_may_be_right_is_left_alone() {
        // Whatever was shown while the question was under way, and a little to either side.
        for (asked_ms, shown_ms) in [(0, 0), (100, 0), (100, -50), (100, -100), (HOUR_MS, -1)] {
            assert_eq!(corrected(asked_ms, shown_ms), 0, "{asked_ms} {shown_ms}");
        }
        let little = FOLLOWED_WITHIN_MS;
        for (asked_ms, shown_ms) in [(0, little), (0, -little), (100, -100 - little)] {
            assert_eq!(corrected(asked_ms, shown_ms), 0, "{asked_ms} {shown_ms}");
        }
    }

    #[test]
    fn a_clock_that_is_ahead_is_set_back_to_when_it_asked() {
        let much = FOLLOWED_WITHIN_MS + 1;
        for (asked_ms, shown_ms, by_ms) in [
            (0, -HOUR_MS, -HOUR_MS),
            (0, -much, -much),
            (100, -100 - much, -much),
            (HOUR_MS, -HOUR_MS - 5_000, -5_000),
        ] {
            assert_eq!(corrected(asked_ms, shown_ms), by_ms, "{asked_ms} {shown_ms}");
        }
    }

    #[test]
    fn a_clock_that_is_behind_is_set_forward_to_what_it_was_told() {
        for asked_ms in [0, 100, HOUR_MS] {
            let by_ms = corrected(asked_ms, HOUR_MS);
            // Less what has passed since the test looked.
            assert!((HOUR_MS - A_WHILE_MS..=HOUR_MS).contains(&by_ms), "{by_ms}");
        }
    }

    #[test]
    fn clones_follow_together_and_the_latest_word_counts() {
        let (clock, other) = (Clock::system(), Clock::system());
        let clone = clock.clone();
        let start = clock.now();
        for by_ms in [HOUR_MS, -HOUR_MS, 0] {
            let told = moved(start, by_ms);
            clock.follow(clock.now(), told);
            let passed_ms = clone.now().as_millis() - told.as_millis();
            assert!((0..=A_WHILE_MS).contains(&passed_ms), "{passed_ms} ms from {by_ms}");
        }
        let apart_ms = other.now().as_millis() - clone.now().as_millis();
        assert!((-A_WHILE_MS..=A_WHILE_MS).contains(&apart_ms), "another clock is left alone");
    }

    #[test]
    fn a_clock_that_is_moved_by_hand_follows_nobody() {
        let start = Timestamp::from_millis(1_000_000);
        let clock = Clock::manual(start);
        for by_ms in [-HOUR_MS, 0, HOUR_MS] {
            clock.follow(start, moved(start, by_ms));
            assert_eq!(clock.now(), start);
        }
    }
}
