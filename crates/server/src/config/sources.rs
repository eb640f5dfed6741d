//! Where values come from: flag over variable over file over default.
//!
//! clap checks all of them. A value from a variable or the file is handed to it as if it had been
//! given as a flag, first alone, so that a bad one is reported with the place it stands in.

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

/// What every variable's name begins with.
const PREFIX: &str = "DOORBUSTER_";

/// Flags that say what to do this time, so they are neither in the file nor variables. The path of
/// the file cannot be in the file, but it can be a variable.
const NOT_IN_THE_FILE: [&str; 5] = ["demo", "json", "help", "version", CONFIG];
const CONFIG: &str = "config";

/// Commands whose options, too, say what to do this time; except those that others have as well,
/// such as the admin key.
const THIS_TIME: [&str; 5] = ["bench", "copy", "import", "completions", "man"];

/// Options whose values no message may repeat. A database's address may have a password in it.
const SECRET: [&str; 6] =
    ["admin_key", "webhook_secret", "stripe_secret", "database", "from", "to"];

/// Why the options cannot be used. Each says what is wrong, and where.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Wrong flags, or a call for help.
    #[error("{0}")]
    Flags(Box<clap::Error>),
    /// A value that does not pass its check.
    #[error("{origin}: {why}{}", shown(given.as_deref()))]
    BadValue {
        /// Where it stands.
        origin: Origin,
        /// What is wrong with it.
        why: String,
        /// The value, unless it may be secret.
        given: Option<String>,
    },
    /// A key or variable that is no option.
    #[error("{origin}: there is no such option; did you mean {nearest}?")]
    Unknown {
        /// Where it stands.
        origin: Origin,
        /// The option with the most similar name.
        nearest: String,
    },
    /// The configuration file cannot be read.
    #[error("configuration file {}: {why}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// On the command line, after this flag.
    Flag(String),
    /// In this environment variable.
    Variable(String),
    /// Under this key in this file.
    File(PathBuf, String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::Variable(variable) => f.write_str(variable),
            Self::File(path, key) => write!(f, "{key} in {}", path.display()),
        }
    }
}

/// Every option of `command` that is also a key of the configuration file and a variable, in the
/// order of `--help`.
#[must_use]
pub fn keys(command: &Command) -> Vec<String> {
    let mut keys = Vec::new();
    let lasting = command.get_subcommands().filter(|task| !THIS_TIME.contains(&task.get_name()));
    for arg in lasting.flat_map(Command::get_arguments) {
        let key = arg.get_id().as_str();
        if !NOT_IN_THE_FILE.contains(&key) && !keys.iter().any(|known| known == key) {
            keys.push(key.to_owned());
        }
    }
    keys
}

/// The values of all options of the subcommand that `arguments` name.
///
/// # Errors
/// When a value does not pass its check, or an option does not exist, wherever it stands.
pub fn resolve(
    command: &Command,
    mut arguments: Vec<OsString>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<ArgMatches, SourceError> {
    let flags = parse(command, &arguments).map_err(flag_error)?;
    let variables = variables(command, environment)?;
    let Some((names, subcommand, given)) = innermost(command, &flags) else { return Ok(flags) };
    // A command whose options are for this time only has no file.
    let path = match given.try_get_one::<PathBuf>(CONFIG) {
        Ok(path) => path.cloned().or_else(|| find(&variables, CONFIG).map(PathBuf::from)),
        Err(_) => None,
    };
    let file = path.map(|path| read(command, path)).transpose()?;
    let demo = given.try_get_one::<bool>("demo").ok().flatten().is_some_and(|demo| *demo);

    let known = keys(command);
    for arg in subcommand.get_arguments() {
        let key = arg.get_id().as_str();
        let on_command_line = given.value_source(key) == Some(ValueSource::CommandLine);
        // The demonstration never touches the database of an installation.
        let off_limits = demo && key == "database";
        if !known.iter().any(|known| known == key) || on_command_line || off_limits {
            continue;
        }
        let (origin, values) = match (find(&variables, key), &file) {
            (Some(value), _) => (Origin::Variable(variable(key)), vec![value.to_owned()]),
            (None, Some(file)) => (file.origin(key), file.values(arg)?),
            (None, None) => continue,
        };
        for value in values {
            let flag = OsString::from(format!("--{}={value}", key.replace('_', "-")));
            let alone = [&arguments[..1], &names, std::slice::from_ref(&flag)].concat();
            match parse(command, &alone) {
                Err(error) if error.kind() != ErrorKind::MissingRequiredArgument => {
                    return Err(bad_value(&error, key, origin.clone()));
                }
                Ok(_) | Err(_) => {} // others are still to be added
            }
            arguments.push(flag);
        }
    }
    parse(command, &arguments).map_err(flag_error)
}

/// The command that is to be run, `keys list` say: its names, and what was given for it.
fn innermost<'a>(
    command: &'a Command,
    flags: &'a ArgMatches,
) -> Option<(Vec<OsString>, &'a Command, &'a ArgMatches)> {
    let (name, given) = flags.subcommand()?;
    let command = command.find_subcommand(name)?;
    let (mut names, command, given) =
        innermost(command, given).unwrap_or((Vec::new(), command, given));
    names.insert(0, name.into());
    Some((names, command, given))
}

fn parse(command: &Command, arguments: &[OsString]) -> Result<ArgMatches, clap::Error> {
    command.clone().try_get_matches_from(arguments)
}

/// The variables that are options, by key. An empty one counts as not set: many tools that pass
/// variables on make one of what was not set.
fn variables(
    command: &Command,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, SourceError> {
    let mut known: Vec<_> = keys(command).iter().map(|key| variable(key)).collect();
    known.push(variable(CONFIG));
    let mut variables = Vec::new();
    for (name, value) in environment {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
        if !known.iter().any(|known| known == name) {
            let origin = Origin::Variable(name.to_owned());
            return Err(SourceError::Unknown { origin, nearest: nearest(name, &known) });
        }
        let Some(value) = value.to_str() else {
            let origin = Origin::Variable(name.to_owned());
            return Err(SourceError::BadValue { origin, why: "is not UTF-8".into(), given: None });
        };
        if !value.is_empty() {
            variables.push((name[PREFIX.len()..].to_lowercase(), value.to_owned()));
        }
    }
    Ok(variables)
}

fn find<'a>(variables: &'a [(String, String)], key: &str) -> Option<&'a str> {
    variables.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
}

fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase())
}

/// A configuration file.
struct File {
    path: PathBuf,
    table: toml::Table,
}

/// Reads the file and refuses keys that are no options.
fn read(command: &Command, path: PathBuf) -> Result<File, SourceError> {
    let table = match std::fs::read_to_string(&path) {
        Ok(text) => text.parse::<toml::Table>().map_err(|error| syntax(&text, &error)),
        Err(error) => Err(error.to_string()),
    };
    let file = match table {
        Ok(table) => File { path, table },
        Err(why) => return Err(SourceError::File { path, why }),
    };
    let known = keys(command);
    match file.table.keys().find(|key| !known.contains(key)) {
        None => Ok(file),
        Some(key) => {
            let nearest = nearest(key, &known);
            Err(SourceError::Unknown { origin: file.origin(key), nearest })
        }
    }
}

/// What is wrong and where, without the line itself: it may have a secret in it.
fn syntax(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    format!("line {}: {}", before.matches('\n').count() + 1, error.message())
}

impl File {
    fn origin(&self, key: &str) -> Origin {
        Origin::File(self.path.clone(), key.to_owned())
    }

    /// The values of an option, none if the file does not have it.
    fn values(&self, arg: &Arg) -> Result<Vec<String>, SourceError> {
        let key = arg.get_id().as_str();
        let wrong = |why: &str| SourceError::BadValue {
            origin: self.origin(key),
            why: why.to_owned(),
            given: None,
        };
        let several = matches!(arg.get_action(), ArgAction::Append);
        let values = match self.table.get(key) {
            None => return Ok(Vec::new()),
            Some(toml::Value::Array(_)) if !several => return Err(wrong("takes one value")),
            Some(toml::Value::Array(values)) => values.as_slice(),
            Some(value) => std::slice::from_ref(value),
        };
        let texts = values.iter().map(|value| match value {
            toml::Value::String(text) => Ok(text.clone()),
            toml::Value::Integer(number) => Ok(number.to_string()),
            toml::Value::Boolean(yes) => Ok(yes.to_string()),
            toml::Value::Float(_)
            | toml::Value::Datetime(_)
            | toml::Value::Array(_)
            | toml::Value::Table(_) => Err(wrong("must be text, a whole number, true or false")),
        });
        texts.collect()
    }
}

fn flag_error(error: clap::Error) -> SourceError {
    let about_a_value =
        matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue);
    let Some(ContextValue::String(arg)) = error.get(ContextKind::InvalidArg) else {
        return SourceError::Flags(Box::new(error));
    };
    if !about_a_value {
        return SourceError::Flags(Box::new(error));
    }
    let flag = arg.split_whitespace().next().unwrap_or_default().to_owned();
    let key = flag.trim_start_matches('-').replace('-', "_");
    bad_value(&error, &key, Origin::Flag(flag))
}

fn bad_value(error: &clap::Error, key: &str, origin: Origin) -> SourceError {
    let why = match (error.source(), error.get(ContextKind::ValidValue)) {
        (Some(why), _) => why.to_string(),
        (None, Some(ContextValue::Strings(values))) => format!("must be {}", values.join(" or ")),
        (None, _) => "is not a value for this option".to_owned(),
    };
    let given = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(given)) if !SECRET.contains(&key) => Some(given.clone()),
        _ => None,
    };
    SourceError::BadValue { origin, why, given }
}

fn shown(given: Option<&str>) -> String {
    given.map_or_else(String::new, |given| format!(" (given: {given:?})"))
}

/// The known name that is most like `name`.
fn nearest(name: &str, known: &[String]) -> String {
    let similarity = |known: &String| strsim::jaro_winkler(name, known);
    let nearest = known.iter().max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
    nearest.cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests;
