//! Runs the rule tables: `../rules/*.txt`, whose form their `README.md` explains.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use doorbuster_domain::*;

use crate::invariants;
use crate::language::{
    ENTRY_NAMES, REFUSAL_NAMES, entry_name, read_command, read_product, read_time, refusal_name,
    say_counters, say_entries, say_outcome,
};
use crate::lockstep::Lockstep;

/// What the tables have shown at least once.
type Covered = BTreeSet<&'static str>;

#[test]
fn every_line_of_every_table_is_as_it_says() {
    let wrong: Vec<String> = tables().iter().flat_map(|table| check(table).1).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_tables_show_every_refusal_and_every_kind_of_entry() {
    let covered: Covered = tables().iter().flat_map(|table| check(table).0).collect();
    let named = REFUSAL_NAMES.iter().chain(ENTRY_NAMES);
    let missing: Vec<_> = named.filter(|name| !covered.contains(*name)).collect();
    assert!(missing.is_empty(), "no line of tests/rules/*.txt shows {missing:?}");
    assert_eq!(ENTRY_NAMES.len(), EntryKind::ALL.len());
}

fn tables() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    let files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let mut tables: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|it| it == "txt")).collect();
    tables.sort();
    assert!(!tables.is_empty(), "no tables in {}", folder.display());
    tables
}

/// Runs a table; returns what it covers and every line that is not as it says.
fn check(table: &Path) -> (Covered, Vec<String>) {
    let text = std::fs::read_to_string(table).unwrap();
    let name = table.file_name().unwrap().to_string_lossy();
    let mut covered = Covered::new();
    let mut wrong = Vec::new();
    let mut scenario = Lockstep::default();
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim_end();
        if line.starts_with("##") {
            wrong.extend(invariants::check(&scenario.ledger, scenario.ledger.journal()).err());
            scenario = Lockstep::default();
        } else if !line.is_empty() && !line.starts_with('#') {
            let (step, expected) = line.split_once("=>").unwrap_or_else(|| {
                panic!("{name}:{number}: a line needs its expected result after =>")
            });
            let found = run(&mut scenario, step, &mut covered);
            if words(&found) != words(expected) {
                wrong.push(format!("{name}:{number}: {}\n    => {found}", step.trim_end()));
            }
        }
    }
    wrong.extend(invariants::check(&scenario.ledger, scenario.ledger.journal()).err());
    (covered, wrong)
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// Runs one step and says what happened.
fn run(scenario: &mut Lockstep, step: &str, covered: &mut Covered) -> String {
    let words = words(step);
    match words[..] {
        ["stock", product] => scenario.ledger.product(read_product(product).unwrap()).map_or(
            "no such product".to_owned(),
            |product| {
                say_counters(Counters {
                    total: product.total.get(),
                    held: product.held,
                    sold: product.sold,
                })
            },
        ),
        ["units", "of", customer, "in", product] => {
            let customer_id = CustomerId::new(customer).unwrap();
            let product_id = read_product(product).unwrap();
            format!("{}", scenario.ledger.customer_units(product_id, &customer_id))
        }
        [time, ref command @ ..] => {
            let command = read_command(&command.join(" ")).unwrap();
            match scenario.step(read_time(time).unwrap(), &command) {
                Ok(outcome) => {
                    covered.extend(outcome.as_ref().err().map(refusal_name));
                    let entries = scenario.last_entries();
                    covered.extend(entries.iter().map(|entry| entry_name(&entry.kind)));
                    format!("{}{}", say_outcome(&outcome), say_entries(entries))
                }
                Err(difference) => difference,
            }
        }
        [] => panic!("a line without a step"),
    }
}
