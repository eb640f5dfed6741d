//! The load: threads with a runtime each, and their connections.

use std::rc::Rc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::runtime::{self, LocalOptions};
use tokio::sync::watch;
use tokio::task::spawn_local;

use super::account::ClientAccount;
use super::alarm::Alarm;
use super::connection::{Connection, NoAnswer};
use super::gate::Gate;
use super::measure::Recorder;
use super::options::{Pace, Settings};
use super::requests::Requests;
use super::target::Target;
use super::time::{Bell, micros};
use super::visitor::{Clerk, Floor};

/// From the last connection to the bell.
const BEFORE_THE_BELL: Duration = Duration::from_millis(20);

/// How long visitors who came are still let in after the last has come.
const CATCH_UP: Duration = Duration::from_secs(1);

/// What a run needs to know.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) settings: Settings,
    pub(super) target: Target,
    pub(super) requests: Requests,
    pub(super) products: Vec<u64>,
}

/// A running load.
pub(super) struct Load {
    pub(super) bell: Bell,
    /// From when it is measured, in microseconds after the bell.
    pub(super) from_us: u64,
    pub(super) recorders: Vec<Recorder>,
    threads: Vec<JoinHandle<anyhow::Result<Part>>>,
}

/// What one thread comes to.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) account: ClientAccount,
    /// Visitors who came and were never served.
    pub(super) left_out: u64,
}

/// What a thread has in common with the others.
struct Shared {
    plan: Plan,
    ready: SyncSender<()>,
    bell: watch::Receiver<Option<Bell>>,
    stop: watch::Receiver<bool>,
}

impl Load {
    /// Opens all connections, then rings the bell.
    ///
    /// # Errors
    /// When a connection or a thread cannot be had.
    pub(super) fn start(plan: &Plan, stop: &watch::Receiver<bool>) -> anyhow::Result<Self> {
        let count = plan.settings.threads;
        let from_us = micros(plan.settings.warm_up);
        let (ready, all_ready) = sync_channel(count);
        let ring = watch::Sender::new(None);
        let mut recorders = Vec::new();
        let mut threads = Vec::new();
        for number in 0..count {
            let recorder = Recorder::from(from_us);
            recorders.push(recorder.clone());
            let (plan, ready) = (plan.clone(), ready.clone());
            let shared = Shared { plan, ready, bell: ring.subscribe(), stop: stop.clone() };
            let thread = std::thread::Builder::new().name(format!("load-{number}"));
            threads.push(thread.spawn(move || run(number, recorder, shared))?);
        }
        drop(ready);
        if wait(&all_ready, count).is_err() {
            drop(ring); // those that wait for the bell end
            let errors = threads.into_iter().filter_map(|thread| thread.join().ok()?.err());
            return Err(cause(errors));
        }
        let bell = Bell::rings_in(BEFORE_THE_BELL);
        ring.send_replace(Some(bell));
        Ok(Self { bell, from_us, recorders, threads })
    }

    /// Whether everyone has been served.
    pub(super) fn is_over(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }

    /// What everyone was told.
    ///
    /// # Errors
    /// When a thread of the load failed.
    pub(super) fn finish(self) -> anyhow::Result<Part> {
        let mut all = Part::default();
        for thread in self.threads {
            let part = thread.join().map_err(|_| anyhow!("a thread of the load panicked"))??;
            all.account.absorb(part.account);
            all.left_out += part.left_out;
        }
        Ok(all)
    }
}

/// Waits until `count` threads are ready; fails when one ended instead.
fn wait(ready: &Receiver<()>, count: usize) -> Result<(), ()> {
    (0..count).try_for_each(|_| ready.recv().map_err(|_| ()))
}

/// Why the load could not start. Threads that waited for the bell in vain only say that it is gone.
fn cause(errors: impl Iterator<Item = anyhow::Error>) -> anyhow::Error {
    let mut causes = errors.filter(|error| !error.is::<watch::error::RecvError>());
    causes.next().unwrap_or_else(|| anyhow!("a thread of the load ended"))
}

fn run(number: usize, recorder: Recorder, shared: Shared) -> anyhow::Result<Part> {
    // Not a LocalSet: its tasks are woken through the kernel, once for each answer.
    let runtime =
        runtime::Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
    runtime.block_on(serve(number, recorder, shared))
}

async fn serve(number: usize, recorder: Recorder, shared: Shared) -> anyhow::Result<Part> {
    let Shared { plan, ready, mut bell, stop } = shared;
    let Plan { settings, target, requests, products } = plan;
    let threads = settings.threads;
    let share = (settings.connections + threads - 1 - number) / threads;
    let mut connections = Vec::with_capacity(share);
    for opened in 0..share {
        let mut connection = Connection::new(&target, settings.timeout);
        connection.connect().await.map_err(|error| no_connection(error, opened, &settings))?;
        connections.push(connection);
    }
    let _ = ready.send(()); // nobody listens once another thread has failed
    drop(ready);
    let bell = *bell.wait_for(Option::is_some).await?;
    let bell = bell.context("the bell")?;
    Alarm::new()?.after(bell.until(0)).await?;

    let closes = settings.warm_up.saturating_add(settings.duration);
    let closes_us = match settings.pace {
        Pace::Open(_) => micros(closes.saturating_add(CATCH_UP)),
        Pace::Closed(_) => micros(closes),
    };
    let thread = (number as u64, threads as u64);
    let gate = Gate::new(settings.pace, thread, bell, closes_us, stop);
    let floor = Rc::new(Floor::new(gate, recorder, requests, settings, products));
    let clerks: Vec<_> = connections
        .into_iter()
        .map(|connection| spawn_local(Clerk::new(floor.clone(), connection).serve()))
        .collect();
    let doorman = floor.clone();
    // A task like the others, for the same reason that they are no LocalSet's.
    let opened = spawn_local(async move { doorman.gate.open(&doorman.recorder).await });
    opened.await.map_err(|_| anyhow!("the gate's task panicked"))??;
    let mut part = Part::default();
    for clerk in clerks {
        part.account.absorb(clerk.await.map_err(|_| anyhow!("a connection's task panicked"))?);
    }
    part.left_out = floor.gate.left_out();
    Ok(part)
}

fn no_connection(error: NoAnswer, opened: usize, settings: &Settings) -> anyhow::Error {
    let of = settings.connections;
    match error {
        NoAnswer::NotConnected(kind) => anyhow!(
            "connection {} of {of} cannot be opened ({kind}): is the limit of open files \
             (ulimit -n), or the server's --max-connections, too low?",
            opened + 1,
        ),
        NoAnswer::TimedOut | NoAnswer::Broken | NoAnswer::NotHttp => anyhow!(error),
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future as _;

    use super::*;

    fn no_bell() -> anyhow::Error {
        let (ring, mut bell) = watch::channel(false);
        drop(ring);
        let waited = bell.wait_for(|rung| *rung);
        let waited = std::pin::pin!(waited);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match waited.poll(&mut context) {
            std::task::Poll::Ready(Err(error)) => error.into(),
            std::task::Poll::Ready(Ok(_)) | std::task::Poll::Pending => unreachable!("it rang"),
        }
    }

    #[test]
    fn the_thread_that_could_not_connect_says_why_the_load_did_not_start() {
        let refused = || anyhow!("connection 2 cannot be opened");
        for errors in [
            vec![refused(), no_bell()],
            vec![no_bell(), refused()],
            vec![no_bell(), refused(), no_bell()],
        ] {
            assert_eq!(cause(errors.into_iter()).to_string(), refused().to_string());
        }
        assert_eq!(cause([no_bell()].into_iter()).to_string(), "a thread of the load ended");
    }
}
