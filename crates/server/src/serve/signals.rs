//! SIGTERM and SIGINT: the first asks, the second insists.

use std::process::exit;
use std::time::Duration;

use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::stop::{Reason, Stop};

/// How much longer than the drain timeout everything together may take: closing connections,
/// committing what was accepted, closing the database.
const GRACE: Duration = Duration::from_secs(5);

/// How long requests may still be answered with 503 after the engine has ended by itself.
const AFTER_FAILURE: Duration = Duration::from_secs(3);

/// A signal this soon after the first is the same request: timeout(1) and some supervisors send it
/// to the process and once more to its group.
const SAME_REQUEST: Duration = Duration::from_millis(500);

/// Exit code where the server could not stop in time or stopped by itself.
const FAILED: i32 = 1;

/// What a shell reports for a process that a signal ended is this plus the signal's number.
const BY_SIGNAL: i32 = 128;

/// Watches for signals from now on, on a thread of its own.
pub(super) fn watch(stop: &Stop, drain_timeout: Duration) -> std::io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let mut signals = {
        let _context = runtime.enter();
        Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        }
    };
    let stop = stop.clone();
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async move {
            let reason = tokio::select! {
                _ = signals.next() => stop.begin(Reason::Signal),
                reason = stop.wait() => reason,
            };
            let limit = match reason {
                Reason::Signal => {
                    tracing::info!(
                        "stopping: finishing what was accepted; a second signal stops at once"
                    );
                    drain_timeout.saturating_add(GRACE)
                }
                Reason::ThreadEnded | Reason::HttpEnded => AFTER_FAILURE,
            };
            let insist = async {
                let _ = tokio::time::timeout(SAME_REQUEST, signals.ignore()).await;
                signals.next().await
            };
            tokio::select! {
                number = insist => leave("stopped at once", BY_SIGNAL + number),
                () = tokio::time::sleep(limit) => leave("not everything ended in time", FAILED),
            }
        });
    })?;
    Ok(())
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Waits for one of them and returns its number.
    async fn next(&mut self) -> i32 {
        let (terminate, interrupt) = (&mut self.terminate, &mut self.interrupt);
        tokio::select! {
            _ = terminate.recv() => SignalKind::terminate().as_raw_value(),
            _ = interrupt.recv() => SignalKind::interrupt().as_raw_value(),
        }
    }

    /// Takes signals without heeding them.
    async fn ignore(&mut self) {
        loop {
            self.next().await;
        }
    }
}

/// Ends the process here and now. Whatever was answered is durable already.
fn leave(why: &str, code: i32) -> ! {
    crate::cli::complain(&anyhow::anyhow!("{why}"));
    exit(code)
}
