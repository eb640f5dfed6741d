//! `doorbuster bench` against a server under test.

use std::process::Output;

use serde_json::Value;

use super::{ADMIN_KEY, Client, Home, SECRET, run, said};

/// Runs the bench against `url` to its end.
pub(crate) fn bench(url: &str, line: &str) -> Output {
    let mut args = vec!["bench", "--url", url, "--admin-key", ADMIN_KEY];
    args.extend(["--webhook-secret", SECRET, "--json"]);
    args.extend(line.split_whitespace());
    run(&Home::new(), &args)
}

/// The result of a run that must end with this exit code.
#[track_caller]
pub(crate) fn result(output: &Output, code: i32) -> Value {
    assert_eq!(output.status.code(), Some(code), "{}", said(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What the bench measured against a server that it found honest.
#[track_caller]
pub(crate) fn measured(server: &Client, line: &str) -> Value {
    result(&bench(&format!("http://{}", server.address), line), 0)
}
