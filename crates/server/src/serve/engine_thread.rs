//! The thread that the engine has to itself.

use std::thread::JoinHandle;

use anyhow::{Context, anyhow};
use doorbuster_engine::{Engine, EngineError, Observer, Store};
use tokio::runtime;
use tokio::sync::oneshot;

use super::stop::{Reason, Stop};

/// How far ahead of other threads the engine's goes, on the scale of nice(1). Slightly: it must not
/// starve those that bring it work.
const ENGINE_NICENESS: i32 = -5;

/// A running engine.
pub(super) struct EngineThread {
    finish: oneshot::Sender<()>,
    thread: JoinHandle<Result<(), EngineError>>,
}

impl EngineThread {
    /// Runs `engine` on a thread of its own. When it ends, for whatever reason, everyone stops.
    pub(super) fn start<S: Store, O: Observer>(
        engine: Engine<S, O>,
        stop: &Stop,
    ) -> anyhow::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
        let (finish, finished) = oneshot::channel();
        let tell = TellOnDrop(stop.clone());
        let thread = std::thread::Builder::new().name("engine".into()).spawn(move || {
            let _tell = tell;
            run_first();
            runtime.block_on(engine.run(async {
                let _ = finished.await; // told to finish, or nobody is left to tell
            }))
        })?;
        Ok(Self { finish, thread })
    }

    /// Lets it commit and answer what it has taken, and waits for its end.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        let _ = self.finish.send(()); // it may have ended
        match self.thread.join() {
            Ok(result) => result.context(
                "the database failed; what was answered is durable, so start the server again",
            ),
            Err(_) => Err(anyhow!("the engine panicked; the log says where")),
        }
    }
}

/// Lets the calling thread run before others that are ready too, where the system allows it: every
/// answer waits for this one thread.
fn run_first() {
    if let Err(error) = rustix::process::setpriority_process(None, ENGINE_NICENESS) {
        tracing::debug!(%error, "the engine's thread has no priority over the others");
    }
}

/// Tells everyone to stop even when the engine panics.
struct TellOnDrop(Stop);

impl Drop for TellOnDrop {
    fn drop(&mut self) {
        self.0.begin(Reason::EngineEnded);
    }
}
