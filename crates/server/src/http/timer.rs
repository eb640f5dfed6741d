//! One timer for a connection, however many deadlines it has had.
//!
//! A new timer for the head of each request, dropped as soon as the head is there, would have to be
//! entered with the runtime and taken out again, which costs more than reading the head. So a
//! connection's timer stays entered: a new deadline is only noted, and looked at when the old one
//! passes.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};

/// A point in time that something waits for, and that moves.
#[derive(Default)]
pub(super) struct Deadline {
    at: Option<tokio::time::Instant>,
    /// Made when it is first waited for.
    timer: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl Deadline {
    /// Moves it.
    pub(super) fn set(&mut self, at: tokio::time::Instant) {
        self.at = Some(at);
    }

    /// Waits until it has passed. One that was never set has.
    pub(super) fn poll_passed(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Self { at: Some(at), timer } = self else { return Poll::Ready(()) };
        let timer = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(*at)));
        if timer.deadline() > *at {
            timer.as_mut().reset(*at); // an earlier deadline cannot wait for a later one
        }
        loop {
            ready!(timer.as_mut().poll(context));
            if timer.deadline() >= *at {
                return Poll::Ready(());
            }
            timer.as_mut().reset(*at);
        }
    }
}

/// The timer of a connection for hyper, which sets a new one for the head of each request. It waits
/// for one deadline at a time, the one set last.
#[derive(Clone)]
pub(super) struct ConnectionTimer(Arc<Mutex<Deadlines>>);

struct Deadlines {
    current: Deadline,
    /// The latest that the first may be.
    first: Option<tokio::time::Instant>,
}

impl ConnectionTimer {
    /// The timer of a connection whose first head has this deadline already.
    pub(super) fn beginning_with(deadline: Deadline) -> Self {
        Self(Arc::new(Mutex::new(Deadlines { first: deadline.at, current: deadline })))
    }
}

impl Timer for ConnectionTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        let mut deadlines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = tokio::time::Instant::from_std(deadline);
        let at = deadlines.first.take().map_or(at, |first| first.min(at));
        deadlines.current.set(at);
        Box::pin(Waiting(self.0.clone()))
    }

    /// The runtime's time, which tests can stop.
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
}

/// Waits for the connection's deadline.
struct Waiting(Arc<Mutex<Deadlines>>);

impl Sleep for Waiting {}

impl Future for Waiting {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut deadlines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        deadlines.current.poll_passed(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_now(seconds: u64) -> Instant {
        tokio::time::Instant::now().into_std() + Duration::from_secs(seconds)
    }

    async fn seconds(wait: Pin<Box<dyn Sleep>>) -> u64 {
        let start = tokio::time::Instant::now();
        wait.await;
        start.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_set_last_is_waited_for_whether_later_or_earlier() {
        let timer = ConnectionTimer::beginning_with(Deadline::default());
        assert_eq!(seconds(timer.sleep_until(from_now(10))).await, 10);
        for next in [30, 5] {
            let mut first = timer.sleep_until(from_now(10));
            assert!(poll_once(&mut first).await.is_pending());
            drop(first);
            assert_eq!(seconds(timer.sleep_until(from_now(next))).await, next);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn many_deadlines_that_did_not_come_leave_one_timer_that_wakes_once() {
        let timer = ConnectionTimer::beginning_with(Deadline::default());
        for _ in 0..100 {
            let mut wait = timer.sleep_until(from_now(10));
            assert!(poll_once(&mut wait).await.is_pending());
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!(seconds(timer.sleep_until(from_now(10))).await, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_began_elsewhere_keeps_its_deadline_and_the_next_has_its_own() {
        let mut begun = Deadline::default();
        begun.set(tokio::time::Instant::from_std(from_now(4)));
        let timer = ConnectionTimer::beginning_with(begun);
        assert_eq!(seconds(timer.sleep_until(from_now(10))).await, 4);
        assert_eq!(seconds(timer.sleep_until(from_now(10))).await, 10);
    }

    /// Polls once.
    async fn poll_once(wait: &mut Pin<Box<dyn Sleep>>) -> Poll<()> {
        std::future::poll_fn(|context| Poll::Ready(wait.as_mut().poll(context))).await
    }
}
