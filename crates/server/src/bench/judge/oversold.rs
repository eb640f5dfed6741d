//! More units taken at once than there are: by what the client was told, by the server's rows, and
//! by its counters. The worst of the three counts.

use std::collections::BTreeMap;

use doorbuster_engine::{HoldStatus, OrderStatus};

use super::{Judgement, Kind};
use crate::bench::account::{ClientAccount, NEVER_MS};
use crate::bench::server_account::{ProductRows, ServerAccount};

pub(super) fn check(client: &ClientAccount, server: &ServerAccount, judgement: &mut Judgement) {
    let mut moves = moves(client);
    for product in &server.products {
        let told = moves.get_mut(&product.product_id).map_or(0, |moves| most_at_once(moves));
        let counters = &product.counters;
        let counted = u64::from(counters.held) + u64::from(counters.sold);
        let total = u64::from(product.asked_total);
        let (units, source) = [
            (told, "the client was told of"),
            (in_rows(product), "the server's rows have"),
            (counted, "the server's counters say"),
        ]
        .into_iter()
        .max_by_key(|(units, _)| *units)
        .unwrap_or_default();
        if units > total {
            judgement.find(Kind::Oversold, units - total, || {
                let id = product.product_id;
                format!("product {id} has {total} units; {source} {units} taken at once")
            });
        }
    }
}

/// By product: when units were certainly taken (positive) and may have been given back (negative).
fn moves(client: &ClientAccount) -> BTreeMap<u64, Vec<(u32, i64)>> {
    let mut moves: BTreeMap<u64, Vec<(u32, i64)>> = BTreeMap::new();
    let mut stay = |product_id, qty: u32, from_ms, until_ms| {
        let moves = moves.entry(product_id).or_default();
        // An answer can come after the instant at which the units may be back already.
        if from_ms < until_ms {
            moves.push((from_ms, i64::from(qty)));
            moves.push((until_ms, -i64::from(qty)));
        }
    };
    for hold in &client.holds {
        stay(hold.product_id, hold.qty, hold.from_ms, hold.until_ms);
    }
    for order in &client.orders {
        if let Some(from_ms) = order.retaken_from_ms {
            stay(order.product_id, order.qty, from_ms, NEVER_MS);
        }
    }
    moves
}

/// The most units that were taken at one instant. What is given back at an instant goes first.
fn most_at_once(moves: &mut [(u32, i64)]) -> u64 {
    moves.sort_unstable();
    let (mut taken, mut most) = (0, 0);
    for (_, units) in moves {
        taken += *units;
        most = most.max(taken);
    }
    u64::try_from(most).unwrap_or(0)
}

/// The units of active holds, pending orders and paid ones.
fn in_rows(product: &ProductRows) -> u64 {
    let held = product.holds.iter().filter(|hold| hold.status == HoldStatus::Active);
    let taken = product
        .orders
        .iter()
        .filter(|order| matches!(order.status, OrderStatus::Pending | OrderStatus::Paid));
    held.map(|hold| u64::from(hold.qty)).sum::<u64>()
        + taken.map(|order| u64::from(order.qty)).sum::<u64>()
}
