//! Whatever others wrote is listed with a reason and comes from where it should, and our own code
//! is not `unsafe`.

use std::collections::BTreeSet;

use serde_json::Value;
use toml::Table;

use crate::tree::{assert_none, files, read};

/// Where every crate that is not ours comes from.
const SOURCE: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Where every package of JavaScript comes from.
const NPM: &str = "https://registry.npmjs.org/";

const OWN: [&str; 4] =
    ["doorbuster", "doorbuster-domain", "doorbuster-engine", "doorbuster-stores"];

/// The manifests of the program.
const CRATES: [&str; 4] = [
    "crates/domain/Cargo.toml",
    "crates/engine/Cargo.toml",
    "crates/server/Cargo.toml",
    "crates/stores/Cargo.toml",
];
const FUZZING: &str = "fuzz/Cargo.toml";
const CLIENT: &str = "clients/typescript/package.json";
const BROWSER: &str = "crates/server/tests/browser/package.json";
const PYTHON: &str = "crates/server/tests/http/python/requirements.txt";
/// What the packages of [`PYTHON`] bring.
const PYTHON_BRINGS: &str = "crates/server/tests/http/python/constraints.txt";

fn table(path: &str) -> Table {
    read(path).parse().unwrap()
}

fn json(path: &str) -> Value {
    serde_json::from_str(&read(path)).unwrap()
}

/// The names in these sections of manifests of crates, without our own crates.
fn crates(manifests: &[&str], section: &str) -> BTreeSet<String> {
    let manifests = manifests.iter().map(|path| table(path));
    let names = manifests.flat_map(|manifest| match manifest.get(section) {
        Some(section) => section.as_table().unwrap().keys().cloned().collect(),
        None => Vec::new(),
    });
    names.filter(|name| !OWN.contains(&name.as_str())).collect()
}

/// The names in all sections of a manifest of npm.
fn packages(manifest: &str) -> BTreeSet<String> {
    let manifest = json(manifest);
    let sections = manifest.as_object().unwrap().iter();
    let sections = sections.filter(|(name, _)| name.to_lowercase().ends_with("dependencies"));
    sections.flat_map(|(_, names)| names.as_object().unwrap().keys().cloned()).collect()
}

/// What a file for pip names, and the versions.
fn pinned(path: &str) -> Vec<(String, String)> {
    let text = read(path);
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let pinned = lines.map(|line| {
        let (name, version) = line.split_once("==").unwrap_or_else(|| panic!("{path}: {line}"));
        (name.to_owned(), version.to_owned())
    });
    pinned.collect()
}

/// The names in the first column of the table below a heading of the page.
fn documented(heading: &str) -> BTreeSet<String> {
    let page = read("docs/DEPENDENCIES.md");
    let section = page.split("\n## ").find_map(|section| section.strip_prefix(heading));
    let section = section.unwrap_or_else(|| panic!("no heading {heading:?}"));
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[test]
fn every_dependency_is_listed_with_a_reason() {
    let in_binary = crates(&CRATES, "dependencies");
    assert!(in_binary.len() > 20, "{in_binary:?}");
    let in_tests = &crates(&CRATES, "dev-dependencies") - &in_binary;
    let in_fuzzing = &crates(&[FUZZING], "dependencies") - &in_binary;
    let in_python = pinned(PYTHON).into_iter().map(|(name, _)| name).collect();
    for (heading, named) in [
        ("In the binary\n", in_binary),
        ("In tests and benchmarks only\n", in_tests),
        ("For fuzzing only\n", in_fuzzing),
        ("In tests of the pages\n", packages(BROWSER)),
        ("In the TypeScript client\n", packages(CLIENT)),
        ("In tests by Python\n", in_python),
    ] {
        assert!(!named.is_empty(), "{heading}");
        assert_eq!(documented(heading), named, "{heading}the page (left), the manifests (right)");
    }
}

#[test]
fn no_manifest_and_no_part_of_one_is_left_out() {
    const NAMES: [&str; 4] = ["Cargo.toml", "package.json", "pyproject.toml", "requirements.txt"];
    let all = files(&["toml", "json", "txt"]);
    let all = all.iter().map(|file| file.path.as_str());
    let manifests = all.filter(|path| path.rsplit('/').next().is_some_and(|n| NAMES.contains(&n)));
    let found: BTreeSet<&str> = manifests.collect();
    let others = ["Cargo.toml", FUZZING, CLIENT, BROWSER, PYTHON];
    let compared: BTreeSet<&str> = CRATES.into_iter().chain(others).collect();
    assert_eq!(found, compared, "the manifests that are there (left), those compared (right)");
    for path in CRATES.into_iter().chain([FUZZING]) {
        for section in ["build-dependencies", "target"] {
            assert!(!table(path).contains_key(section), "{path}: nobody looks at {section}");
        }
    }
    let in_fuzzing = crates(&[FUZZING], "dev-dependencies");
    assert!(in_fuzzing.is_empty(), "{FUZZING}: nobody looks at {in_fuzzing:?}");
}

#[test]
fn every_crate_comes_from_one_registry_with_a_checksum() {
    let lock = table("Cargo.lock");
    let packages = lock["package"].as_array().unwrap();
    assert!(packages.len() > 100);
    let strange = packages.iter().filter_map(|package| {
        let name = package["name"].as_str().unwrap();
        let text = |key: &str| package.get(key).and_then(toml::Value::as_str);
        let fine = match text("source") {
            None => OWN.contains(&name),
            Some(source) => source == SOURCE && text("checksum").is_some(),
        };
        (!fine).then(|| format!("{name} from {:?}", text("source")))
    });
    let strange: Vec<String> = strange.collect();
    assert_none(&strange, "crates that anybody could change, or that cannot be had everywhere");
}

#[test]
fn every_package_of_npm_comes_from_its_registry_with_a_hash() {
    for manifest in [CLIENT, BROWSER] {
        let lock = json(&manifest.replace("package.json", "package-lock.json"));
        let packages = lock["packages"].as_object().unwrap();
        assert!(packages.len() > 2, "{manifest}");
        let strange = packages.iter().filter_map(|(name, package)| {
            let begins = |key: &str, with: &str| {
                package[key].as_str().is_some_and(|text| text.starts_with(with))
            };
            let fine = begins("resolved", NPM) && begins("integrity", "sha512-");
            (!fine && !name.is_empty()).then(|| name.clone()) // the one without a name is ours
        });
        let strange: Vec<String> = strange.collect();
        assert_none(&strange, "packages that anybody could change, or that are had elsewhere");
    }
}

#[test]
fn every_package_of_python_has_one_version() {
    let (named, brought) = (pinned(PYTHON), pinned(PYTHON_BRINGS));
    assert!(brought.len() > named.len(), "{brought:?}");
    let mut names = BTreeSet::new();
    for (name, version) in named.iter().chain(&brought) {
        assert!(names.insert(name.to_lowercase()), "{name} is named twice");
        let digit = version.starts_with(|first: char| first.is_ascii_digit());
        assert!(digit && !version.contains('*'), "{name} has the version {version:?}");
    }
}

#[test]
fn no_crate_of_ours_may_be_unsafe() {
    let workspace = table("Cargo.toml");
    assert_eq!(workspace["workspace"]["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
    let manifests = files(&["toml"]);
    let own = manifests
        .iter()
        .filter(|file| file.path.starts_with("crates/") && file.path.ends_with("Cargo.toml"));
    let without: Vec<String> = own
        .filter(|file| {
            let manifest: Table = file.text.parse().unwrap();
            manifest.get("lints").and_then(|lints| lints.get("workspace")?.as_bool()) != Some(true)
        })
        .map(|file| file.path.clone())
        .collect();
    assert_none(&without, "a crate that does not take the workspace's lints may be unsafe");
}
