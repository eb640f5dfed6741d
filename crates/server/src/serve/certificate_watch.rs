//! The certificate, when it is renewed while the server runs.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};

use super::own_thread::OwnThread;
use super::stop::Stop;
use crate::http::Renewal;

/// How often the files are looked at: they are small, and who renews a certificate should not have
/// to tell every server. SIGHUP has them looked at now.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Takes up every new certificate, on a thread of its own.
pub(super) fn watch(mut renewal: Renewal, stop: &Stop) -> anyhow::Result<OwnThread> {
    OwnThread::run("certificate", stop, |finished| async move {
        let mut hangup = signal(SignalKind::hangup())?;
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let looking = async {
            // How many looks in a row have found the files unusable.
            let mut failures = 0;
            loop {
                let asked = tokio::select! {
                    _ = ticks.tick() => false,
                    _ = hangup.recv() => true,
                };
                let looked = renewal.look();
                failures = if looked.is_err() { failures + 1 } else { 0 };
                match looked {
                    Ok(true) => tracing::info!("a new certificate is in use"),
                    Ok(false) if asked => tracing::info!("the certificate is the same as before"),
                    // The first may have come while only one of the files was written, and one
                    // mistake is told once.
                    Err(error) if asked || failures == 2 => {
                        tracing::error!(%error, "the certificate in use is kept");
                    }
                    Ok(false) | Err(_) => {}
                }
            }
        };
        tokio::select! {
            () = finished => Ok(()),
            () = looking => Ok(()),
        }
    })
}
