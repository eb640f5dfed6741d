//! Keys that are made or revoked while the server runs.

use std::time::Duration;

use doorbuster_engine::ReadError;
use doorbuster_stores::StoredKey;
use tokio::time::{MissedTickBehavior, interval};

use super::own_thread::OwnThread;
use super::stop::Stop;
use crate::admin_key::AdminKeys;

/// How often the database's keys are looked at: whoever revokes one must not have to wait, and a
/// table of a few rows is soon read.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Keeps `keys` as `read` finds them, on a thread of its own. While the database is away they stay
/// as they were: nothing can be done with one then.
pub(super) fn watch(
    keys: AdminKeys,
    stop: &Stop,
    read: impl AsyncFn() -> Result<Vec<StoredKey>, ReadError> + Send + 'static,
) -> anyhow::Result<OwnThread> {
    OwnThread::run("keys", stop, |finished| async move {
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let looking = async {
            loop {
                ticks.tick().await;
                match read().await {
                    Ok(stored) => keys.set_stored(&stored),
                    Err(error) => tracing::debug!(%error, "the admin keys could not be read"),
                }
            }
        };
        tokio::select! {
            () = finished => Ok(()),
            () = looking => Ok(()),
        }
    })
}
