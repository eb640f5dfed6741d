//! Options from flags, variables and a file: which source wins, that an option means the same
//! wherever it stands, and that no complaint tells a secret.

use std::ffi::OsString;
use std::io::Write as _;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _};

use super::{SourceError, keys, resolve};
use crate::cli::Cli;

/// Stands for a secret wherever an input gives one.
const SECRET: &str = "5ecre7";

/// Options whose values are not for everybody's eyes.
const SECRETS: [&str; 4] = ["admin_key", "webhook_secret", "stripe_secret", "database"];

const PREFIX: &str = "DOORBUSTER_";

/// Takes the bytes for the options of `doorbuster serve`: lines that begin with `--` are flags,
/// those that begin with `DOORBUSTER_` variables, and all others are the configuration file.
///
/// # Panics
/// When an option has another value than its strongest source gives it, or a secret is told.
pub fn config(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let sources = Sources::of(text);
    match sources.resolve() {
        Ok(matches) => {
            assert!(Cli::from_arg_matches(&matches).is_ok(), "options that nobody can use");
            let Some(("serve", options)) = matches.subcommand() else { return };
            sources.assert_strongest(options);
            assert_same_as_flags(options);
        }
        Err(error) if text.lines().all(keeps_its_secret) => {
            let told = error.to_string();
            assert!(!told.contains(SECRET), "a secret is told: {told}");
        }
        Err(_) => {}
    }
}

/// What an operator says, by where.
#[derive(Debug, Default)]
struct Sources<'t> {
    flags: Vec<&'t str>,
    variables: Vec<(&'t str, &'t str)>,
    file: String,
}

impl<'t> Sources<'t> {
    fn of(text: &'t str) -> Self {
        let mut sources = Self::default();
        for line in text.lines() {
            let variable = line.split_once('=').filter(|(name, _)| name.starts_with(PREFIX));
            // A system takes neither names and values with NUL, nor a name twice; and which file
            // there is is not for the input to say.
            if line.contains('\0') || line.starts_with("--config") {
                continue;
            } else if line.starts_with("--") {
                sources.flags.push(line);
            } else if let Some((name, value)) = variable {
                let again = sources.variables.iter().any(|(its, _)| *its == name);
                if !again && name != "DOORBUSTER_CONFIG" {
                    sources.variables.push((name, value));
                }
            } else {
                sources.file.push_str(line);
                sources.file.push('\n');
            }
        }
        sources
    }

    fn resolve(&self) -> Result<ArgMatches, SourceError> {
        let mut arguments: Vec<OsString> = vec!["doorbuster".into(), "serve".into()];
        let mut file = tempfile::NamedTempFile::new().expect("a folder for temporary files");
        if !self.file.trim().is_empty() {
            file.write_all(self.file.as_bytes()).expect("room for a small file");
            arguments.push("--config".into());
            arguments.push(file.path().into());
        }
        arguments.extend(self.flags.iter().map(OsString::from));
        let variables = self.variables.iter().map(|(name, value)| (name.into(), value.into()));
        resolve(&Cli::command(), arguments, variables)
    }

    /// Every option has the value of its strongest source.
    fn assert_strongest(&self, options: &ArgMatches) {
        let file: toml::Table = self.file.parse().unwrap_or_default();
        let demo = self.flags.contains(&"--demo");
        for key in own_keys(options) {
            let flag = format!("--{}", key.replace('_', "-"));
            let is_flag = |given: &&str| given.split('=').next() == Some(&flag);
            if self.flags.iter().any(is_flag) || (demo && key == "database") {
                continue;
            }
            let variable = format!("{PREFIX}{}", key.to_uppercase());
            let variable = self.variables.iter().find(|(name, _)| *name == variable);
            let expected = match (variable, file.get(&key)) {
                (Some((_, value)), _) if !value.is_empty() => Some((*value).to_owned()),
                (_, Some(value)) => written(value),
                (_, None) => None,
            };
            let found = given(options, &key).map(|values| values.join(","));
            assert_eq!(found, expected, "{key}");
        }
    }
}

/// The options of this command that may come from any source.
fn own_keys(options: &ArgMatches) -> Vec<String> {
    let mut keys = keys(&Cli::command());
    keys.retain(|key| options.try_contains_id(key).is_ok());
    keys
}

/// What an option was given, if anything.
fn given(options: &ArgMatches, key: &str) -> Option<Vec<String>> {
    if options.value_source(key) != Some(ValueSource::CommandLine) {
        return None;
    }
    let values = options.get_raw(key)?;
    Some(values.map(|value| value.to_string_lossy().into_owned()).collect())
}

/// A value of the file as a flag would have it.
fn written(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(yes) => Some(yes.to_string()),
        toml::Value::Array(values) if values.is_empty() => None,
        toml::Value::Array(values) => {
            let values: Option<Vec<String>> = values.iter().map(written).collect();
            values.map(|values| values.join(","))
        }
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}

/// The same values, all given as flags, come to the same.
fn assert_same_as_flags(options: &ArgMatches) {
    let keys = own_keys(options);
    let mut flags = Vec::new();
    for key in &keys {
        let values = given(options, key).unwrap_or_default();
        flags.extend(values.iter().map(|it| format!("--{}={it}", key.replace('_', "-"))));
    }
    let task = ["doorbuster".into(), "serve".into()];
    let arguments = task.into_iter().chain(flags.iter().map(OsString::from)).collect();
    let matches = resolve(&Cli::command(), arguments, []);
    let matches = matches.unwrap_or_else(|error| panic!("as flags, {flags:?}: {error}"));
    let Some(("serve", again)) = matches.subcommand() else { panic!("another command") };
    for key in &keys {
        assert_eq!(given(again, key), given(options, key), "{key} as a flag");
    }
}

/// Whether the line has the secret, if at all, where nobody may repeat it. A complaint leaves out
/// what a terminal would obey, and so may have the secret where the line has not.
fn keeps_its_secret(line: &str) -> bool {
    if line.chars().any(char::is_control) {
        return false;
    }
    if !line.contains(SECRET) {
        return true;
    }
    let name = line.strip_prefix("--").or_else(|| line.strip_prefix(PREFIX)).unwrap_or(line);
    let Some((name, _)) = name.split_once('=') else { return false };
    let name = name.trim().to_lowercase().replace('-', "_");
    SECRETS.contains(&name.as_str())
}
