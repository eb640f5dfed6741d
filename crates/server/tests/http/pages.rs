//! Pages and their files: all of them are there, and asked for again only when they changed.

use std::collections::BTreeSet;

use crate::harness::{Client, Server};

/// What a text names in quotes and the server has to have.
fn named(from: &str, text: &str) -> BTreeSet<String> {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let quoted = text.split(['"', '\'']).filter_map(|name| {
        let name = match name.strip_prefix("./") {
            Some(beside) => format!("{folder}/{beside}"),
            None => match name.strip_prefix("../") {
                Some(above) => format!("/assets/{above}"),
                None => name.to_owned(),
            },
        };
        let file = [".js", ".css", ".svg", ".png"].iter().any(|end| name.ends_with(end));
        (name.starts_with("/assets/") && file).then_some(name)
    });
    quoted.collect()
}

/// Everything that a page leads to.
fn files(server: &Client, page: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut next = named(page, &server.get(page).send().text());
    while let Some(file) = next.pop_first() {
        let answer = server.get(&file).send();
        assert_eq!(answer.status, 200, "{file}");
        next.extend(named(&file, &answer.text()).difference(&seen).cloned());
        seen.insert(file.clone());
        next.remove(&file);
    }
    seen
}

#[test]
fn a_page_has_all_that_it_needs_from_here() {
    let server = Server::start();
    let files = files(&server, "/");
    assert!(files.len() > 20, "{files:?}");
    for (file, kind) in [(".js", "text/javascript"), (".css", "text/css"), (".svg", "image/svg")] {
        let named = files.iter().find(|name| name.ends_with(file)).unwrap();
        let answer = server.get(named).send();
        let told = answer.header("content-type").unwrap();
        assert!(told.starts_with(kind), "{named}: {told}");
    }
    let page = server.get("/").send().text();
    for elsewhere in ["http://", "https://", "<style", "style=", "onclick"] {
        assert!(!page.contains(elsewhere), "{elsewhere}");
    }
}

#[test]
fn a_file_is_sent_again_only_when_it_changed() {
    let server = Server::start();
    let path = "/assets/control/main.js";
    let first = server.get(path).send();
    assert_eq!(first.header("cache-control"), Some("no-cache"));
    let tag = first.header("etag").unwrap();
    for has in [tag.to_owned(), format!("\"other\", W/{tag}")] {
        let again = server.get(path).header("If-None-Match", &has).send();
        assert_eq!((again.status, again.header("etag")), (304, Some(tag)), "{has}");
        assert!(again.body.is_empty());
    }
    assert_eq!(server.get(path).header("If-None-Match", "\"old\"").send().body, first.body);
}

#[test]
fn there_is_nothing_else_to_get() {
    let server = Server::start();
    for path in [
        "/assets/control/index.html",
        "/assets/control/none.js",
        "/assets/../Cargo.toml",
        "/assets/control/..%2f..%2fCargo.toml",
        "/assets/%2e%2e/Cargo.toml",
        "/assets/control//main.js",
        "/assets/control/",
        "/shop",
    ] {
        server.get(path).send().problem(404, "not_found");
    }
}
