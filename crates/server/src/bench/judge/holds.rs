//! Every hold that was acknowledged must be there as it was acknowledged, in the rows and in the
//! journal, and none that nobody asked for.

use std::collections::{HashMap, HashSet};

use doorbuster_domain::EntryKind;
use doorbuster_engine::HoldStatus;
use uuid::Uuid;

use super::{Judgement, Kind};
use crate::bench::account::{ClientAccount, Told, ToldHold};
use crate::bench::figures::counted;
use crate::bench::server_account::{HoldRow, ServerAccount};

pub(super) fn check(client: &ClientAccount, server: &ServerAccount, judgement: &mut Judgement) {
    let mut rows: HashMap<Uuid, (u64, &HoldRow)> = HashMap::new();
    for product in &server.products {
        for row in &product.holds {
            if rows.insert(row.hold_id, (product.product_id, row)).is_some() {
                judgement.find(Kind::Doubled, row.qty.into(), || {
                    format!("hold {} is on the server twice", row.hold_id)
                });
            }
        }
    }
    let journal = server.products.iter().flat_map(|product| &product.journal);
    let placed: HashSet<Uuid> = journal
        .filter(|entry| entry.kind == EntryKind::HoldPlaced)
        .filter_map(|entry| entry.hold_id)
        .collect();
    let ordered: HashMap<Uuid, Told> =
        client.orders.iter().map(|order| (order.hold_id, order.made)).collect();

    let mut told = HashSet::with_capacity(client.holds.len());
    for hold in &client.holds {
        let ToldHold { hold_id, qty, .. } = *hold;
        if !told.insert(hold_id) {
            judgement.find(Kind::Doubled, qty.into(), || {
                format!("hold {hold_id} was given to two buyers")
            });
            continue;
        }
        if qty != hold.asked_qty {
            judgement.find(Kind::Unexpected, qty.into(), || {
                let units = counted(qty.into(), "unit");
                format!("hold {hold_id} is of {units}, and {} were asked for", hold.asked_qty)
            });
        }
        let wrong = match rows.get(&hold_id) {
            None => Some("is not on the server".to_owned()),
            Some((product_id, row)) if (*product_id, row.qty) != (hold.product_id, qty) => {
                let units = counted(row.qty.into(), "unit");
                Some(format!("has {units} of product {product_id} on the server"))
            }
            Some((_, row)) => {
                let may = states(hold, ordered.get(&hold_id).copied(), server.read_ms);
                let status = row.status;
                if !may.contains(&status) {
                    Some(format!("is {status:?} on the server, and should be one of {may:?}"))
                } else if !placed.contains(&hold_id) {
                    Some("is not in the journal".to_owned())
                } else {
                    None
                }
            }
        };
        if let Some(wrong) = wrong {
            judgement.find(Kind::Lost, qty.into(), || {
                let units = counted(qty.into(), "unit");
                format!("hold {hold_id} of {units} was acknowledged and {wrong}")
            });
        }
    }
    surplus(client, server, &told, judgement);
}

/// The states that a hold may be in when nothing is lost.
fn states(hold: &ToldHold, ordered: Option<Told>, read_ms: u32) -> Vec<HoldStatus> {
    let mut may = match ordered {
        Some(Told::Done) => return vec![HoldStatus::Used],
        Some(Told::Unknown) => vec![HoldStatus::Active, HoldStatus::Used],
        Some(Told::Refused) | None => vec![HoldStatus::Active],
    };
    if read_ms >= hold.until_ms {
        may.push(HoldStatus::Expired);
    }
    may
}

/// Holds that no answer spoke of. As many as answers that never came are all right.
fn surplus(
    client: &ClientAccount,
    server: &ServerAccount,
    told: &HashSet<Uuid>,
    judgement: &mut Judgement,
) {
    for product in &server.products {
        let unknown = client.unknown_holds.get(&product.product_id).copied().unwrap_or(0);
        let untold = product.holds.iter().filter(|row| !told.contains(&row.hold_id));
        for row in untold.skip(usize::try_from(unknown).unwrap_or(usize::MAX)) {
            judgement.find(Kind::Unexpected, row.qty.into(), || {
                format!("hold {} is on the server, and no answer spoke of it", row.hold_id)
            });
        }
    }
}
