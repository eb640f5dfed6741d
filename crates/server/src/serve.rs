//! `doorbuster serve`: puts the parts together, runs them, and takes them apart in order.
//!
//! Listen, open the database, start the engine, answer; when told to stop, stop accepting, finish
//! what was accepted, and let the engine commit the rest.

mod certificate_watch;
mod database;
mod key_watch;
pub(crate) mod open_files;
mod own_thread;
mod signals;
mod stop;

use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use doorbuster_domain::{Command, Timestamp};
use doorbuster_engine::{Handle, Options, SubmitError, Trace};
use doorbuster_stores::postgres;
use tokio::runtime;

use crate::config::{
    AccessOptions, Database, EngineOptions, HttpOptions, ListenAddress, Secret, ServeConfig,
};
use crate::demo::Shop;
use crate::http::{self, App, AppParts, Limits, ServeOptions, ServerInfo, Tls};
use crate::signature::{StripeWebhooks, Webhooks};
use crate::telemetry::{self, BudgetTimer, Telemetry};

use database::Running;
use own_thread::OwnThread;
use stop::{Reason, Stop};

/// Runs the server until it is told to stop.
pub(crate) fn run(config: &ServeConfig) -> anyhow::Result<()> {
    let _log = telemetry::init_logging(&config.log)?;
    let server = Server::start(config)?;
    say(&format!("listening on {}", server.url(server.address)))?;
    server.run()
}

/// A server whose engine runs and whose listener is bound, but which answers nobody yet.
pub(crate) struct Server {
    listener: TcpListener,
    /// Where it listens, with the port that it really got.
    pub(crate) address: SocketAddr,
    app: Arc<App>,
    tls: Option<Tls>,
    options: ServeOptions,
    threads: Vec<OwnThread>,
    handle: Handle,
    stop: Stop,
    _budget: BudgetTimer,
}

impl Server {
    pub(crate) fn start(config: &ServeConfig) -> anyhow::Result<Self> {
        Self::start_with(config, None)
    }

    /// One with a demo shop.
    pub(crate) fn start_with(config: &ServeConfig, demo: Option<Shop>) -> anyhow::Result<Self> {
        let stop = Stop::new();
        signals::watch(&stop, config.http.drain_timeout)?;
        open_files::allow(config.http.max_connections);
        let (webhooks, stripe_webhooks) = webhooks(&config.access)?;
        let encryption = config.tls.files().map(Tls::new).transpose().context("certificate")?;
        let listener = bind(&config.http.listen)?;
        let address = listener.local_addr()?;

        let telemetry = Telemetry::new();
        let database = &config.database.database;
        let Running { mut threads, handle, reader, admin_keys } =
            database::start(config, &telemetry, &stop)
                .with_context(|| format!("database {database}"))?;
        first_batch(&handle)?;
        let tls = match encryption {
            None => None,
            Some((tls, renewal)) => {
                threads.push(certificate_watch::watch(renewal, &stop)?);
                Some(tls)
            }
        };

        let products = handle.products(None, usize::MAX).len();
        tracing::info!(%address, %database, products, "started");
        warn_about(&config.access);
        let app = App::new(AppParts {
            engine: handle.clone(),
            reader,
            admin_keys,
            webhooks,
            stripe_webhooks,
            cors_origins: origins(&config.http),
            limits: limits(&config.http),
            telemetry: telemetry.clone(),
            body_timeout: config.http.body_timeout,
            // Whoever only watches leaves places for those who buy.
            max_listeners: config.http.max_connections / 2,
            info: info(&config.database.database, handle.now()),
            demo,
        });
        Ok(Self {
            listener,
            address,
            app: Arc::new(app),
            tls,
            options: serve_options(&config.http),
            threads,
            handle,
            stop,
            _budget: BudgetTimer::start(&telemetry)?,
        })
    }

    /// Where it is to be found at `address`, which is one of its own.
    pub(crate) fn url(&self, address: SocketAddr) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{address}")
    }

    /// Talks to its engine.
    pub(crate) const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Answers until it is told to stop or the engine ends, then finishes what was accepted.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let stopped = self.stop.clone();
        let served = http::serve(self.listener, &self.app, self.tls, self.options, async move {
            stopped.wait().await;
        });
        let reason = self.stop.begin(Reason::HttpEnded);
        drop(self.handle);
        // Each finishes what it has taken, whatever became of the others.
        let finished: Vec<_> = self.threads.into_iter().map(OwnThread::finish).collect();
        finished.into_iter().collect::<anyhow::Result<()>>()?;
        served.context("the server can no longer accept connections")?;
        match reason {
            Reason::Signal => {
                tracing::info!("stopped");
                Ok(())
            }
            Reason::ThreadEnded => bail!("a part of the server ended without being asked to"),
            Reason::HttpEnded => bail!("the server stopped without being asked to"),
        }
    }
}

/// Prints a line to standard output, which scripts read.
pub(crate) fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).context("standard output")
}

/// Has the engine decide something once, so that a server that says it listens is ready. It expires
/// what fell due while nobody served.
fn first_batch(handle: &Handle) -> anyhow::Result<()> {
    let waiting = runtime::Builder::new_current_thread().build()?;
    waiting.block_on(handle.expire_everywhere()).map_err(not_decided)
}

/// Has `command` decided and committed, and waits for it.
pub(crate) fn submit(
    handle: &Handle,
    command: Command,
) -> anyhow::Result<doorbuster_domain::Outcome> {
    let waiting = runtime::Builder::new_current_thread().build()?;
    waiting.block_on(handle.submit(command, Trace::none())).map_err(not_decided)
}

fn not_decided(error: SubmitError) -> anyhow::Error {
    anyhow!(error).context("the database cannot be written; the log says why")
}

fn bind(address: &ListenAddress) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address.as_str()).map_err(|error| {
        let help = if error.kind() == ErrorKind::AddrInUse {
            "another program listens there; stop it, or choose another address with --listen \
             (port 0 takes a free one)"
        } else if error.kind() == ErrorKind::AddrNotAvailable {
            "this machine does not have that address"
        } else if error.kind() == ErrorKind::PermissionDenied {
            "ports below 1024 need a right that this user lacks"
        } else {
            return anyhow!(error).context(format!("cannot listen on {address}"));
        };
        anyhow!("cannot listen on {address}: {help}")
    })
}

fn webhooks(access: &AccessOptions) -> anyhow::Result<(Webhooks, StripeWebhooks)> {
    let texts = |secrets: &[Secret]| -> Vec<String> {
        secrets.iter().map(|secret| secret.expose().to_owned()).collect()
    };
    let unsigned = access.allow_unsigned_webhooks;
    let webhooks = Webhooks::new(&texts(&access.webhook_secret), unsigned);
    let stripe = StripeWebhooks::new(&texts(&access.stripe_secret), unsigned);
    Ok((webhooks.context("option webhook_secret")?, stripe.context("option stripe_secret")?))
}

/// Admin keys that are shorter than this, in bytes, are warned about.
const SHORT_KEY: usize = 16;

/// Says what an operator may not have meant.
fn warn_about(access: &AccessOptions) {
    if access.admin_key.as_ref().is_some_and(|key| key.expose().len() < SHORT_KEY) {
        tracing::warn!(
            "the admin key has fewer than {SHORT_KEY} characters and can be guessed; `doorbuster \
             keys make` makes one that cannot"
        );
    }
    if access.allow_unsigned_webhooks {
        tracing::warn!(
            "payment webhooks are taken without a signature: whoever reaches this server can \
             mark orders as paid"
        );
    } else if access.webhook_secret.is_empty() && access.stripe_secret.is_empty() {
        tracing::warn!(
            "no webhook secret is set, so every payment webhook will be refused; set \
             --webhook-secret or --stripe-secret"
        );
    }
}

fn info(database: &Database, started_at: Timestamp) -> ServerInfo {
    let store = match database {
        Database::Sqlite(_) => "sqlite",
        Database::Postgres(_) => "postgres",
    };
    ServerInfo { store, node: postgres::node_name(), started_at }
}

fn origins(http: &HttpOptions) -> Vec<hyper::header::HeaderValue> {
    http.cors_origins.iter().map(|origin| origin.header_value().clone()).collect()
}

fn limits(http: &HttpOptions) -> Limits {
    Limits {
        holds: http.rate_limit_holds,
        orders: http.rate_limit_orders,
        trusted_proxies: http.trusted_proxies.clone(),
    }
}

fn engine_options(engine: &EngineOptions) -> Options {
    Options {
        mailbox: engine.mailbox,
        batch: engine.batch,
        request_retention: engine.request_retention,
        event_retention: engine.event_retention,
    }
}

fn serve_options(http: &HttpOptions) -> ServeOptions {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    ServeOptions {
        workers: http.workers.unwrap_or(cores),
        max_connections: http.max_connections,
        header_timeout: http.header_timeout,
        drain_timeout: http.drain_timeout,
    }
}
