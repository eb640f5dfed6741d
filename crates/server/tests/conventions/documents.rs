//! Documents in step with the code: what exists is documented, and what is documented exists.

use std::collections::BTreeSet;

use crate::tree::{assert_none, files, read, root};

/// All words of a text that could be names in code.
fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect()
}

/// The documentation, all pages together.
fn documentation() -> String {
    let pages = files(&["md"]);
    pages.iter().map(|page| page.text.as_str()).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_configuration_key_is_in_the_example_and_in_the_documentation() {
    let (example, documentation) = (read("config.example.toml"), documentation());
    let (in_example, in_documentation) = (words(&example), words(&documentation));
    let keys = doorbuster::cli::keys();
    assert!(keys.len() > 5, "{keys:?}");
    for key in &keys {
        assert!(in_example.contains(key.as_str()), "{key} is not in config.example.toml");
        assert!(in_documentation.contains(key.as_str()), "{key} is not in any *.md");
    }
    // And the other way round: every line of the example that sets something sets a known key.
    for line in example.lines() {
        let line = line.trim_start_matches(['#', ' ']);
        if let Some((name, _)) = line.split_once(" = ")
            && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        {
            let known = keys.iter().any(|key| key == name);
            assert!(known, "config.example.toml sets {name}, which no option is called");
        }
    }
}

#[test]
fn every_metric_is_documented_and_every_documented_metric_exists() {
    let page = read("docs/METRICS.md");
    let documented: BTreeSet<&str> =
        words(&page).into_iter().filter(|word| word.starts_with("doorbuster_")).collect();
    let exist: BTreeSet<&str> =
        doorbuster::telemetry::metrics::ALL.iter().map(|metric| metric.name).collect();
    assert!(exist.len() > 10, "{exist:?}");
    assert_eq!(documented, exist, "docs/METRICS.md (left) and the code (right) differ");
}

#[test]
fn every_problem_code_is_documented() {
    let documentation = documentation();
    let documented = words(&documentation);
    let missing: Vec<String> = doorbuster::http::PROBLEM_CODES
        .iter()
        .filter(|code| !documented.contains(**code))
        .map(|code| (*code).into())
        .collect();
    assert_none(&missing, "a program must be able to look up every code it may be answered with");
}

#[test]
fn every_route_is_in_the_openapi_document_and_the_other_way_round() {
    let document = serde_json::to_value(doorbuster::http::openapi()).unwrap();
    let documented: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(path, _)| !is_a_page(path))
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let routed: BTreeSet<String> = doorbuster::http::routes()
        .filter(|(_, path)| !is_a_page(path))
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    assert!(routed.len() > 15, "{routed:?}");
    assert_eq!(documented, routed, "the document (left) and the router (right) differ");
}

/// Whether people read it in a browser, which no client program does.
fn is_a_page(path: &str) -> bool {
    path == "/" || path == "/openapi.json" || path.starts_with("/docs")
}

#[test]
fn the_changelog_has_a_place_for_the_next_change() {
    let changelog = read("CHANGELOG.md");
    let unreleased = changelog.lines().any(|line| {
        line.strip_prefix("## ").is_some_and(|title| title.to_lowercase().contains("unreleased"))
    });
    assert!(unreleased, "CHANGELOG.md has no section for what is unreleased");
}

#[test]
fn every_link_in_the_documentation_leads_somewhere() {
    let mut broken = Vec::new();
    for page in files(&["md"]) {
        for target in links(&page.text) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let folder = root().join(&page.path);
            let folder = folder.parent().unwrap();
            let found = match file {
                "" => Some(page.text.clone()),
                // Folders and pictures have no headings, so it is enough that they are there.
                _ if anchor.is_empty() => folder.join(file).exists().then(String::new),
                _ => std::fs::read_to_string(folder.join(file)).ok(),
            };
            let leads =
                found.is_some_and(|text| anchor.is_empty() || anchors(&text).contains(anchor));
            if !leads {
                broken.push(format!("{}: {target}", page.path));
            }
        }
    }
    assert_none(&broken, "a reader who follows a link must arrive");
}

/// The targets of links to files of this repository.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| {
        let target = rest.split([')', ' ']).next()?;
        let elsewhere = target.contains("://") || target.starts_with("mailto:");
        (!elsewhere).then_some(target)
    })
}

/// What headings are called in links: lower case, spaces as hyphens, no punctuation.
fn anchors(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            title
                .chars()
                .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}
