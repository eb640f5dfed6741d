//! Where the database is, as a URL says.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Error};

use super::connection::SendError;
use super::tls::{self, Connector};

/// How long one server may take to let us in before the next one is tried: one that hangs still
/// takes connections.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// How long what was sent may stay unacknowledged, and how long a silent connection is trusted.
const UNACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(5);

/// Where a server is found that no port is given for; tokio-postgres does not tell the difference.
const USUAL_PORT: u16 = 5432;

/// Where the database is: `postgres://user:password@host:port,host:port/database?option=value`, as
/// libpq takes it (PostgreSQL 15 §34.1.1.2). It never shows the password.
#[derive(Clone)]
pub struct Address {
    config: Config,
    /// The same for each server alone, in order.
    servers: Vec<Config>,
    tls: Connector,
}

impl Address {
    /// Connects to the first server that takes writes, and drives the connection on a task of its
    /// own. `notice` gets what the server says without being asked.
    pub(super) async fn connect(
        &self,
        notice: impl Fn(AsyncMessage) + Send + 'static,
    ) -> Result<(Client, JoinHandle<()>), SendError> {
        let mut failure = None;
        for server in &self.servers {
            match timeout(CONNECT_WITHIN, server.connect(self.tls.clone())).await {
                Ok(Ok((client, connection))) => {
                    return Ok((client, tokio::spawn(drive(connection, notice))));
                }
                Ok(Err(error)) => failure = Some(error),
                Err(_) => {} // it hangs
            }
        }
        Err(SendError::Lost(failure))
    }

    /// What a pool is told; it connects through [`Address::connect`].
    pub(super) const fn config(&self) -> &Config {
        &self.config
    }
}

/// The servers of a configuration, each alone.
fn each_server(all: &Config) -> Vec<Config> {
    let (hosts, addresses, ports) = (all.get_hosts(), all.get_hostaddrs(), all.get_ports());
    let one = |(n, host): (usize, &Host)| {
        let mut one = Config::new();
        match host {
            Host::Tcp(name) => one.host(name),
            Host::Unix(path) => one.host_path(path),
        };
        if let Some(address) = addresses.get(n) {
            one.hostaddr(*address);
        }
        if let Some(port) = ports.get(n).or(ports.first()) {
            one.port(*port);
        }
        if let Some(user) = all.get_user() {
            one.user(user);
        }
        if let Some(password) = all.get_password() {
            one.password(password);
        }
        if let Some(name) = all.get_dbname() {
            one.dbname(name);
        }
        if let Some(options) = all.get_options() {
            one.options(options);
        }
        if let Some(name) = all.get_application_name() {
            one.application_name(name);
        }
        if let Some(limit) = all.get_connect_timeout() {
            one.connect_timeout(*limit);
        }
        if let Some(limit) = all.get_tcp_user_timeout() {
            one.tcp_user_timeout(*limit);
        }
        if let Some(interval) = all.get_keepalives_interval() {
            one.keepalives_interval(interval);
        }
        if let Some(retries) = all.get_keepalives_retries() {
            one.keepalives_retries(retries);
        }
        one.ssl_mode(all.get_ssl_mode());
        one.ssl_negotiation(all.get_ssl_negotiation());
        one.channel_binding(all.get_channel_binding());
        one.keepalives(all.get_keepalives());
        one.keepalives_idle(all.get_keepalives_idle());
        one.target_session_attrs(all.get_target_session_attrs());
        one
    };
    hosts.iter().enumerate().map(one).collect()
}

/// Moves bytes until the connection ends.
async fn drive<S, T>(mut connection: Connection<S, T>, notice: impl Fn(AsyncMessage))
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        match std::future::poll_fn(|context| connection.poll_message(context)).await {
            Some(Ok(message)) => notice(message),
            Some(Err(error)) => {
                tracing::debug!(%error, "a connection to the database ended");
                return;
            }
            None => return,
        }
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        let (url, ssl_mode, tls) = tls::of_url(url)?;
        let mut config: Config = url.parse().map_err(|error: Error| explained(&error))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err("names no server: write for example postgres://user@host/database".into());
        }
        if config.get_hosts().is_empty() {
            // A certificate is asked for by a name, and then the address is the name.
            for address in config.get_hostaddrs().to_vec() {
                config.host(address.to_string());
            }
        }
        let is_local = |host: &Host| matches!(host, Host::Unix(_));
        let all_local = config.get_hosts().iter().all(is_local); // there libpq does not encrypt
        config.ssl_mode(if all_local { SslMode::Disable } else { ssl_mode });
        // Everything is written to the primary and read from it.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        config.connect_timeout(config.get_connect_timeout().copied().unwrap_or(CONNECT_WITHIN));
        let unacknowledged = config.get_tcp_user_timeout().copied();
        config.tcp_user_timeout(unacknowledged.unwrap_or(UNACKNOWLEDGED_WITHIN));
        config.keepalives_idle(UNACKNOWLEDGED_WITHIN);
        if config.get_application_name().is_none() {
            config.application_name(node_name());
        }
        Ok(Self { servers: each_server(&config), config, tls })
    }
}

/// What every node's name begins with, as PostgreSQL lists it.
pub(super) const NODE_NAME: &str = "doorbuster";

/// What this process calls itself: its machine and its number there.
pub fn node_name() -> String {
    let machine = rustix::system::uname();
    let machine = machine.nodename().to_string_lossy();
    format!("{NODE_NAME} {machine}/{}", std::process::id())
}

/// What is wrong with a URL, without repeating any of it: it may have a password in it.
fn explained(error: &Error) -> String {
    use std::error::Error as _;
    match error.source() {
        Some(source) => format!("is not a PostgreSQL URL: {source}"),
        None => "is not a PostgreSQL URL: postgres://user:password@host:port/database".into(),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        let (hosts, ports) = (self.config.get_hosts(), self.config.get_ports());
        for (n, host) in hosts.iter().enumerate() {
            f.write_str(if n == 0 { "" } else { "," })?;
            match host {
                Host::Tcp(name) => f.write_str(name)?,
                Host::Unix(path) => write!(f, "{}", path.display())?,
            }
            if let Some(port) = ports.get(n).or(ports.first())
                && *port != USUAL_PORT
            {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
