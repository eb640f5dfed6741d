//! `doorbuster audit`: recounts every rule from a database's rows, without a server.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use doorbuster_domain::{AuditReport, ProductAudit, Violation};
use doorbuster_stores::postgres::audit_database;
use doorbuster_stores::sqlite::audit_file;

use crate::cli::complain;
use crate::config::Database;
use crate::http::audit_json;
use crate::serve::say;

/// Exit code where a rule is broken.
const VIOLATION: u8 = 1;

/// Exit code where the audit could not be made.
const NOT_MADE: u8 = 2;

/// Prints the report on `database`, as a table or as JSON.
pub(crate) fn run(database: &Database, json: bool) -> ExitCode {
    match audit(database, json) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(VIOLATION),
        Err(error) => {
            complain(&error);
            ExitCode::from(NOT_MADE)
        }
    }
}

/// Whether no rule is broken.
fn audit(database: &Database, json: bool) -> anyhow::Result<bool> {
    let report = match database {
        Database::Sqlite(path) => audit_file(path).map_err(|error| anyhow!(error)),
        Database::Postgres(address) => audit_database(address).map_err(|error| anyhow!(error)),
    };
    let report = report.with_context(|| format!("database {database}"))?;
    let text = if json { audit_json(&report)? } else { table(&report) };
    say(&text)?;
    Ok(report.is_ok())
}

/// The report for people.
fn table(report: &AuditReport) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text, // writing to a String cannot fail; so below
        "{:>10} {:>13} {:>13} {:>13} {:>13} {:>12} {:>12} {:>12}",
        "product",
        "total",
        "available",
        "held",
        "sold",
        "holds",
        "orders",
        "journal",
    );
    for product in &report.products {
        let _ = writeln!(text, "{}", row(product));
    }
    for violation in &report.violations {
        let _ = write!(text, "\n{}", paragraph(violation));
    }
    let verdict = match report.violations.len() {
        0 => "all ten rules hold".to_owned(),
        broken => counted(broken, "violation"),
    };
    let products = counted(report.products.len(), "product");
    let _ = write!(text, "\n{products} recounted: {verdict}.");
    text
}

fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

fn row(product: &ProductAudit) -> String {
    let counters = product.recorded;
    let available = i64::from(counters.total) - i64::from(counters.held) - i64::from(counters.sold);
    format!(
        "{:>10} {:>13} {:>13} {:>13} {:>13} {:>12} {:>12} {:>12}",
        product.product_id.get(),
        counters.total,
        available,
        counters.held,
        counters.sold,
        product.holds,
        product.orders,
        product.journal_entries,
    )
}

fn paragraph(violation: &Violation) -> String {
    let Violation { product_id, rule, expected, found, detail } = violation;
    let whose = product_id.map_or_else(String::new, |id| format!(", product {id}"));
    format!("rule {rule}{whose}: {detail}\n  expected {expected}\n  found    {found}\n")
}

#[cfg(test)]
mod tests {
    use doorbuster_domain::{Counters, ProductId};

    use super::*;

    #[test]
    fn a_clean_report_says_so_and_a_broken_one_names_the_rule() {
        let counters = Counters { total: 100, held: 10, sold: 2 };
        let product_id = ProductId::new(7).unwrap();
        let mut report = AuditReport {
            products: vec![ProductAudit {
                product_id,
                recorded: counters,
                recounted: counters,
                replayed: counters,
                journal_entries: 14,
                holds: 12,
                orders: 2,
            }],
            violations: Vec::new(),
        };
        let clean = table(&report);
        assert!(
            clean.contains("88") && clean.ends_with("recounted: all ten rules hold."),
            "{clean}"
        );

        report.violations.push(Violation {
            product_id: Some(product_id),
            rule: 2,
            expected: "10".into(),
            found: "11".into(),
            detail: "held units".into(),
        });
        let broken = table(&report);
        assert!(broken.contains("rule 2, product 7: held units"), "{broken}");
        assert!(broken.ends_with("\n1 product recounted: 1 violation."), "{broken}");
    }
}
