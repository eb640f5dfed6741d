//! The database that the configuration names: its stores, and the engines over them.

use std::sync::Arc;

use anyhow::anyhow;
use doorbuster_engine::{Clock, Engine, Handle, Reader};
use doorbuster_stores::postgres::{self, Address, Follower, Opened};
use doorbuster_stores::sqlite::SqliteStore;
use doorbuster_stores::{KeyScope, StoredKey};
use tokio::runtime;

use super::own_thread::OwnThread;
use super::say;
use super::stop::Stop;
use super::{engine_options, key_watch};
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
            let known = store.admin_keys().map_err(|error| anyhow!(error))?;
            let admin_keys = admin_keys(&config.access, known, |hash| {
                let (scope, created_at) = (KeyScope::Admin, clock.now());
                let key = StoredKey { hash, scope, name: None, created_at, revoked_at: None };
                store.add_admin_key(&key).map_err(|error| anyhow!(error))?;
                Ok(vec![key])
            })?;
            let observer = EngineObserver::new(telemetry.clone());
            let (engine, handle) =
                Engine::new(store, observer, clock, engine_options(&config.engine));
            let reading = reader.clone();
            let keys = key_watch::watch(admin_keys.clone(), stop, async move || {
                reading.admin_keys().await
            })?;
            let threads = vec![keys, OwnThread::engine(engine, stop)?];
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
        Ok(waiting.block_on(postgres::add_first_admin_key(address, hash))?)
    })?;
    let lanes = stores.into_iter().map(|store| (store, EngineObserver::new(telemetry.clone())));
    let (lanes, handle) = Engine::in_lanes(lanes, &clock, &engine_options(&config.engine))?;
    let mut threads = lanes
        .into_iter()
        .map(|lane| OwnThread::engine(lane, stop))
        .collect::<Result<Vec<_>, _>>()?;
    // It talks to the engines, which end only when nobody does.
    threads.insert(0, follow(follower, handle.clone(), stop)?);
    let reading = reader.clone();
    let watch = async move || reading.admin_keys().await;
    threads.insert(0, key_watch::watch(admin_keys.clone(), stop, watch)?);
    Ok(Running { threads, handle, reader: Arc::new(reader), admin_keys })
}

fn follow(follower: Follower, handle: Handle, stop: &Stop) -> anyhow::Result<OwnThread> {
    OwnThread::run("follower", stop, |finished| async move {
        follower.run(handle, finished).await.map_err(|error| anyhow!(error))
    })
}

/// The keys that admin calls may present: the one given and those in the database, or a new one,
/// which `add` stores, unless another server was faster, and which returns those stored then.
fn admin_keys(
    access: &AccessOptions,
    mut stored: Vec<StoredKey>,
    add: impl FnOnce([u8; 32]) -> anyhow::Result<Vec<StoredKey>>,
) -> anyhow::Result<AdminKeys> {
    let given = access.admin_key.as_ref();
    if given.is_none() && stored.is_empty() {
        let key = admin_key::generate().map_err(|error| anyhow!("no randomness: {error}"))?;
        // Shown before it is stored: a key that is stored but was never seen would lock everyone
        // out.
        say(&format!("admin key: {key}\nKeep it: it is stored as a hash and not shown again."))?;
        let hash = admin_key::hash(&key);
        stored = add(hash)?;
        if !stored.iter().any(|stored| stored.hash == hash) {
            say(
                "Another server that started at the same time made the key that counts; not this \
                 one.",
            )?;
        }
    }
    let keys = given.map_or_else(AdminKeys::default, |key| AdminKeys::only(key.expose()));
    keys.set_stored(&stored);
    Ok(keys)
}
