//! Every order that was acknowledged must be there, in a state that fits what was said about it;
//! each hold has one at most.

use std::collections::HashMap;

use doorbuster_domain::EntryKind;
use doorbuster_engine::OrderStatus;
use uuid::Uuid;

use super::{Judgement, Kind};
use crate::bench::account::{AskedOrder, ClientAccount, Delivery, DeliveryAnswer, Told};
use crate::bench::figures::counted;
use crate::bench::server_account::{OrderRow, ProductRows, ServerAccount};

pub(super) fn check(client: &ClientAccount, server: &ServerAccount, judgement: &mut Judgement) {
    let rows = rows(server, judgement);
    let mut deliveries: HashMap<Uuid, Vec<&Delivery>> = HashMap::new();
    for delivery in &client.deliveries {
        deliveries.entry(delivery.order_id).or_default().push(delivery);
    }
    let journal = server.products.iter().flat_map(|product| &product.journal);
    let mut sales: HashMap<Uuid, u64> = HashMap::new();
    for entry in journal.filter(|entry| is_sale(entry.kind)) {
        *sales.entry(entry.order_id.unwrap_or_default()).or_default() += 1;
    }

    for order in client.orders.iter().filter(|order| order.made == Told::Done) {
        let id = order.order_id.unwrap_or_default();
        let heard = deliveries.get(&id).map_or(&[][..], Vec::as_slice);
        let sold = sales.get(&id).copied().unwrap_or(0);
        let wrong = match rows.get(&id) {
            None => Some("is not on the server".to_owned()),
            Some((product, row)) => {
                let has = (product.product_id, row.hold_id, row.qty);
                // Lists read while payments come in need not agree, except on what was told before.
                let sale_is_due = product.at_rest || is_told_paid(order, heard);
                let may = states(order, heard, server.read_ms);
                if has != (order.product_id, order.hold_id, order.qty) {
                    Some("is for something else on the server".to_owned())
                } else if !may.contains(&row.status) {
                    let status = row.status;
                    Some(format!("is {status:?} on the server, and should be one of {may:?}"))
                } else if sale_is_due && row.status == OrderStatus::Paid && sold == 0 {
                    Some("is paid, but the journal sold it no units".to_owned())
                } else {
                    None
                }
            }
        };
        if let Some(wrong) = wrong {
            judgement.find(Kind::Lost, order.qty.into(), || {
                let units = counted(order.qty.into(), "unit");
                format!("order {id} of {units} was acknowledged and {wrong}")
            });
        }
    }
    two_of_one_hold(client, server, judgement);
}

/// The orders and their products, by id.
fn rows<'s>(
    server: &'s ServerAccount,
    judgement: &mut Judgement,
) -> HashMap<Uuid, (&'s ProductRows, &'s OrderRow)> {
    let mut rows: HashMap<Uuid, (&ProductRows, &OrderRow)> = HashMap::new();
    for product in &server.products {
        for row in &product.orders {
            // Two rows of one hold are found as such.
            let (_, first) = *rows.entry(row.order_id).or_insert((product, row));
            if first.hold_id != row.hold_id {
                judgement.find(Kind::Doubled, row.qty.into(), || {
                    format!("order {} is on the server twice, for two holds", row.order_id)
                });
            }
        }
    }
    rows
}

/// Whether an answer said that the order is paid, or that its payment was taken.
fn is_told_paid(order: &AskedOrder, heard: &[&Delivery]) -> bool {
    order.told == Some(OrderStatus::Paid)
        || heard.iter().any(|delivery| delivery.paid && delivery.is_taken())
}

/// Whether an entry of this kind sells units.
pub(super) const fn is_sale(kind: EntryKind) -> bool {
    match kind {
        EntryKind::OrderPaid | EntryKind::OrderRetaken => true,
        EntryKind::ProductCreated
        | EntryKind::StockChanged
        | EntryKind::HoldPlaced
        | EntryKind::HoldReleased
        | EntryKind::HoldExpired
        | EntryKind::OrderCancelled
        | EntryKind::OrderExpired
        | EntryKind::OrderRestocked
        | EntryKind::OrderRefunded => false,
    }
}

/// The states that an order may be in when nothing is lost.
fn states(order: &AskedOrder, heard: &[&Delivery], read_ms: u32) -> Vec<OrderStatus> {
    use OrderStatus::{Cancelled, Expired, Paid, Pending, RefundDue};
    // A run refunds nothing, so these two are final.
    for last in [Paid, RefundDue] {
        let told = heard.iter().map(|delivery| delivery.told()).chain([order.told]);
        if told.flatten().any(|told| told == last) {
            return vec![last];
        }
    }
    let known = |paid| heard.iter().any(|delivery| delivery.paid == paid && delivery.is_taken());
    let perhaps = |paid| {
        heard
            .iter()
            .any(|delivery| delivery.paid == paid && delivery.answer == DeliveryAnswer::Unknown)
    };
    if known(true) {
        return vec![Paid, RefundDue];
    }
    let mut may = Vec::new();
    let was_cancelled = order.cancelled == Some(Told::Done) || order.told == Some(Cancelled);
    if was_cancelled || known(false) {
        may.push(Cancelled);
    } else {
        may.push(Pending);
        if order.cancelled == Some(Told::Unknown) || perhaps(false) {
            may.push(Cancelled);
        }
    }
    if perhaps(true) {
        may.extend([Paid, RefundDue]);
    }
    if read_ms >= order.until_ms {
        may.push(Expired);
    }
    may
}

impl Delivery {
    /// Where the order stood, as far as the answer said.
    const fn told(&self) -> Option<OrderStatus> {
        match self.answer {
            DeliveryAnswer::Taken { order, .. } => order,
            DeliveryAnswer::Refused | DeliveryAnswer::Unknown => None,
        }
    }
}

/// Two orders of one hold, and orders that nobody asked for.
fn two_of_one_hold(client: &ClientAccount, server: &ServerAccount, judgement: &mut Judgement) {
    let asked: HashMap<Uuid, &AskedOrder> =
        client.orders.iter().map(|order| (order.hold_id, order)).collect();
    let mut first: HashMap<Uuid, Uuid> = HashMap::new();
    for row in server.products.iter().flat_map(|product| &product.orders) {
        if let Some(first) = first.insert(row.hold_id, row.order_id) {
            judgement.find(Kind::Doubled, row.qty.into(), || {
                format!("hold {} has two orders, {first} and {}", row.hold_id, row.order_id)
            });
            continue;
        }
        let order = asked.get(&row.hold_id);
        let was_asked = order.is_some_and(|order| match order.made {
            Told::Done => order.order_id == Some(row.order_id),
            Told::Unknown => order.order_id.is_none_or(|id| id == row.order_id),
            Told::Refused => false,
        });
        if !was_asked {
            judgement.find(Kind::Unexpected, row.qty.into(), || {
                format!("order {} is on the server, and no answer spoke of it", row.order_id)
            });
        }
    }
}
