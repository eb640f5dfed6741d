//! Threads that do one thing each: an engine, or following what other nodes do.

use std::pin::Pin;
use std::thread::JoinHandle;

use anyhow::{Context, anyhow};
use doorbuster_engine::{Engine, Observer, Store};
use tokio::runtime;
use tokio::sync::oneshot;

use super::stop::{Reason, Stop};

/// How far ahead of other threads the engine's goes, on the scale of nice(1). Slightly: it must not
/// starve those that bring it work.
const ENGINE_NICENESS: i32 = -5;

/// A running engine, or whatever else has a thread to itself.
pub(super) struct OwnThread {
    name: &'static str,
    finish: oneshot::Sender<()>,
    thread: JoinHandle<anyhow::Result<()>>,
}

/// What a thread is told when it is to finish.
pub(super) type Finish = Pin<Box<dyn Future<Output = ()> + Send>>;

impl OwnThread {
    /// Runs `engine` on a thread of its own. When it ends, for whatever reason, everyone stops.
    pub(super) fn engine<S: Store, O: Observer>(
        engine: Engine<S, O>,
        stop: &Stop,
    ) -> anyhow::Result<Self> {
        Self::run("engine", stop, |finish| async move {
            run_first();
            engine.run(finish).await.context(
                "the database failed; what was answered is durable, so start the server again",
            )
        })
    }

    /// Runs what `begin` makes on a thread of its own, until it is told to finish. When it ends,
    /// for whatever reason, everyone stops.
    pub(super) fn run<F: Future<Output = anyhow::Result<()>>>(
        name: &'static str,
        stop: &Stop,
        begin: impl FnOnce(Finish) -> F + Send + 'static,
    ) -> anyhow::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let (finish, finished) = oneshot::channel();
        let tell = TellOnDrop(stop.clone());
        let finished = Box::pin(async {
            let _ = finished.await; // told to finish, or nobody is left to tell
        });
        let thread = std::thread::Builder::new().name(name.into()).spawn(move || {
            let _tell = tell;
            runtime.block_on(begin(finished))
        })?;
        Ok(Self { name, finish, thread })
    }

    /// Lets it finish what it has taken, and waits for its end.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        let _ = self.finish.send(()); // it may have ended
        let ended = self.thread.join();
        ended.unwrap_or_else(|_| Err(anyhow!("the {} panicked; the log says where", self.name)))
    }
}

/// Lets the calling thread run before others that are ready too, where the system allows it: every
/// answer waits for this one thread.
fn run_first() {
    if let Err(error) = rustix::process::setpriority_process(None, ENGINE_NICENESS) {
        tracing::debug!(%error, "the engine's thread has no priority over the others");
    }
}

/// Tells everyone to stop even when the thread panics.
struct TellOnDrop(Stop);

impl Drop for TellOnDrop {
    fn drop(&mut self) {
        self.0.begin(Reason::ThreadEnded);
    }
}
