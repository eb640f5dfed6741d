//! Every payment event that was taken must be there, and none may have been taken twice.

use std::collections::HashMap;

use super::{Judgement, Kind};
use crate::bench::account::{ClientAccount, Delivery, DeliveryAnswer, DeliveryResult};
use crate::bench::server_account::{PaymentRow, ServerAccount};

pub(super) fn check(client: &ClientAccount, server: &ServerAccount, judgement: &mut Judgement) {
    let units: HashMap<_, u64> =
        client.orders.iter().map(|order| (order.order_id, order.qty.into())).collect();
    let units = |order_id| units.get(&Some(order_id)).copied().unwrap_or(0);
    let mut events: HashMap<u64, Vec<&Delivery>> = HashMap::new();
    for delivery in &client.deliveries {
        events.entry(delivery.event).or_default().push(delivery);
    }

    let mut rows: HashMap<u64, &PaymentRow> = HashMap::new();
    for row in server.products.iter().flat_map(|product| &product.payments) {
        let delivered = |event: &u64| {
            let deliveries = events.get(event).into_iter().flatten();
            deliveries.into_iter().any(|delivery| delivery.answer != DeliveryAnswer::Refused)
        };
        match row.event.filter(delivered) {
            None => judgement.find(Kind::Unexpected, 0, || {
                let order_id = row.order_id;
                format!("order {order_id} has a payment event that nobody sent, or was refused")
            }),
            Some(event) => {
                if rows.insert(event, row).is_some() {
                    judgement.find(Kind::Doubled, units(row.order_id), || {
                        format!("payment event {event} is recorded twice")
                    });
                }
            }
        }
    }

    let mut events: Vec<_> = events.into_iter().collect();
    events.sort_unstable_by_key(|(event, _)| *event);
    for (event, deliveries) in events {
        let Some(taken) = deliveries.iter().find(|delivery| delivery.is_taken()) else { continue };
        let (order_id, paid) = (taken.order_id, taken.paid);
        if deliveries.iter().filter(|delivery| is_first(delivery)).count() > 1 {
            judgement.find(Kind::Doubled, units(order_id), || {
                format!("payment event {event} of order {order_id} was taken twice as new")
            });
        }
        let recorded =
            rows.get(&event).is_some_and(|row| (row.order_id, row.paid) == (order_id, paid));
        if !recorded {
            judgement.find(Kind::Lost, units(order_id), || {
                format!("payment event {event} of order {order_id} was taken and is not recorded")
            });
        }
    }
}

/// Whether the server took the delivery for the first of its event.
const fn is_first(delivery: &Delivery) -> bool {
    match delivery.answer {
        DeliveryAnswer::Taken { result, .. } => match result {
            DeliveryResult::Applied | DeliveryResult::Ignored | DeliveryResult::Stored => true,
            DeliveryResult::Duplicate => false,
        },
        DeliveryAnswer::Refused | DeliveryAnswer::Unknown => false,
    }
}
