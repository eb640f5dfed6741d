//! PostgreSQL for tests: a schema on the server that all tests share, or a server of one's own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::harness::{eventually, uuid};

/// Starts and stops servers; it says how.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/postgres");

/// Generous, because it flushes to a disk that others use too.
const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// How long the server may take to notice that a node has ended.
const GONE_LIMIT: Duration = Duration::from_secs(20);

/// Where nodes keep their rows. A schema stays when the test is over: the server goes with all of
/// them.
pub(crate) struct Database {
    url: String,
    schema: String,
    instance: Option<Instance>,
}

/// A server that one test has to itself.
struct Instance(TempDir);

impl Database {
    /// An empty schema on the server that all tests share.
    pub(crate) fn shared() -> Self {
        let server = std::env::var("TEST_POSTGRES").unwrap_or_else(|_| {
            panic!(
                "these tests need PostgreSQL: run scripts/test, or first \
                 export TEST_POSTGRES=$(scripts/postgres start DIRECTORY fsync=off)"
            )
        });
        Self::on(&server, None)
    }

    /// An empty schema on a server of one's own, which flushes to disk as it does in earnest.
    pub(crate) fn own() -> Self {
        let directory = tempfile::tempdir().unwrap();
        // The server may run as another user, who must get through.
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o711)).unwrap();
        let instance = Instance(directory);
        let server = instance.start();
        Self::on(&server, Some(instance))
    }

    fn on(server: &str, instance: Option<Instance>) -> Self {
        let name = format!("cluster_{}", uuid().replace('-', ""));
        query(server, &format!("CREATE SCHEMA {name}"));
        let joint = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{joint}options=-csearch_path%3D{name}&application_name={name}");
        Self { url, schema: name, instance }
    }

    /// Keeps a copy of all rows as they are now.
    pub(crate) fn save(&self) {
        self.query(&format!("CREATE SCHEMA {}_saved", self.schema));
        self.query(&self.for_each_table("CREATE TABLE %2$I.%1$I AS TABLE %1$I"));
    }

    /// Brings the rows back that were saved. Nodes must have ended.
    pub(crate) fn restore(&self) {
        // What the last node sent may still be worked on.
        let others = "SELECT count(*) FROM pg_stat_activity
             WHERE application_name = current_schema() AND pid <> pg_backend_pid()";
        let session = self.session();
        eventually(GONE_LIMIT, "the last connection has ended", || {
            (session.query(others)[0] == "0").then_some(())
        });
        session.query(&self.for_each_table("TRUNCATE %1$I RESTART IDENTITY"));
        session.query(&self.for_each_table("INSERT INTO %1$I SELECT * FROM %2$I.%1$I"));
    }

    /// A statement for each table, `%1$I`, the copy of which is in the schema `%2$I`.
    fn for_each_table(&self, statement: &str) -> String {
        format!(
            "DO $each$
             DECLARE name text;
             BEGIN
                 FOR name IN SELECT relname FROM pg_class
                     WHERE relnamespace = '{0}'::regnamespace AND relkind = 'r'
                 LOOP
                     EXECUTE format('{statement}', name, '{0}_saved');
                 END LOOP;
             END $each$",
            self.schema
        )
    }

    /// What nodes are given as `--database`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The same through somebody who listens at `address`.
    pub(crate) fn url_through(&self, address: &str) -> String {
        self.url.replacen(&self.address(), address, 1)
    }

    /// Where the server listens, `127.0.0.1:5432`.
    pub(crate) fn address(&self) -> String {
        let (_, after) = self.url.split_once('@').unwrap();
        after.split_once('/').unwrap().0.to_owned()
    }

    /// The first column of what a query returns, asked past all nodes.
    pub(crate) fn query(&self, sql: &str) -> Vec<String> {
        query(&self.url, sql)
    }

    /// A connection of the test's own, for transactions that last.
    pub(crate) fn session(&self) -> Session {
        Session::open(&self.url)
    }

    /// Sends the server's first process a signal that ends it, and waits until it has.
    pub(crate) fn stop(&self, signal: Signal) {
        self.instance.as_ref().expect("a server of one's own").stop(signal);
    }

    /// Starts the server again where it was.
    pub(crate) fn start(&self) {
        let started = self.instance.as_ref().expect("a server of one's own").start();
        assert!(self.url.starts_with(&started), "{started} is another place");
    }
}

impl Instance {
    fn directory(&self) -> PathBuf {
        self.0.path().join("server")
    }

    /// Starts it; its URL.
    fn start(&self) -> String {
        // What was killed may not have let go of its memory yet; then the start fails at once.
        eventually(START_LIMIT, "PostgreSQL starts", || {
            let started = Command::new(SCRIPT).arg("start").arg(self.directory()).output().unwrap();
            let url = String::from_utf8(started.stdout).unwrap().trim().to_owned();
            started.status.success().then_some(url)
        })
    }

    fn pid(&self) -> Option<Pid> {
        let text = fs::read_to_string(self.directory().join("data/postmaster.pid")).ok()?;
        Pid::from_raw(text.lines().next()?.trim().parse().ok()?)
    }

    fn stop(&self, signal: Signal) {
        let pid = self.pid().expect("a server that runs");
        kill_process(pid, signal).unwrap();
        eventually(STOP_LIMIT, "PostgreSQL has stopped", || {
            rustix::process::test_kill_process(pid).is_err().then_some(())
        });
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // It may have been stopped by the test; then there is nothing to stop.
        let _ = Command::new(SCRIPT).arg("stop").arg(self.directory()).output();
    }
}

/// A connection past all nodes.
pub(crate) struct Session {
    runtime: Runtime,
    client: Client,
}

impl Session {
    fn open(url: &str) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let (client, driver) = runtime.block_on(tokio_postgres::connect(url, NoTls)).unwrap();
        runtime.spawn(driver); // it goes with the runtime
        Self { runtime, client }
    }

    /// The first column of what a query returns.
    pub(crate) fn query(&self, sql: &str) -> Vec<String> {
        let answer = self.runtime.block_on(self.client.simple_query(sql)).unwrap();
        let row = |message| {
            let SimpleQueryMessage::Row(row) = message else { return None };
            Some(row.get(0).unwrap_or_default().to_owned())
        };
        answer.into_iter().filter_map(row).collect()
    }

    /// The time by the database's clock, in milliseconds since 1970.
    pub(crate) fn now_ms(&self) -> i64 {
        let sql = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
        self.query(sql)[0].parse().unwrap()
    }
}

fn query(url: &str, sql: &str) -> Vec<String> {
    Session::open(url).query(sql)
}
