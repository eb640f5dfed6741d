//! While it is not known what became of a batch.

use std::pin::pin;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::handle::Envelope;
use crate::store::{Resolved, StoreError};
use crate::{Store, SubmitError};

/// How long new commands wait for a doubt to be resolved before they are refused: they would learn
/// nothing by waiting longer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Has the store find out what became of the last batch; whoever comes meanwhile is refused after a
/// while.
pub(super) async fn resolve<S: Store>(
    store: &mut S,
    mailbox: &mut mpsc::Receiver<Envelope>,
) -> Result<Resolved, StoreError> {
    let mut resolving = pin!(store.resolve());
    if let Ok(resolved) = tokio::time::timeout(PATIENCE, resolving.as_mut()).await {
        return resolved;
    }
    loop {
        tokio::select! {
            biased;
            resolved = resolving.as_mut() => return resolved,
            Some(Envelope { reply, .. }) = mailbox.recv() => {
                let _ = reply.send(Err(SubmitError::Unavailable)); // the caller may have gone
            }
            else => return resolving.await, // nobody can come any more
        }
    }
}
