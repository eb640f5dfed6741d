//! Many commands in flight from one task.
//!
//! A task for each command would measure tokio's scheduler more than the engine. Here one task has
//! all of them: it starts each by polling it once, and then waits for them in the order in
//! which they were started. That is the order in which the engine answers, so when the task wakes
//! up for one, hundreds after it are ready too.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// A command in flight, whose memory is used again for the next.
struct Slot<F: Future> {
    future: Pin<Box<Option<F>>>,
    /// Its output, where the first poll brought it.
    early: Option<F::Output>,
}

/// Keeps `width` futures in flight. `next` makes those of each slot, given the output of the one
/// before; a slot for which it makes none is done. Returns when all are.
pub(crate) async fn keep_in_flight<F: Future>(
    width: usize,
    mut next: impl FnMut(Option<F::Output>) -> Option<F>,
) {
    let mut slots = Vec::with_capacity(width);
    for _ in 0..width {
        let mut slot = Slot { future: Box::pin(None), early: None };
        slot.start(next(None)).await;
        slots.push(slot);
    }
    while !slots.is_empty() {
        for slot in &mut slots {
            let output = slot.finish().await;
            slot.start(next(output)).await;
        }
        slots.retain(Slot::is_running);
    }
}

impl<F: Future> Slot<F> {
    /// Polls it once: that submits a command.
    async fn start(&mut self, future: Option<F>) {
        self.future.set(future);
        self.early = poll_fn(|context| {
            Poll::Ready(match self.future.as_mut().as_pin_mut().map(|it| it.poll(context)) {
                Some(Poll::Ready(output)) => Some(output),
                Some(Poll::Pending) | None => None,
            })
        })
        .await;
    }

    async fn finish(&mut self) -> Option<F::Output> {
        match self.early.take() {
            Some(output) => Some(output),
            None => match self.future.as_mut().as_pin_mut() {
                Some(future) => Some(future.await),
                None => None,
            },
        }
    }

    fn is_running(&self) -> bool {
        self.future.is_some()
    }
}
