//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;

use crate::bench::BenchArgs;
use crate::config::{self, Database, ExistingDatabase, ServeConfig, SourceError};
use crate::import::ImportArgs;
use crate::{audit, bench, copy, demo, help, import, keys, serve};

/// What `--help` ends with.
const SOURCES: &str = "\
Every option is also a variable (--max-connections: DOORBUSTER_MAX_CONNECTIONS) and a key of the \
configuration file (max_connections). A flag wins over a variable, a variable over the file.";

/// What the help of a command ends with that takes options from everywhere.
fn with(examples: &str) -> String {
    format!("{examples}\n\n{SOURCES}")
}

/// Exit code for wrong options.
const WRONG_OPTIONS: u8 = 2;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "doorbuster", version, about, max_term_width = 100)]
#[command(after_help = with(help::FIRST_STEPS))]
pub struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run the server
    Serve(Box<ServeArgs>),
    /// Recount every rule from the rows of a database, and exit 1 if one is broken
    Audit(AuditArgs),
    /// Copy a file's rows to an empty PostgreSQL database, and audit both
    #[command(after_help = help::COPY)]
    Copy(CopyArgs),
    /// Make a new database from the tables of an old shop, exported as CSV
    Import(Box<ImportArgs>),
    /// Make, list and revoke the keys of admin calls; servers notice within two seconds
    #[command(subcommand, after_help = help::KEYS)]
    Keys(KeysTask),
    /// Load a server and judge what it said: nothing oversold, lost or doubled, or exit 1
    Bench(Box<BenchArgs>),
    /// Print what a shell needs to complete commands and options
    #[command(after_help = help::COMPLETIONS)]
    Completions {
        /// bash, zsh, fish, elvish or powershell
        shell: Shell,
    },
    /// Write man pages into a directory
    #[command(after_help = help::MAN)]
    Man {
        /// Where they go; it must exist
        directory: PathBuf,
    },
}

#[derive(Args, Debug)]
#[command(after_help = with(help::SERVE), allow_negative_numbers = true)]
struct ServeArgs {
    /// Sell on a fresh temporary database, with a shop to try and curl lines to paste
    #[arg(long, conflicts_with = "database")]
    demo: bool,

    /// The configuration file, in TOML [variable: DOORBUSTER_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(flatten)]
    options: ServeConfig,
}

#[derive(Args, Debug)]
#[command(after_help = with(help::AUDIT))]
struct AuditArgs {
    /// Print the report as JSON, as GET /api/audit does
    #[arg(long)]
    json: bool,

    /// The configuration file, in TOML [variable: DOORBUSTER_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(flatten)]
    database: ExistingDatabase,
}

#[derive(Args, Debug)]
struct CopyArgs {
    /// What is copied: sqlite:PATH, with no server running on it
    #[arg(long, value_name = "URL")]
    from: Database,

    /// Where it goes: postgres://USER:PASSWORD@HOST:PORT/DATABASE, without any sale yet
    #[arg(long, value_name = "URL")]
    to: Database,
}

#[derive(Debug, Subcommand)]
enum KeysTask {
    /// Make a key and show it, this once
    Make {
        /// What it is for, to know it by later
        #[arg(long, value_name = "NAME", value_parser = keys::key_name)]
        name: String,

        /// What it is good for: admin (everything) or read
        #[arg(long, value_name = "SCOPE", hide_possible_values = true)]
        scope: keys::Scope,

        #[command(flatten)]
        place: KeysPlace,
    },
    /// List all keys with their ids
    List {
        #[command(flatten)]
        place: KeysPlace,
    },
    /// Revoke the key with this id
    Revoke {
        /// As `doorbuster keys list` shows it
        id: String,

        #[command(flatten)]
        place: KeysPlace,
    },
}

#[derive(Args, Debug)]
#[command(after_help = SOURCES)]
struct KeysPlace {
    /// The configuration file, in TOML [variable: DOORBUSTER_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(flatten)]
    database: ExistingDatabase,
}

/// Every option that is also a key of the configuration file and a variable.
#[must_use]
pub fn keys() -> Vec<String> {
    config::keys(&Cli::command())
}

/// Does what the command line asks, with the environment's variables.
#[must_use]
pub fn run(
    arguments: Vec<OsString>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> ExitCode {
    let matches = config::resolve(&Cli::command(), arguments, environment);
    let cli = matches.and_then(|matches| {
        Cli::from_arg_matches(&matches).map_err(|error| SourceError::Flags(Box::new(error)))
    });
    match cli.map(|cli| cli.task) {
        Ok(Task::Serve(args)) if args.demo => ended(demo::run(args.options)),
        Ok(Task::Serve(args)) => ended(serve::run(&args.options)),
        Ok(Task::Audit(AuditArgs { json, database, .. })) => audit::run(&database.database, json),
        Ok(Task::Copy(CopyArgs { from, to })) => ended(copy::run(&from, &to)),
        Ok(Task::Import(args)) => ended(import::run(&args)),
        Ok(Task::Keys(task)) => ended(run_keys(task)),
        Ok(Task::Bench(args)) => bench::run(&args),
        Ok(Task::Completions { shell }) => ended(help::completions(Cli::command(), shell)),
        Ok(Task::Man { directory }) => ended(help::man(Cli::command(), &directory)),
        Err(SourceError::Flags(error)) => {
            let _ = error.print(); // nobody may be reading
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(WRONG_OPTIONS))
        }
        Err(error) => {
            complain(&error.into());
            ExitCode::from(WRONG_OPTIONS)
        }
    }
}

fn run_keys(task: KeysTask) -> anyhow::Result<()> {
    match task {
        KeysTask::Make { name, scope, place } => keys::make(&place.database.database, &name, scope),
        KeysTask::List { place } => keys::list(&place.database.database),
        KeysTask::Revoke { id, place } => keys::revoke(&place.database.database, &id),
    }
}

fn ended(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// One line that says what is wrong, with its causes.
#[expect(clippy::print_stderr, reason = "the command line's own voice")]
pub(crate) fn complain(error: &anyhow::Error) {
    let mut line = String::from("doorbuster");
    for cause in error.chain().map(ToString::to_string) {
        // Some errors of libraries repeat their cause in their own text.
        if !line.contains(&cause) {
            line.push_str(": ");
            line.push_str(&cause);
        }
    }
    eprintln!("{line}");
}
