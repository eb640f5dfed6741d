//! What the engine does when nobody asks: it removes what is too old, and lets the store tidy up.

use std::time::Duration;

use super::Engine;
use crate::clock::minus;
use crate::store::StoreError;
use crate::{Observer, Store};

/// How often old idempotency keys and payment events are looked for.
pub(super) const CLEAN_EVERY: Duration = Duration::from_secs(1);

/// How soon again while there are more of them than one step removes.
const CLEAN_AGAIN_AFTER: Duration = Duration::from_millis(20);

/// How many of each one step removes: few enough that no buyer notices.
const CLEAN_STEP: usize = 256;

impl<S: Store, O: Observer> Engine<S, O> {
    /// One step of removing what is too old and of the store's own upkeep, and how long to wait
    /// before the next.
    pub(super) async fn clean(&mut self) -> Duration {
        let cleaned = self.clean_step().await;
        // Who is not ready is asked nothing, so this is how an idle engine finds out that its store
        // has gone or is back.
        self.status.set_ready(cleaned.is_ok());
        match cleaned {
            Ok(true) => CLEAN_AGAIN_AFTER,
            Ok(false) => CLEAN_EVERY,
            Err(error) => {
                tracing::warn!(error = %error, "the upkeep of the store failed");
                CLEAN_EVERY
            }
        }
    }

    /// Returns whether there is more to do soon.
    async fn clean_step(&mut self) -> Result<bool, StoreError> {
        let now = self.now();
        let requests_before = minus(now, self.options.request_retention);
        let events_before = minus(now, self.options.event_retention);
        let (requests, events) =
            self.store.forget(requests_before, events_before, CLEAN_STEP).await?;
        if (requests, events) != (0, 0) {
            self.observer.cleaned(requests, events);
        }
        let more = self.store.tidy().await?;
        Ok(more || requests == CLEAN_STEP || events == CLEAN_STEP)
    }
}
