//! The one signal to stop, for every thread.

use tokio::sync::watch;

/// Why the server stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The operator asked for it.
    Signal,
    /// An engine ended by itself, because it no longer trusts its store; or the follower did,
    /// because it cannot use the database any more.
    ThreadEnded,
    /// The HTTP server ended by itself.
    HttpEnded,
}

/// Tells everyone to stop, once. Cheap to clone; clones agree.
#[derive(Clone, Debug)]
pub(super) struct Stop(watch::Sender<Option<Reason>>);

impl Stop {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// Tells everyone to stop, unless they know, and returns the first reason.
    pub(super) fn begin(&self, reason: Reason) -> Reason {
        let mut first = reason;
        self.0.send_if_modified(|told| match told {
            Some(told) => {
                first = *told;
                false
            }
            None => {
                *told = Some(reason);
                true
            }
        });
        first
    }

    /// Waits until everyone was told to stop, and returns the first reason.
    pub(super) async fn wait(&self) -> Reason {
        let mut told = self.0.subscribe();
        let told = told.wait_for(Option::is_some).await.map(|told| *told);
        // The channel cannot close: `self` is one of its senders.
        told.ok().flatten().unwrap_or(Reason::Signal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_counts() {
        let stop = Stop::new();
        assert_eq!(stop.begin(Reason::ThreadEnded), Reason::ThreadEnded);
        assert_eq!(stop.clone().begin(Reason::Signal), Reason::ThreadEnded);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(stop.wait()), Reason::ThreadEnded);
    }
}
