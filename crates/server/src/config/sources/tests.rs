use std::io::Write;
use std::time::Duration;

use clap::CommandFactory;
use tempfile::NamedTempFile;

use super::*;
use crate::cli::Cli;
use crate::config::{CorsOrigin, Database, ListenAddress, Secret};

/// The options of `doorbuster serve` given from three places.
#[derive(Default)]
struct Given {
    flags: Vec<String>,
    variables: Vec<(OsString, OsString)>,
    file: Option<NamedTempFile>,
}

impl Given {
    fn flags(mut self, flags: &str) -> Self {
        self.flags.extend(flags.split_whitespace().map(str::to_owned));
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    fn file(mut self, text: &str) -> Self {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        self.flags.extend(["--config".to_owned(), file.path().display().to_string()]);
        self.file = Some(file);
        self
    }

    fn resolve(&self) -> Result<ArgMatches, SourceError> {
        let task = ["doorbuster".into(), "serve".into()];
        let arguments = task.into_iter().chain(self.flags.iter().map(OsString::from)).collect();
        let matches = resolve(&Cli::command(), arguments, self.variables.clone())?;
        Ok(matches.subcommand_matches("serve").unwrap().clone())
    }

    /// One option's value.
    #[track_caller]
    fn value<T: Clone + Send + Sync + 'static>(&self, key: &str) -> T {
        self.resolve().unwrap().get_one::<T>(key).unwrap().clone()
    }

    /// What is wrong.
    #[track_caller]
    fn error(&self) -> String {
        self.resolve().unwrap_err().to_string()
    }
}

#[test]
fn flag_over_variable_over_file_over_default() {
    // flag, variable, file → which wins
    for (flag, variable, file, expected) in [
        (None, None, None, "127.0.0.1:8000"),
        (None, None, Some("127.0.0.1:1"), "127.0.0.1:1"),
        (None, Some("127.0.0.1:2"), None, "127.0.0.1:2"),
        (None, Some("127.0.0.1:2"), Some("127.0.0.1:1"), "127.0.0.1:2"),
        (Some("127.0.0.1:3"), None, Some("127.0.0.1:1"), "127.0.0.1:3"),
        (Some("127.0.0.1:3"), Some("127.0.0.1:2"), None, "127.0.0.1:3"),
        (Some("127.0.0.1:3"), Some("127.0.0.1:2"), Some("127.0.0.1:1"), "127.0.0.1:3"),
        (None, Some(""), Some("127.0.0.1:1"), "127.0.0.1:1"),
    ] {
        let mut given = Given::default();
        if let Some(flag) = flag {
            given = given.flags(&format!("--listen {flag}"));
        }
        if let Some(variable) = variable {
            given = given.variable("DOORBUSTER_LISTEN", variable);
        }
        if let Some(file) = file {
            given = given.file(&format!("listen = \"{file}\""));
        }
        let value: ListenAddress = given.value("listen");
        assert_eq!(value.as_str(), expected, "{flag:?} {variable:?} {file:?}");
    }
}

#[test]
fn every_kind_of_value_can_stand_in_the_file() {
    let given = Given::default().file(
        r#"
        database = "sqlite:/var/lib/sale.db"
        workers = 3
        header_timeout = "250ms"
        event_retention = "7d"
        allow_unsigned_webhooks = true
        webhook_secret = ["whsec_b25l", "whsec_dHdv"]
        cors_origins = "https://a.example,https://b.example"
        admin_key = "0123456789"
        "#,
    );
    assert_eq!(given.value::<Database>("database").to_string(), "sqlite:/var/lib/sale.db");
    assert_eq!(given.value::<usize>("workers"), 3);
    assert_eq!(given.value::<Duration>("header_timeout"), Duration::from_millis(250));
    assert_eq!(given.value::<Duration>("event_retention"), Duration::from_secs(7 * 86_400));
    assert!(given.value::<bool>("allow_unsigned_webhooks"));
    let matches = given.resolve().unwrap();
    assert_eq!(matches.get_many::<Secret>("webhook_secret").unwrap().count(), 2);
    assert_eq!(matches.get_many::<CorsOrigin>("cors_origins").unwrap().count(), 2);
    assert_eq!(given.value::<Secret>("admin_key").expose(), "0123456789");
}

#[test]
fn several_values_of_one_source_replace_those_of_the_next() {
    let given = Given::default()
        .variable("DOORBUSTER_WEBHOOK_SECRET", "whsec_b25l,whsec_dHdv")
        .file(r#"webhook_secret = "whsec_dGhyZWU=""#);
    let matches = given.resolve().unwrap();
    let secrets = matches.get_many::<Secret>("webhook_secret").unwrap();
    assert_eq!(secrets.map(Secret::expose).collect::<Vec<_>>(), ["whsec_b25l", "whsec_dHdv"]);
}

#[test]
fn what_is_no_option_is_refused_and_the_nearest_named() {
    let file = Given::default().file("lisen = \"127.0.0.1:1\"").error();
    assert!(file.starts_with("lisen in /") && file.ends_with("did you mean listen?"), "{file}");
    let variable = Given::default().variable("DOORBUSTER_DATABSE", "sqlite:x").error();
    assert_eq!(
        variable,
        "DOORBUSTER_DATABSE: there is no such option; did you mean DOORBUSTER_DATABASE?"
    );
    let flag = Given::default().flags("--max-conections 1").error();
    assert!(flag.contains("--max-conections") && flag.contains("'--max-connections'"), "{flag}");
    let flag_only = Given::default().file("demo = true").error();
    assert!(flag_only.contains("no such option"), "{flag_only}");
    assert!(Given::default().variable("OTHER_DATABSE", "x").resolve().is_ok());
}

#[test]
fn a_bad_value_is_reported_with_its_source() {
    let flag = Given::default().flags("--listen nowhere").error();
    assert_eq!(
        flag,
        "--listen: must be HOST:PORT, for example 127.0.0.1:8000 (given: \"nowhere\")"
    );
    let variable = Given::default().variable("DOORBUSTER_WORKERS", "0").error();
    assert_eq!(variable, "DOORBUSTER_WORKERS: 0 is not in 1..=256 (given: \"0\")");
    for (file, part) in [
        ("header_timeout = 10", "header_timeout in /"),
        ("header_timeout = 10", "must be a time with its unit"),
        ("request_retention = \"1s\"", "must be at least"),
        ("workers = 1.5", "workers in /"),
        ("listen = [\"127.0.0.1:1\", \"127.0.0.1:2\"]", "takes one value"),
        ("log_format = \"xml\"", "must be auto or text or json"),
        ("log = \"info,,=x\"", "log filter"),
        ("allow_unsigned_webhooks = \"maybe\"", "must be true or false"),
        ("[listen]\nhost = \"x\"", "listen in /"),
        ("listen = \n", "line 1"),
    ] {
        let error = Given::default().file(file).error();
        assert!(error.contains(part), "{file}: {error}");
    }
    let missing = Given::default().flags("--config /nowhere/doorbuster.toml").error();
    assert!(
        missing.starts_with("configuration file /nowhere/doorbuster.toml: No such"),
        "{missing}"
    );
}

#[test]
fn a_message_never_repeats_a_secret() {
    for given in [
        Given::default().variable("DOORBUSTER_ADMIN_KEY", "hush hush"),
        Given::default().variable("DOORBUSTER_WEBHOOK_SECRET", "whsec_hush hush"),
        Given::default().file("admin_key = \"hush hush\""),
        Given::default().file("listen = \"127.0.0.1:1\"\nadmin_key = \"hush\nworkers = 1"),
        Given::default().flags("--database postgres://user:hush@/sale"),
        Given { flags: vec!["--admin-key=hush hush".into()], ..Given::default() },
    ] {
        let error = given.resolve().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hush"), "{error:?}");
    }
}

#[test]
fn the_demonstration_leaves_the_configured_database_alone() {
    let given = Given::default().flags("--demo").variable("DOORBUSTER_DATABASE", "sqlite:real.db");
    let database: Database = given.value("database");
    assert_eq!(database.to_string(), "sqlite:doorbuster.db"); // the default, not used
    let refused = Given::default().flags("--demo --database sqlite:real.db").error();
    assert!(refused.contains("cannot be used with"), "{refused}");
}

#[test]
fn the_file_of_a_server_serves_the_audit_too() {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(b"database = \"sqlite:/var/lib/sale.db\"\nworkers = 3").unwrap();
    let arguments = ["doorbuster", "audit", "--config"].iter().map(OsString::from);
    let arguments = arguments.chain([file.path().into()]).collect();
    let matches = resolve(&Cli::command(), arguments, []).unwrap();
    let audit = matches.subcommand_matches("audit").unwrap();
    let database = audit.get_one::<Database>("database").unwrap();
    assert_eq!(database.to_string(), "sqlite:/var/lib/sale.db");
}

#[test]
fn the_definition_is_sound_and_every_option_is_a_key() {
    Cli::command().debug_assert();
    let keys = keys(&Cli::command());
    for key in ["listen", "database", "admin_key", "webhook_secret", "log", "event_retention"] {
        assert!(keys.iter().any(|known| known == key), "{key} in {keys:?}");
    }
    for flag_only in NOT_IN_THE_FILE {
        assert!(!keys.iter().any(|known| known == flag_only), "{flag_only}");
    }
}
