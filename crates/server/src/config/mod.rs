//! The options: one small struct for each concern, and where their values come from.
//!
//! An option has one definition, the field of a struct below. From it come the flag (`--a-b`), the
//! variable (`DOORBUSTER_A_B`), the key of the configuration file (`a_b`), its default, its check
//! and its line in `--help`. `sources` puts the values together.

mod database;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod sources;
mod values;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use clap::{ArgAction, Args, ValueEnum};
use doorbuster_engine::Lanes;

pub use crate::http::{CertificateFiles, Network, Rate};
pub use database::Database;
pub use sources::{SourceError, keys, resolve};
pub use values::{CorsOrigin, ListenAddress, LogFilter, Secret};

pub(crate) use values::{at_least, duration, lanes, webhook_secret};

/// All options of `doorbuster serve`.
#[derive(Args, Clone, Debug)]
pub struct ServeConfig {
    #[command(flatten)]
    #[expect(missing_docs, reason = "each says for itself")]
    pub http: HttpOptions,
    #[command(flatten)]
    #[expect(missing_docs, reason = "each says for itself")]
    pub tls: TlsOptions,
    #[command(flatten)]
    #[expect(missing_docs, reason = "each says for itself")]
    pub database: DatabaseOptions,
    #[command(flatten)]
    #[expect(missing_docs, reason = "each says for itself")]
    pub access: AccessOptions,
    #[command(flatten)]
    #[expect(missing_docs, reason = "each says for itself")]
    pub engine: EngineOptions,
    #[command(flatten)]
    #[expect(missing_docs, reason = "each says for itself")]
    pub log: LogOptions,
}

/// The database where nobody names one.
const DEFAULT_DATABASE: &str = "sqlite:doorbuster.db";

/// Where the rows are.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Database")]
pub struct DatabaseOptions {
    /// The database: sqlite:PATH, a file that is made if it does not exist, or
    /// postgres://USER:PASSWORD@HOST:PORT/DATABASE, which many servers may share
    #[arg(long, value_name = "URL", default_value = DEFAULT_DATABASE)]
    pub database: Database,
}

/// Where the rows are that a server has written.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Database")]
pub struct ExistingDatabase {
    /// The database, which a server must have made: sqlite:PATH or
    /// postgres://USER:PASSWORD@HOST:PORT/DATABASE
    #[arg(long, value_name = "URL", default_value = DEFAULT_DATABASE)]
    pub database: Database,
}

/// How requests are received.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "HTTP")]
pub struct HttpOptions {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8000")]
    pub listen: ListenAddress,

    /// Threads that answer requests [default: one for each core]
    #[arg(long, value_name = "N",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=256))]
    pub workers: Option<usize>,

    /// Connections open at once; further ones wait until one is closed
    #[arg(long, value_name = "N", default_value = "10000",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000_000))]
    pub max_connections: usize,

    /// How long a client may take to send the head of a request, or to send none
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = at_least(MILLISECOND))]
    pub header_timeout: Duration,

    /// How long a client may take to send the body of a request
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = at_least(MILLISECOND))]
    pub body_timeout: Duration,

    /// How long a stopping server finishes requests before it closes their connections
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub drain_timeout: Duration,

    /// A web origin whose pages may call the API, such as `https://shop.example`, or *; may be
    /// repeated or comma-separated [default: none]
    #[arg(long, value_name = "ORIGIN", value_delimiter = ',', action = ArgAction::Append)]
    pub cors_origins: Vec<CorsOrigin>,

    /// Holds that one client address may ask for: 5/s, 30/m, or 5/s:20 with a burst of 20; an IPv6
    /// network of 64 bits counts as one address [default: no limit]
    #[arg(long, value_name = "RATE")]
    pub rate_limit_holds: Option<Rate>,

    /// Orders that one client address may ask for [default: no limit]
    #[arg(long, value_name = "RATE")]
    pub rate_limit_orders: Option<Rate>,

    /// An address of a proxy, or a range such as 10.0.0.0/8, whose X-Forwarded-For says whom a
    /// request is from; may be repeated or comma-separated [default: none]
    #[arg(long, value_name = "NETWORK", value_delimiter = ',', action = ArgAction::Append)]
    pub trusted_proxies: Vec<Network>,
}

/// How connections are encrypted.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "TLS")]
pub struct TlsOptions {
    /// The server's certificate and those that lead to a root, in PEM; a new one is taken up within
    /// seconds, and at once on SIGHUP [default: none, plain HTTP]
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,

    /// The private key of the certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
}

impl TlsOptions {
    /// The files of the certificate, if connections are encrypted.
    #[must_use]
    pub fn files(&self) -> Option<CertificateFiles> {
        let (chain, key) = (self.tls_certificate.clone()?, self.tls_key.clone()?);
        Some(CertificateFiles { chain, key })
    }
}

/// Who may do what.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Access")]
pub struct AccessOptions {
    /// A key for admin calls, beside those of doorbuster keys [default: one is made at first start,
    /// shown once, stored hashed]
    #[arg(long, value_name = "KEY")]
    pub admin_key: Option<Secret>,

    /// The secret that payment webhooks are signed with, whsec_ and base64; twice during a rotation
    #[arg(long, value_name = "SECRET", value_delimiter = ',', action = ArgAction::Append,
        value_parser = webhook_secret)]
    pub webhook_secret: Vec<Secret>,

    /// The signing secret of Stripe's webhook endpoint, as Stripe shows it; twice during a rotation
    #[arg(long, value_name = "SECRET", value_delimiter = ',', action = ArgAction::Append)]
    pub stripe_secret: Vec<Secret>,

    /// Take payment webhooks without a signature: only where nobody else can reach the server
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_value = "false", default_missing_value = "true", action = ArgAction::Set)]
    pub allow_unsigned_webhooks: bool,
}

/// How commands are decided and committed.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Engine")]
pub struct EngineOptions {
    /// Commands that may wait; one more is refused as overloaded
    #[arg(long, value_name = "N", default_value = "16384",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000_000))]
    pub mailbox: usize,

    /// Commands committed together at most
    #[arg(long, value_name = "N", default_value = "2048",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=65_536))]
    pub batch: usize,

    /// Engines that decide side by side, with PostgreSQL: a power of two; the commands of one
    /// product go to one of them
    #[arg(long, value_name = "N", default_value = "4", value_parser = lanes)]
    pub lanes: Lanes,

    /// How long an idempotency key is remembered at least
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = at_least(HOUR))]
    pub request_retention: Duration,

    /// How long a finished payment event is remembered at least
    #[arg(long, value_name = "TIME", default_value = "31d", value_parser = at_least(HOUR))]
    pub event_retention: Duration,
}

/// What is logged, and how.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Log")]
pub struct LogOptions {
    /// What is logged: error, warn, info, debug, trace or off, also by module (info,hyper=debug)
    #[arg(long, value_name = "FILTER", default_value = "info")]
    pub log: LogFilter,

    /// How: text, json (a line each), or auto: text on a terminal and json elsewhere
    #[arg(long, value_name = "FORMAT", default_value = "auto", hide_possible_values = true)]
    pub log_format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

const MILLISECOND: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(60 * 60);
