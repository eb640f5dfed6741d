//! Layers: crates in one line, each ignorant of what lies after it.

use toml::Table;

use crate::tree::{assert_none, read, rust};

/// Ways to reach the world that only the layers named here may use.
const SQL: &[&str] =
    &["rusqlite", "libsqlite3-sys", "tokio-postgres", "deadpool-postgres", "postgres", "sqlx"];
const HTTP: &[&str] = &["hyper", "hyper-util", "http", "http-body-util", "axum", "tower"];
const JSON: &[&str] = &["serde", "serde_json", "utoipa"];
const WORLD: &[&str] =
    &["tokio", "futures", "tracing", "jiff", "chrono", "time", "rand", "getrandom", "libc"];

struct Layer {
    folder: &'static str,
    /// Crates of this workspace that it may depend on.
    below: &'static [&'static str],
    /// Crates of others that it must not depend on.
    without: &'static [&'static [&'static str]],
}

const LAYERS: [Layer; 4] = [
    Layer { folder: "domain", below: &[], without: &[SQL, HTTP, JSON, WORLD] },
    Layer { folder: "engine", below: &["doorbuster-domain"], without: &[SQL, HTTP, JSON] },
    Layer {
        folder: "stores",
        below: &["doorbuster-domain", "doorbuster-engine"],
        without: &[HTTP],
    },
    Layer {
        folder: "server",
        below: &["doorbuster-domain", "doorbuster-engine", "doorbuster-stores"],
        without: &[SQL],
    },
];

/// The names in a table of dependencies.
fn names(manifest: &Table, table: &str) -> Vec<String> {
    let table = manifest.get(table).and_then(toml::Value::as_table);
    table.map_or_else(Vec::new, |table| table.keys().cloned().collect())
}

#[test]
fn the_crates_are_a_line_and_not_a_web() {
    let mut crossings = Vec::new();
    for layer in LAYERS {
        let path = format!("crates/{}/Cargo.toml", layer.folder);
        let manifest: Table = read(&path).parse().unwrap();
        for name in
            [names(&manifest, "dependencies"), names(&manifest, "build-dependencies")].concat()
        {
            let ours = name.starts_with("doorbuster");
            let upward = ours && !layer.below.contains(&name.as_str());
            let outward = layer.without.iter().any(|set| set.contains(&name.as_str()));
            if upward || outward {
                crossings.push(format!("{path}: {name}"));
            }
        }
    }
    assert_none(
        &crossings,
        "domain ◀ engine ◀ stores ◀ server: each crate stays ignorant of what comes after it, so \
         that rules can be tested without a store and a store without HTTP",
    );
}

#[test]
fn every_crate_is_in_the_line_and_shares_the_lints() {
    let workspace: Table = read("Cargo.toml").parse().unwrap();
    assert_eq!(workspace["workspace"]["members"].as_array().unwrap().len(), 1, "crates/* is all");
    let folders = std::fs::read_dir(crate::tree::root().join("crates")).unwrap();
    for folder in folders {
        let folder = folder.unwrap().file_name().to_string_lossy().into_owned();
        let known = LAYERS.iter().any(|layer| layer.folder == folder);
        assert!(known, "crates/{folder} is in no layer: say in this test what it may know");
        let manifest: Table = read(&format!("crates/{folder}/Cargo.toml")).parse().unwrap();
        let shared = manifest["lints"]["workspace"].as_bool();
        assert_eq!(shared, Some(true), "crates/{folder} does not share the workspace's lints");
    }
}

/// Folder, words that its code must not have, and why.
const IGNORANCE: &[(&str, &[&str], &str)] = &[
    (
        "crates/domain/src",
        &[
            "async ",
            ".await",
            "std::time",
            "std::fs",
            "std::net",
            "std::thread",
            "std::env",
            "tokio::",
            "serde",
            "println!",
            "rand::",
            "now()",
        ],
        "the domain decides and nothing else: no I/O, no clock, no randomness, no wire format",
    ),
    (
        "crates/engine/src",
        &["rusqlite", "postgres", "hyper::", "serde", "SELECT ", "INSERT ", "http::"],
        "the engine knows no database and no HTTP, so that anyone can build on it",
    ),
    ("crates/stores/src", &["hyper::", "axum::", "http::"], "stores know no HTTP"),
    (
        "crates/server/src",
        &["rusqlite", "tokio_postgres", "SELECT ", "INSERT INTO", "DELETE FROM", "PRAGMA "],
        "SQL lives in the stores, where it can be read in one place",
    ),
];

#[test]
fn no_layer_mentions_what_it_must_not_know() {
    for (folder, words, reason) in IGNORANCE {
        let mut found = Vec::new();
        for file in rust().iter().filter(|file| file.path.starts_with(folder) && !file.is_test()) {
            for (number, line) in file.code() {
                if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                    found.push(format!("{}:{number}: {word}", file.path));
                }
            }
        }
        assert_none(&found, reason);
    }
}
