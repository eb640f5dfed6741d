//! `--self`: a server of the bench's own. The same binary as a process of its own on a fresh
//! database, so that what is measured is what an operator would run.

use std::io::{BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::target::Target;
use crate::config::Secret;
use crate::{admin_key, signature};

/// What the server says when it is ready.
const LISTENING: &str = "listening on ";

/// Connections besides the load's: the judgement's, and those that are being replaced.
const OTHER_CONNECTIONS: usize = 1_000;

/// A server that ends with the run.
pub(super) struct Embedded {
    child: Child,
    directory: Option<TempDir>,
    pub(super) target: Target,
    pub(super) admin_key: Secret,
    pub(super) webhook_secret: Secret,
}

impl Embedded {
    /// Starts it, with its database in a new directory below `parent`, or where temporary files go.
    ///
    /// # Errors
    /// When it cannot be started, with what it said itself.
    pub(super) fn start(parent: Option<&Path>, connections: usize) -> anyhow::Result<Self> {
        let name = "doorbuster-bench-";
        let directory = match parent {
            Some(parent) => tempfile::Builder::new().prefix(name).tempdir_in(parent),
            None => tempfile::Builder::new().prefix(name).tempdir(),
        };
        let directory = directory.context("no directory for the database of --self")?;
        let secret = |text: String| text.parse::<Secret>().map_err(|error| anyhow!(error));
        let key = admin_key::generate().context("no randomness")?;
        let admin_key = secret(key)?;
        let webhook_secret = secret(signature::fresh_secret().context("no randomness")?)?;

        let database = format!("sqlite:{}", directory.path().join("bench.db").display());
        let binary = std::env::current_exe().context("the path of this program")?;
        let max_connections = connections.saturating_add(OTHER_CONNECTIONS).to_string();
        let mut command = Command::new(binary);
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("DOORBUSTER_") {
                command.env_remove(variable);
            }
        }
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--database", &database, "--log", "warn"])
            .args(["--max-connections", &max_connections])
            // Not as flags, which everyone on the machine can read.
            .env("DOORBUSTER_ADMIN_KEY", admin_key.expose())
            .env("DOORBUSTER_WEBHOOK_SECRET", webhook_secret.expose())
            .current_dir(directory.path())
            // Ctrl-C on a terminal goes to the whole group. It ends the load, not the server, which
            // has to answer for it first.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut child = command.spawn().context("the server of --self could not be started")?;
        let out = child.stdout.take();
        let mut server = Self {
            child,
            directory: Some(directory),
            target: "http://127.0.0.1:1".parse().map_err(|error: &str| anyhow!(error))?,
            admin_key,
            webhook_secret,
        };
        let mut lines = BufReader::new(out.context("the server's output")?);
        server.target = address(&mut lines)?;
        // Whatever else it prints must not fill the pipe.
        std::thread::Builder::new().name("server-output".into()).spawn(move || {
            let _ = lines.read_to_end(&mut Vec::new()); // it ends with the server
        })?;
        Ok(server)
    }

    /// Whether its files are only in memory, so that a commit costs nothing.
    pub(super) fn is_in_memory(&self) -> bool {
        /// What statfs(2) calls a tmpfs.
        const TMPFS_MAGIC: u32 = 0x0102_1994;
        let path = self.directory.as_ref().map(TempDir::path);
        let kind = path.and_then(|path| rustix::fs::statfs(path).ok()).map(|found| found.f_type);
        kind.and_then(|kind| u32::try_from(kind).ok()) == Some(TMPFS_MAGIC)
    }

    /// Stops it as an operator would, and removes its directory.
    ///
    /// # Errors
    /// When it does not end well.
    pub(super) fn stop(mut self) -> anyhow::Result<()> {
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the server of --self ended with {status}");
        }
        match self.directory.take() {
            Some(directory) => directory.close().context("the directory of --self"),
            None => Ok(()),
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        // When it was stopped, this does nothing; when the run failed, nothing else ends it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for the line that says where the server listens.
fn address(lines: &mut impl std::io::BufRead) -> anyhow::Result<Target> {
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        if let Some(url) = line.trim().strip_prefix(LISTENING) {
            return url.parse().map_err(|error: &str| anyhow!(error));
        }
        line.clear();
    }
    Err(anyhow!("the server of --self ended before it listened; what it said is above"))
}
