//! What buyers were told, compared with the rows.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::{Client, Purchase, Stock, eventually, text};

/// The units of each product that buyers buy of: more than they can.
pub(crate) const STOCK: i64 = 1_000_000;

/// What these purchases were answered is what the rows say, and there is nothing else.
pub(crate) fn assert_rows_are_as_told(node: &Client, products: &[i64], purchases: &[Purchase]) {
    for product in products {
        let bought: Vec<_> = purchases.iter().filter(|p| p.product == *product).collect();
        assert_lists_are_exactly(node, *product, &bought);
        assert_stock(node, *product, &bought);
    }
    let known: BTreeSet<String> = purchases.iter().flat_map(Purchase::events).collect();
    let rows = node.walk("/api/payments", "event_id", 200);
    let listed: BTreeSet<String> = rows.iter().map(|e| text(&e["event_id"]).into()).collect();
    assert_same(&listed, &known, "payment events");
}

/// The admin lists show every hold and order of the product as its buyer knows it, and no other.
fn assert_lists_are_exactly(node: &Client, product: i64, bought: &[&Purchase]) {
    let listed = |list: &str, key: &str| -> BTreeSet<String> {
        let rows = node.walk(&format!("{list}?product_id={product}"), key, 200);
        let row = |row: &Value| format!("{} {}", text(&row[key]), text(&row["status"]));
        rows.iter().map(row).collect()
    };
    let held: Vec<_> = bought.iter().filter(|purchase| !purchase.state().0.is_empty()).collect();
    let holds: BTreeSet<String> =
        held.iter().map(|p| format!("{} {}", p.hold_id, p.state().0)).collect();
    assert_eq!(holds.len(), held.len(), "two purchases got the same hold");
    assert_same(&listed("/api/holds", "hold_id"), &holds, "holds");
    let ordered = bought.iter().filter(|purchase| !purchase.state().1.is_empty());
    let orders = ordered.map(|p| format!("{} {}", p.order_id, p.state().1)).collect();
    assert_same(&listed("/api/orders", "order_id"), &orders, "orders");
}

/// Names only what differs: there are thousands.
#[track_caller]
fn assert_same(listed: &BTreeSet<String>, known: &BTreeSet<String>, what: &str) {
    let lost: Vec<_> = known.difference(listed).collect();
    let added: Vec<_> = listed.difference(known).collect();
    let same = lost.is_empty() && added.is_empty();
    assert!(same, "{what}: answered and not there {lost:?}, there and not answered {added:?}");
}

fn assert_stock(node: &Client, product: i64, bought: &[&Purchase]) {
    let count = |states: &[(&str, &str)]| -> i64 {
        bought.iter().filter(|p| states.contains(&p.state())).map(|p| p.qty).sum()
    };
    let held = count(&[("active", ""), ("used", "pending")]);
    let sold = count(&[("used", "paid")]);
    // Another node may be told of the last changes a moment later.
    eventually(Duration::from_secs(5), &format!("{held} held and {sold} sold"), || {
        (node.stock(product) == Stock::of(STOCK - held - sold, held, sold)).then_some(())
    });
}
