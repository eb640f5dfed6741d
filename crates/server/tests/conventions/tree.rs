//! The files of the workspace.

use std::fs;
use std::path::{Path, PathBuf};

/// A text file, by its path from the root of the workspace.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The file at this path from the root.
#[track_caller]
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file whose name ends in one of `extensions`, what is built and what is hidden left out.
pub(crate) fn files(extensions: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    walk(&root(), extensions, &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(!found.is_empty(), "no files of {extensions:?}");
    found
}

/// Every Rust file.
pub(crate) fn rust() -> Vec<Source> {
    files(&["rs"])
}

fn walk(directory: &Path, extensions: &[&str], found: &mut Vec<Source>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        let of_others = ["target", "vendor", "node_modules"];
        if name.starts_with('.') || of_others.contains(&&*name) {
            continue;
        }
        if path.is_dir() {
            walk(&path, extensions, found);
        } else if path.extension().is_some_and(|e| extensions.iter().any(|wanted| e == *wanted)) {
            let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
            let path = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            found.push(Source { path, text });
        }
    }
}

impl Source {
    /// Whether it is only compiled for tests.
    pub(crate) fn is_test(&self) -> bool {
        self.path.split('/').any(|part| ["tests", "tests.rs", "benches"].contains(&part))
            || self.path.ends_with("_tests.rs")
    }

    /// Its lines with their numbers from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(i, line)| (i + 1, line))
    }

    /// Its lines of code: those that are more than a comment.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines().filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// Fails with everything that was found, and with the reason for the rule.
#[track_caller]
pub(crate) fn assert_none(found: &[String], reason: &str) {
    assert!(found.is_empty(), "{reason}:\n  {}", found.join("\n  "));
}
