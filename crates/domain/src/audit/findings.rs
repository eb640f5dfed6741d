//! The violations found so far, and how many of each kind are kept.

use std::collections::BTreeMap;

use super::Violation;
use crate::ProductId;

/// Violations of one rule by one product that a report lists: enough to see the pattern, few enough
/// that a ruined database does not make a ruinous report.
pub(super) const MAX_LISTED_PER_RULE: usize = 10;

/// The violations found so far, by product and rule.
#[derive(Debug, Default)]
pub(super) struct Findings {
    found: BTreeMap<(Option<ProductId>, u8), Listed>,
}

#[derive(Debug, Default)]
struct Listed {
    violations: Vec<Violation>,
    more: u64,
}

/// Expected, found, detail.
pub(super) type Words = (String, String, String);

impl Findings {
    /// Takes a violation. The words are made only when they will be listed.
    pub(super) fn add(
        &mut self,
        product_id: Option<ProductId>,
        rule: u8,
        words: impl FnOnce() -> Words,
    ) {
        let listed = self.found.entry((product_id, rule)).or_default();
        if listed.violations.len() >= MAX_LISTED_PER_RULE {
            listed.more = listed.more.saturating_add(1);
            return;
        }
        let (expected, found, detail) = words();
        listed.violations.push(Violation { product_id, rule, expected, found, detail });
    }

    /// All of them: what concerns no single product, then product by product, rule by rule, each
    /// rule's in the order found.
    pub(super) fn into_violations(self) -> Vec<Violation> {
        let mut violations = Vec::new();
        for ((product_id, rule), listed) in self.found {
            violations.extend(listed.violations);
            if listed.more > 0 {
                violations.push(Violation {
                    product_id,
                    rule,
                    expected: "none".to_owned(),
                    found: format!("{} more", listed.more),
                    detail: format!("only the first {MAX_LISTED_PER_RULE} are listed"),
                });
            }
        }
        violations
    }
}
