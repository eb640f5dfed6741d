//! The database that the configuration names: its stores, and the engines over them.

use std::sync::Arc;

use anyhow::anyhow;
use doorbuster_engine::{Clock, Engine, Handle, Reader};
use doorbuster_stores::postgres::{self, Address, Follower, Opened};
use doorbuster_stores::sqlite::SqliteStore;
use tokio::runtime;

use super::engine_options;
use super::own_thread::OwnThread;
use super::say;
use super::stop::Stop;
use crate::admin_key::{self, AdminKeys};
use crate::config::{AccessOptions, Database, ServeConfig};
use crate::telemetry::{EngineObserver, Telemetry};

/// An open database that is being served, and what is needed of it.
pub(super) struct Running {
    /// The engines and whoever else has a thread to itself, to be finished in this order.
    pub(super) threads: Vec<OwnThread>,
    pub(super) handle: Handle,
    pub(super) reader: Arc<dyn Reader>,
    pub(super) admin_keys: AdminKeys,
}

/// Opens the database and starts its engines.
pub(super) fn start(
    config: &ServeConfig,
    telemetry: &Telemetry,
    stop: &Stop,
) -> anyhow::Result<Running> {
    match &config.database.database {
        Database::Sqlite(path) => {
            let clock = Clock::system();
            let (mut store, reader) = SqliteStore::open(path)?;
            let known = store.admin_key_hashes().map_err(|error| anyhow!(error))?;
            let admin_keys = admin_keys(&config.access, known, |hash| {
                store.add_admin_key(hash, clock.now()).map_err(|error| anyhow!(error))?;
                Ok(vec![hash])
            })?;
            let observer = EngineObserver::new(telemetry.clone());
            let (engine, handle) =
                Engine::new(store, observer, clock, engine_options(&config.engine));
            let threads = vec![OwnThread::engine(engine, stop)?];
            Ok(Running { threads, handle, reader: Arc::new(reader), admin_keys })
        }
        Database::Postgres(address) => start_lanes(address, config, telemetry, stop),
    }
}

fn start_lanes(
    address: &Address,
    config: &ServeConfig,
    telemetry: &Telemetry,
    stop: &Stop,
) -> anyhow::Result<Running> {
    let clock = Clock::system();
    let waiting = runtime::Builder::new_current_thread().enable_all().build()?;
    let before = clock.now();
    let opened = waiting.block_on(postgres::open(address, config.engine.lanes))?;
    let Opened { stores, reader, follower, admin_keys: known, now } = opened;
    clock.follow(before, now); // nothing is decided by this machine's clock
    let admin_keys = admin_keys(&config.access, known, |hash| {
        let add = postgres::add_first_admin_key(address, hash, clock.now());
        Ok(waiting.block_on(add)?)
    })?;
    let lanes = stores.into_iter().map(|store| (store, EngineObserver::new(telemetry.clone())));
    let (lanes, handle) = Engine::in_lanes(lanes, &clock, &engine_options(&config.engine))?;
    let mut threads = lanes
        .into_iter()
        .map(|lane| OwnThread::engine(lane, stop))
        .collect::<Result<Vec<_>, _>>()?;
    // It talks to the engines, which end only when nobody does.
    threads.insert(0, follow(follower, handle.clone(), stop)?);
    Ok(Running { threads, handle, reader: Arc::new(reader), admin_keys })
}

fn follow(follower: Follower, handle: Handle, stop: &Stop) -> anyhow::Result<OwnThread> {
    OwnThread::run("follower", stop, |finished| async move {
        follower.run(handle, finished).await.map_err(|error| anyhow!(error))
    })
}

/// The keys that admin calls may present: the one given, or those in the database, or a new one,
/// which `add` stores, unless another server was faster, and which returns those stored then.
fn admin_keys(
    access: &AccessOptions,
    known: Vec<[u8; 32]>,
    add: impl FnOnce([u8; 32]) -> anyhow::Result<Vec<[u8; 32]>>,
) -> anyhow::Result<AdminKeys> {
    if let Some(key) = &access.admin_key {
        return Ok(AdminKeys::only(key.expose()));
    }
    if !known.is_empty() {
        return Ok(AdminKeys::from_hashes(known));
    }
    let key = admin_key::generate().map_err(|error| anyhow!("no randomness: {error}"))?;
    // Shown before it is stored: a key that is stored but was never seen would lock everyone out.
    say(&format!("admin key: {key}\nKeep it: it is stored as a hash and not shown again."))?;
    let hash = admin_key::hash(&key);
    let stored = add(hash)?;
    if !stored.contains(&hash) {
        say(
            "Another server that started at the same time made the key that counts; not this one.",
        )?;
    }
    Ok(AdminKeys::from_hashes(stored))
}
