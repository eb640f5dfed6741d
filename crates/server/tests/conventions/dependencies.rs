//! Whatever others wrote is listed with a reason, comes from one place, and is not `unsafe` in our
//! own code.

use std::collections::BTreeSet;

use toml::Table;

use crate::tree::{assert_none, files, read};

/// Where every crate that is not ours comes from.
const SOURCE: &str = "registry+https://github.com/rust-lang/crates.io-index";

const OWN: [&str; 4] =
    ["doorbuster", "doorbuster-domain", "doorbuster-engine", "doorbuster-stores"];

fn table(path: &str) -> Table {
    read(path).parse().unwrap()
}

/// The names in these sections of all manifests, without our own crates.
fn named(section: &str) -> BTreeSet<String> {
    let manifests = ["domain", "engine", "stores", "server"];
    let manifests = manifests.map(|name| table(&format!("crates/{name}/Cargo.toml")));
    let sections = manifests.iter().filter_map(|manifest| manifest.get(section)?.as_table());
    let names = sections.flat_map(Table::keys).cloned();
    names.filter(|name| !OWN.contains(&name.as_str())).collect()
}

/// The names in the first column of the table below a heading of the page.
fn documented(heading: &str) -> BTreeSet<String> {
    let page = read("docs/DEPENDENCIES.md");
    let (_, section) = page.split_once(heading).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let names = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    names.map(str::to_owned).collect()
}

#[test]
fn every_dependency_is_listed_with_a_reason() {
    let in_binary = named("dependencies");
    assert!(in_binary.len() > 20, "{in_binary:?}");
    assert_eq!(documented("## In the binary"), in_binary, "the page (left), the manifests (right)");
    let in_tests = &named("dev-dependencies") - &in_binary;
    let page = documented("## In tests and benchmarks only");
    assert_eq!(page, in_tests, "the page (left), the manifests (right)");
}

#[test]
fn everything_comes_from_one_registry_with_a_checksum() {
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
