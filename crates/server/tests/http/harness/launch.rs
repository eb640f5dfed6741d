//! Starting, stopping and killing the real binary.

use std::fs::{self, File};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{Client, SECRET, Stopwatch, eventually};

/// The admin key that servers under test are started with.
pub(crate) const ADMIN_KEY: &str = "black-box-tests-admin-key-0123456789abcdef";

/// Generous, because a crash test starts servers while others use both cores.
const START_LIMIT: Duration = Duration::from_secs(20);
const STOP_LIMIT: Duration = Duration::from_secs(20);
const LOG_LIMIT: Duration = Duration::from_secs(10);

/// A directory that a server runs in: its database and what it printed. Outlives the server.
#[derive(Clone)]
pub(crate) struct Home(Arc<TempDir>);

impl Home {
    pub(crate) fn new() -> Self {
        Self(Arc::new(tempfile::tempdir().unwrap()))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.file("sale.db")
    }

    /// The value of `--database`.
    pub(crate) fn database_url(&self) -> String {
        format!("sqlite:{}", self.database().display())
    }

    fn read(&self, name: &str) -> String {
        fs::read(self.file(name))
            .map_or_else(|_| String::new(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// How to start a server.
#[derive(Clone)]
pub(crate) struct Launch {
    home: Home,
    args: Vec<String>,
    env: Vec<(String, String)>,
    admin_key: Option<String>,
    root: Option<String>,
    largest_file_kib: Option<u32>,
    as_nobody: bool,
}

impl Launch {
    /// As most tests want it: any free port, a file, an admin key and a webhook secret.
    pub(crate) fn new() -> Self {
        Self::on(&Home::new())
    }

    /// The same on the file of a directory that exists.
    pub(crate) fn on(home: &Home) -> Self {
        Self::at(home).arg("--admin-key", ADMIN_KEY).arg("--webhook-secret", SECRET)
    }

    /// Any free port and a file, nothing else.
    pub(crate) fn bare() -> Self {
        Self::at(&Home::new())
    }

    /// The same as [`Launch::bare`] in a directory that exists.
    pub(crate) fn at(home: &Home) -> Self {
        let database = home.database_url();
        let home = home.clone();
        let (args, env) = (Vec::new(), Vec::new());
        let (admin_key, root, largest_file_kib) = (None, None, None);
        Self { home, args, env, admin_key, root, largest_file_kib, as_nobody: false }
            .flag("serve")
            .arg("--listen", "127.0.0.1:0")
            .arg("--database", &database)
    }

    /// The demonstration, on any free port.
    pub(crate) fn demo() -> Self {
        let bare = Self { args: Vec::new(), ..Self::bare() };
        // A demo that is killed cannot remove its temporary database; its home goes with the test.
        let temporary = bare.home.path().display().to_string();
        bare.env("TMPDIR", &temporary).flag("serve").flag("--demo").arg("--listen", "127.0.0.1:0")
    }

    /// With an option; a webhook secret is added, any other replaces what was given before.
    pub(crate) fn arg(mut self, option: &str, value: &str) -> Self {
        let before = self.args.iter().position(|arg| arg == option);
        let adds = ["--webhook-secret", "--stripe-secret"].contains(&option);
        if let Some(before) = before.filter(|_| !adds) {
            self.args.drain(before..before + 2);
        }
        let launch = self.flag(option).flag(value);
        match option {
            "--admin-key" => launch.client_key(value),
            _ => launch,
        }
    }

    /// What an option was given.
    fn value(&self, option: &str) -> Option<&str> {
        let option = self.args.iter().position(|arg| arg == option)?;
        self.args.get(option + 1).map(String::as_str)
    }

    pub(crate) fn flag(mut self, flag: &str) -> Self {
        self.args.push(flag.into());
        self
    }

    pub(crate) fn env(mut self, variable: &str, value: &str) -> Self {
        self.env.push((variable.into(), value.into()));
        self
    }

    /// With a configuration file.
    pub(crate) fn config(self, toml: &str) -> Self {
        let file = self.home.file("doorbuster.toml");
        fs::write(&file, toml).unwrap();
        self.arg("--config", &file.display().to_string())
    }

    /// The admin key that the client uses; the server gets it another way.
    pub(crate) fn client_key(mut self, key: &str) -> Self {
        self.admin_key = Some(key.into());
        self
    }

    /// Encrypted: this root, in PEM, must vouch for the server.
    pub(crate) fn trusting(mut self, root: &str) -> Self {
        self.root = Some(root.into());
        self
    }

    /// With files that cannot grow beyond this: what a full disk looks like from inside.
    pub(crate) fn largest_file_kib(mut self, kib: u32) -> Self {
        self.largest_file_kib = Some(kib);
        self
    }

    /// With a wall clock that is off by so much (`+1h`), but runs as fast as any.
    pub(crate) fn clock(self, offset: &str) -> Self {
        self.with_faketime().env("FAKETIME", offset)
    }

    /// With a wall clock that is off by what the file says, at any time.
    pub(crate) fn clock_file(self, file: &Path) -> Self {
        let file = file.display().to_string();
        self.with_faketime().env("FAKETIME_TIMESTAMP_FILE", &file).env("FAKETIME_NO_CACHE", "1")
    }

    fn with_faketime(self) -> Self {
        let machines = fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
        let mut found = machines.map(|path| path.join("faketime/libfaketime.so.1"));
        let library = found.find(|path| path.exists()).expect("scripts/test installs libfaketime");
        let library = library.display().to_string();
        self.env("LD_PRELOAD", &library).env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
    }

    /// As a user who may do nothing; only root can start that. From a copy, because that user may
    /// not see where the binary is.
    pub(crate) fn for_nobody(mut self) -> Self {
        self.as_nobody = true;
        self
    }

    fn command(&self) -> Command {
        let binary = env!("CARGO_BIN_EXE_doorbuster");
        let mut command = if self.as_nobody {
            let copy = self.home.file("doorbuster");
            fs::copy(binary, &copy).unwrap();
            let mut unprivileged = command("setpriv", self.home.path());
            unprivileged.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(copy);
            unprivileged
        } else if let Some(kib) = self.largest_file_kib {
            let mut limited = command("bash", self.home.path());
            // Ignored, the signal lets the write fail with "file too large" instead.
            let script = "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"";
            limited.args(["-c", script, &kib.to_string(), binary]);
            limited
        } else {
            command(binary, self.home.path())
        };
        command.args(&self.args).envs(self.env.iter().cloned());
        command
    }

    /// Runs it to its end, for command lines that must fail.
    pub(crate) fn output(&self) -> Output {
        let mut child =
            self.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let ended = eventually_ended(&mut child);
        let output = child.wait_with_output().unwrap();
        assert_eq!(ended, output.status);
        output
    }

    /// Starts it and waits until it listens.
    #[track_caller]
    pub(crate) fn start(self) -> Server {
        self.try_start().unwrap_or_else(|(status, said)| panic!("ended with {status}: {said}"))
    }

    /// Starts it and waits until it listens or has ended; then, how, and what it said.
    #[track_caller]
    pub(crate) fn try_start(self) -> Result<Server, (ExitStatus, String)> {
        let create = |name| File::create(self.home.file(name)).unwrap();
        let mut child =
            self.command().stdout(create("stdout")).stderr(create("stderr")).spawn().unwrap();
        let address = eventually(START_LIMIT, "the server listens", || {
            if let Some(status) = child.try_wait().unwrap() {
                return Some(Err((status, self.home.read("stderr"))));
            }
            let stdout = self.home.read("stdout");
            let scheme = if self.root.is_some() { "https" } else { "http" };
            let (_, after) = stdout.split_once(&format!("listening on {scheme}://"))?;
            // Until the line is complete, the port is not.
            let (address, _) = after.split_once(|c: char| c.is_whitespace())?;
            Some(Ok(address.trim_end_matches('/').to_owned()))
        })?;
        let made = made_key(&self.home.read("stdout"));
        let admin_key = self.admin_key.clone().or(made).unwrap_or_default();
        let client = Client::new(&address, &admin_key, self.root.as_deref());
        Ok(Server { client, child, launch: self, judged: true })
    }
}

/// A program, in `directory` and without the caller's own settings.
pub(crate) fn command(program: &str, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory).stdin(Stdio::null());
    for (variable, _) in std::env::vars() {
        if variable.starts_with("DOORBUSTER_") || variable == "RUST_LOG" {
            command.env_remove(variable);
        }
    }
    command
}

/// The admin key that a server made and printed: the first long word after "admin key".
pub(crate) fn made_key(printed: &str) -> Option<String> {
    let (_, after) = printed.split_once("admin key")?;
    let word = |c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-';
    after.split(word).find(|word| word.len() >= 32).map(str::to_owned)
}

/// Everything that a program printed.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Runs the binary with these arguments to its end.
pub(crate) fn run(home: &Home, args: &[&str]) -> Output {
    command(env!("CARGO_BIN_EXE_doorbuster"), home.path()).args(args).output().unwrap()
}

#[track_caller]
fn eventually_ended(child: &mut Child) -> ExitStatus {
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        eventually(STOP_LIMIT, "the process ends", || child.try_wait().unwrap())
    }));
    ended.unwrap_or_else(|panic| {
        child.kill().unwrap();
        std::panic::resume_unwind(panic)
    })
}

/// A running server. When it is dropped without having been stopped, its audit must be clean.
pub(crate) struct Server {
    client: Client,
    child: Child,
    launch: Launch,
    judged: bool,
}

impl Deref for Server {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Server {
    /// The server that most tests want.
    #[track_caller]
    pub(crate) fn start() -> Self {
        Launch::new().start()
    }

    pub(crate) fn home(&self) -> &Home {
        &self.launch.home
    }

    pub(crate) fn stdout(&self) -> String {
        self.home().read("stdout")
    }

    /// Everything it printed.
    pub(crate) fn printed(&self) -> String {
        self.stdout() + &self.home().read("stderr")
    }

    /// Waits for a line of the log that has all of `words`; the log is written behind the answers.
    #[track_caller]
    pub(crate) fn logged(&self, words: &[&str]) -> String {
        eventually(LOG_LIMIT, &format!("{words:?} in the log"), || {
            let printed = self.printed();
            let line = printed.lines().find(|line| words.iter().all(|word| line.contains(word)));
            line.map(str::to_owned)
        })
    }

    /// The most memory that it has had so far.
    pub(crate) fn peak_memory_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Asks it to stop and waits until it has.
    #[track_caller]
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.ended()
    }

    /// Waits until it has ended by itself.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> ExitStatus {
        self.judged = false;
        eventually_ended(&mut self.child)
    }

    /// Kills it on the spot, as a power cut would end it.
    pub(crate) fn kill(&mut self) {
        self.judged = false;
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again and kills it so long afterwards, whether it listens by then or not. It must
    /// have ended.
    pub(crate) fn again_until(&mut self, moment: Duration) {
        assert!(self.child.try_wait().unwrap().is_some(), "still running");
        let mut command = self.launch.command();
        self.child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let starting = Stopwatch::start();
        eventually(STOP_LIMIT, "the moment comes", || (starting.elapsed() >= moment).then_some(()));
        self.kill();
    }

    /// Starts it again, as before and on the same file. It must have ended.
    #[track_caller]
    pub(crate) fn again(mut self) -> Self {
        assert!(self.child.try_wait().unwrap().is_some(), "still running");
        self.judged = false;
        self.launch.clone().start()
    }

    /// The audit of its database by another process.
    pub(crate) fn offline_audit(&self) -> Output {
        run(self.home(), &["audit", "--database", self.launch.value("--database").unwrap()])
    }

    /// That audit finds nothing.
    #[track_caller]
    pub(crate) fn assert_offline_audit_is_clean(&self) {
        let audit = self.offline_audit();
        assert_eq!(audit.status.code(), Some(0), "{}", said(&audit));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let judge = self.judged && !std::thread::panicking();
        let audit = judge.then(|| self.client.get("/api/audit").admin().try_send());
        // Ending a process that has ended is no error here.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let printed = self.printed();
            let tail = printed.len().saturating_sub(4000);
            let tail = printed.get(tail..).unwrap_or(&printed);
            println!("--- the server printed:\n{tail}");
            return;
        }
        assert!(!self.printed().contains("panicked at"), "{}", self.printed());
        if let Some(audit) = audit {
            let audit = audit.unwrap().value();
            assert_eq!(audit["ok"], true, "{audit}");
        }
    }
}
