//! Waking a worker once for all the answers of a batch.
//!
//! The engine answers a batch from its own thread. Waking a worker's task from there costs a system
//! call, and a batch has hundreds of answers. So whoever waits for the engine leaves a waker here
//! that only queues; the first of a batch wakes the worker, which then wakes the rest by itself,
//! for next to nothing.

use std::cell::RefCell;
use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Tasks of one worker that have their answer and do not know it yet.
#[derive(Default)]
struct Wakeups(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    tasks: Vec<Waker>,
    /// The worker's own task that wakes them.
    bell: Option<Waker>,
}

thread_local! {
    /// The calling worker's, from when it first serves.
    static HERE: RefCell<Option<Arc<Wakeups>>> = const { RefCell::new(None) };
}

/// Wakes the tasks of the calling thread that waited [`bundled`], for ever. A worker runs this
/// beside its connections.
pub(super) async fn wake_all() {
    let wakeups = Arc::<Wakeups>::default();
    HERE.set(Some(wakeups.clone()));
    let _gone = GoneOnDrop; // who waits after that is woken directly
    let mut ready = Vec::new();
    poll_fn(|context| {
        wakeups.take(&mut ready, context.waker());
        ready.drain(..).for_each(Waker::wake);
        Poll::Pending
    })
    .await
}

struct GoneOnDrop;

impl Drop for GoneOnDrop {
    fn drop(&mut self) {
        let _ = HERE.try_with(RefCell::take); // the thread may be ending
    }
}

/// Waits for `answer`, which another thread completes, and wakes up together with the others of
/// this thread that do. On a thread without [`wake_all`] it simply waits.
pub(super) async fn bundled<T>(answer: impl Future<Output = T>) -> T {
    let mut answer = pin!(answer);
    let mut waker: Option<Arc<Bundled>> = None; // the same at each poll, or it is registered anew
    poll_fn(|context| {
        let task = context.waker();
        if waker.as_ref().is_none_or(|waker| !waker.task.will_wake(task)) {
            let here = HERE.with_borrow(Clone::clone);
            waker = here.map(|wakeups| Arc::new(Bundled { wakeups, task: task.clone() }));
        }
        match &waker {
            Some(waker) => {
                let waker = Waker::from(waker.clone());
                answer.as_mut().poll(&mut Context::from_waker(&waker))
            }
            None => answer.as_mut().poll(context),
        }
    })
    .await
}

/// The waker that only queues.
struct Bundled {
    wakeups: Arc<Wakeups>,
    task: Waker,
}

impl Wake for Bundled {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wakeups.add(self.task.clone());
    }
}

impl Wakeups {
    fn add(&self, task: Waker) {
        let bell = {
            let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.tasks.push(task);
            waiting.bell.take() // rung once; the worker hangs up another when it has come
        };
        if let Some(bell) = bell {
            bell.wake();
        }
    }

    /// Moves what waits into `ready`, and rings for what comes later with `bell`.
    fn take(&self, ready: &mut Vec<Waker>, bell: &Waker) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mem::swap(&mut waiting.tasks, ready);
        waiting.bell = Some(bell.clone());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::oneshot;

    use super::*;

    /// Counts how often it is woken.
    #[derive(Default)]
    struct Bell(AtomicUsize);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn many_answers_ring_once_until_the_worker_has_come() {
        let (wakeups, bell, task) =
            (Wakeups::default(), Arc::<Bell>::default(), Arc::<Bell>::default());
        let mut ready = Vec::new();
        for round in 1..=2 {
            wakeups.take(&mut ready, &bell.clone().into());
            assert!(ready.is_empty());
            for _ in 0..3 {
                wakeups.add(task.clone().into());
            }
            assert_eq!(bell.0.load(Ordering::Relaxed), round);
            wakeups.take(&mut ready, &bell.clone().into());
            assert_eq!(ready.drain(..).count(), 3);
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn every_answer_arrives_whether_it_was_there_before_or_comes_later() {
        let serving = tokio::spawn(wake_all());
        tokio::task::yield_now().await;
        let (early, now) = oneshot::channel();
        early.send(1).unwrap();
        assert_eq!(bundled(now).await, Ok(1));

        let (senders, waiting): (Vec<_>, Vec<_>) = (0..100).map(|_| oneshot::channel()).unzip();
        let waiting: Vec<_> =
            waiting.into_iter().map(|answer| tokio::spawn(bundled(answer))).collect();
        tokio::task::yield_now().await;
        let engine = std::thread::spawn(move || {
            senders.into_iter().zip(0..).for_each(|(sender, n)| sender.send(n).unwrap());
        });
        for (answer, n) in waiting.into_iter().zip(0..) {
            assert_eq!(answer.await.unwrap(), Ok(n));
        }
        engine.join().unwrap();
        serving.abort();
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_thread_without_a_worker_just_waits() {
        let (sender, answer) = oneshot::channel();
        let waiting = tokio::spawn(bundled(answer));
        tokio::task::yield_now().await;
        sender.send(7).unwrap();
        assert_eq!(waiting.await.unwrap(), Ok(7));
    }
}
