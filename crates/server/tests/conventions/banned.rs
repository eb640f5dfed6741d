//! Calls and marks that have no place here. `clippy.toml` bans most calls too; this test also sees
//! code that clippy does not compile, and says why.

use syn::visit::{self, Visit};

use crate::tree::{assert_none, files, rust};

/// A banned text, the files that may have it, and the reason. Texts are written in two parts so
/// that this file does not contain them.
const BANNED: &[(&str, &[&str], &str)] = &[
    (
        concat!("SystemTime", "::now"),
        &["crates/engine/src/clock.rs", "crates/engine/tests/engine/clock.rs"],
        "time is injected, so that tests can move it: take it from the engine's Clock",
    ),
    (
        concat!("Timestamp", "::now("),
        &["crates/server/tests/http/harness/time.rs"],
        "time is injected, so that tests can move it: take it from the engine's Clock",
    ),
    (
        concat!("un", "bounded"),
        &[],
        "every queue has a bound with a name; a queue without one is a way to run out of memory",
    ),
    (
        concat!("thread", "::sleep"),
        &["crates/server/tests/http/harness/time.rs"],
        "a test that sleeps is slow and still fails on a busy machine: wait for a condition",
    ),
    (concat!("todo", "!("), &[], "what is not written yet is not committed"),
    (concat!("unimplemented", "!("), &[], "what is not written yet is not committed"),
    (concat!("dbg", "!("), &[], "what is worth printing is worth a log event with a name"),
    (concat!("#[ign", "ore"), &[], "a test that does not run proves nothing; make it run or go"),
];

/// Marks for later work.
const MARKS: [&str; 4] =
    [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("HA", "CK"), concat!("XX", "X")];

#[test]
fn banned_calls_are_not_called() {
    for (text, exceptions, reason) in BANNED {
        let mut found = Vec::new();
        for file in rust().iter().filter(|file| !exceptions.contains(&file.path.as_str())) {
            for (number, line) in file.code() {
                if line.contains(text) {
                    found.push(format!("{}:{number}: {}", file.path, line.trim()));
                }
            }
        }
        assert_none(&found, reason);
    }
}

#[test]
fn nothing_is_left_for_later() {
    let mut found = Vec::new();
    for file in files(&["rs", "sql", "toml", "md", "sh"]) {
        for (number, line) in file.lines() {
            let mut words = line.split(|c: char| !c.is_alphanumeric());
            if words.any(|word| MARKS.contains(&word)) {
                found.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    assert_none(
        &found,
        "a mark in the code is read by nobody: do it, or write it where work is kept",
    );
}

#[test]
fn every_exception_to_a_lint_says_why() {
    let found: Vec<String> = rust()
        .iter()
        .flat_map(|file| {
            let syntax = syn::parse_file(&file.text).unwrap();
            let mut exceptions = Exceptions { without_reason: Vec::new(), path: &file.path };
            exceptions.visit_file(&syntax);
            exceptions.without_reason
        })
        .collect();
    assert_none(&found, "whoever meets the exception must learn why it is right here");
}

/// Collects `allow` and `expect` attributes that give no reason.
struct Exceptions<'p> {
    without_reason: Vec<String>,
    path: &'p str,
}

impl<'ast> Visit<'ast> for Exceptions<'_> {
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let path = attribute.path();
        if (path.is_ident("allow") || path.is_ident("expect"))
            && let Ok(list) = attribute.meta.require_list()
            && !list.tokens.to_string().contains("reason")
        {
            let line = path.segments[0].ident.span().start().line;
            self.without_reason.push(format!("{}:{line}: {}", self.path, list.tokens));
        }
        visit::visit_attribute(self, attribute);
    }
}
