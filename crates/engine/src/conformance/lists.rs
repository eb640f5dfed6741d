//! Lists: every filter, every page, newest first.

use doorbuster_domain::{
    CustomerId, EntryKind, EventResult, HoldState, OrderId, OrderState, PaymentKind, ProductId,
};

use super::Bench;
use super::every_state::in_every_state;
use super::history::lived;
use super::values::{
    POSTER, TICKET, awkward_text, cancel, customer, event, event_key, hold, hold_id, opening,
    order, order_id, paid, refund,
};
use super::witness::Witness;
use crate::{HoldFilter, HoldStatus, OrderFilter, OrderStatus, Page, PaymentFilter, Reader};

/// Nobody's number, so that a filter can match nothing.
const UNKNOWN: u64 = 1_000_000;

/// The page sizes that lists are walked with.
const LIMITS: [usize; 3] = [1, 6, 200];

/// A seed whose history has rows to tell apart in every list.
const SEED: u64 = 7;

fn products() -> [Option<ProductId>; 4] {
    [None, Some(TICKET), Some(POSTER), ProductId::new(UNKNOWN)]
}

fn customers() -> [Option<CustomerId>; 4] {
    [None, Some(customer("Ann")), Some(customer("Bea")), Some(customer(&awkward_text(40)))]
}

/// Some orders of the history, and one that does not exist.
fn orders<B: Bench>(witness: &Witness<B>) -> Vec<Option<OrderId>> {
    let some = witness.expected_orders(|_| true).into_iter().step_by(7);
    let mut orders: Vec<_> = some.map(|order| Some(order.id)).collect();
    assert!(orders.len() > 3, "the history has orders to choose from");
    orders.extend([None, Some(order_id(UNKNOWN))]);
    orders
}

fn fits<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
    wanted.is_none() || wanted == found
}

fn hold_in(status: HoldStatus, state: HoldState) -> bool {
    match status {
        HoldStatus::Active => state == HoldState::Active,
        HoldStatus::Used => matches!(state, HoldState::Used { .. }),
        HoldStatus::Released => state == HoldState::Released,
        HoldStatus::Expired => state == HoldState::Expired,
    }
}

fn order_in(status: OrderStatus, state: OrderState) -> bool {
    match status {
        OrderStatus::Pending => state == OrderState::Pending,
        OrderStatus::Paid => state == OrderState::Paid,
        OrderStatus::Cancelled => state == OrderState::Cancelled,
        OrderStatus::Expired => state == OrderState::Expired,
        OrderStatus::RefundDue => state == OrderState::RefundDue,
        OrderStatus::Refunded => matches!(state, OrderState::Refunded { .. }),
    }
}

/// Holds are filtered by product, status, customer and order in any combination.
pub async fn holds_pass_every_filter<B: Bench>(bench: B) {
    use HoldStatus::{Active, Expired, Released, Used};
    let witness = lived(bench, SEED).await;
    let statuses = [None, Some(Active), Some(Used), Some(Released), Some(Expired)];
    let mut filters = vec![];
    for product_id in products() {
        for customer_id in customers() {
            let of = |status, order_id| {
                let customer_id = customer_id.clone();
                HoldFilter { product_id, status, customer_id, order_id }
            };
            filters.extend(statuses.map(|status| of(status, None)));
            filters.extend(orders(&witness).into_iter().map(|order_id| of(Some(Used), order_id)));
            filters.push(of(Some(Active), Some(order_id(UNKNOWN))));
        }
    }
    for filter in filters {
        let expected = witness.expected_holds(|hold| {
            let order_id = match hold.state {
                HoldState::Used { order_id } => Some(order_id),
                HoldState::Active | HoldState::Released | HoldState::Expired => None,
            };
            fits(filter.product_id.as_ref(), Some(&hold.product_id))
                && filter.status.is_none_or(|status| hold_in(status, hold.state))
                && fits(filter.customer_id.as_ref(), hold.customer_id.as_ref())
                && fits(filter.order_id.as_ref(), order_id.as_ref())
        });
        assert_eq!(witness.all_holds(&filter, 6).await, expected, "{filter:?}");
    }
}

/// Orders are filtered by product, status, customer and id in any combination.
pub async fn orders_pass_every_filter<B: Bench>(bench: B) {
    use OrderStatus::{Cancelled, Expired, Paid, Pending, RefundDue, Refunded};
    let witness = lived(bench, SEED).await;
    let statuses = [Pending, Paid, Cancelled, Expired, RefundDue, Refunded].map(Some);
    let mut filters = vec![];
    for product_id in products() {
        for customer_id in customers() {
            let of = |status, order_id| {
                let customer_id = customer_id.clone();
                OrderFilter { product_id, status, customer_id, order_id }
            };
            filters.extend(statuses.map(|status| of(status, None)));
            filters.extend(orders(&witness).into_iter().map(|order_id| of(None, order_id)));
            filters.extend(orders(&witness).into_iter().map(|order_id| of(Some(Paid), order_id)));
        }
    }
    for filter in filters {
        let expected = witness.expected_orders(|order| {
            fits(filter.product_id.as_ref(), Some(&order.product_id))
                && filter.status.is_none_or(|status| order_in(status, order.state))
                && fits(filter.customer_id.as_ref(), order.customer_id.as_ref())
                && fits(filter.order_id.as_ref(), Some(&order.id))
        });
        assert_eq!(witness.all_orders(&filter, 6).await, expected, "{filter:?}");
    }
}

/// Payment events are filtered by kind and by their order, and by product and customer through it:
/// an event that still waits for its order has neither.
pub async fn payments_pass_every_filter<B: Bench>(bench: B) {
    let witness = lived(bench, SEED).await;
    let kinds = [PaymentKind::Paid, PaymentKind::Failed, PaymentKind::Refunded, PaymentKind::Noted]
        .map(Some);
    let mut filters = vec![];
    for product_id in products() {
        for customer_id in customers() {
            let of = |kind, order_id| {
                let customer_id = customer_id.clone();
                PaymentFilter { product_id, kind, customer_id, order_id, ..Default::default() }
            };
            filters.extend(kinds.map(|kind| of(kind, None)));
            filters.extend(orders(&witness).into_iter().map(|order_id| of(None, order_id)));
            let paid = orders(&witness).into_iter();
            filters.extend(paid.map(|order_id| of(Some(PaymentKind::Paid), order_id)));
        }
    }
    for event in witness.expected_payments(|_| true).into_iter().take(20) {
        let event_id = Some(event.key.event_id);
        filters.push(PaymentFilter { event_id, ..PaymentFilter::default() });
    }
    filters.extend(
        [
            EventResult::Applied,
            EventResult::Ignored,
            EventResult::Stored,
            EventResult::AmountMismatch,
        ]
        .map(|result| PaymentFilter { result: Some(result), ..PaymentFilter::default() }),
    );
    for filter in filters {
        let expected = witness.expected_payments(|event| {
            let order = witness.plain.order(event.order_id);
            let customer_id = order.and_then(|order| order.customer_id.as_ref());
            fits(filter.product_id.as_ref(), order.map(|order| &order.product_id))
                && fits(filter.kind.as_ref(), Some(&event.kind))
                && fits(filter.event_id.as_ref(), Some(&event.key.event_id))
                && fits(filter.result.as_ref(), Some(&event.result))
                && fits(filter.customer_id.as_ref(), customer_id)
                && fits(filter.order_id.as_ref(), Some(&event.order_id))
        });
        assert_eq!(witness.all_payments(&filter, 6).await, expected, "{filter:?}");
    }
}

/// Whatever the page size, every row comes once, newest first, and no page is longer.
pub async fn a_list_has_no_more_rows_than_asked_for<B: Bench>(bench: B) {
    let witness = lived(bench, SEED).await;
    for limit in LIMITS {
        let holds = witness.all_holds(&HoldFilter::default(), limit).await;
        assert_eq!(holds, witness.expected_holds(|_| true));
        let orders = witness.all_orders(&OrderFilter::default(), limit).await;
        assert_eq!(orders, witness.expected_orders(|_| true));
        let payments = witness.all_payments(&PaymentFilter::default(), limit).await;
        assert_eq!(payments, witness.expected_payments(|_| true));
    }
}

/// A row that is added while somebody pages through a list disturbs no page.
pub async fn a_walk_is_not_disturbed_by_new_rows<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(100)).await;
    let early: Vec<_> =
        (3..9).flat_map(|n| [hold(n, 1), order(n), paid(&n.to_string(), n)]).collect();
    witness.batch(&early).await;
    let first = Page { before: None, limit: 3 };
    let holds = witness.reader.holds(HoldFilter::default(), first).await.unwrap();
    let first = Page { before: None, limit: 3 };
    let payments = witness.reader.payments(PaymentFilter::default(), first).await.unwrap();
    let (last_hold, last_payment) = (holds[2].id, payments[2].0);
    witness.batch(&[hold(30, 1), order(30), paid("30", 30), paid("3", 3)]).await;
    let next = Page { before: Some(last_hold), limit: 9 };
    let holds = witness.reader.holds(HoldFilter::default(), next).await.unwrap();
    assert_eq!(holds, witness.expected_holds(|hold| hold.id < last_hold));
    let next = Page { before: Some(last_payment), limit: 9 };
    let payments = witness.reader.payments(PaymentFilter::default(), next).await.unwrap();
    let events: Vec<_> = payments.into_iter().map(|(_, event)| event).collect();
    assert_eq!(events, witness.expected_payments(|_| true).split_off(4));
}

/// A product's journal comes oldest first, only its own entries, from above any number.
pub async fn a_journal_is_paged_by_its_numbers<B: Bench>(bench: B) {
    let witness = lived(bench, SEED).await;
    let journal = |id| witness.plain.journal().iter().filter(move |entry| entry.product_id == id);
    for id in [TICKET, POSTER] {
        let entries: Vec<_> = journal(id).cloned().collect();
        assert!(entries.len() > 8, "the history has a journal");
        for after in [0, 1, 5, entries.len() - 1, entries.len(), entries.len() + 1] {
            for limit in [1, 5, 10_000] {
                let found = witness.reader.journal(id, after as u64, limit).await.unwrap();
                let expected: Vec<_> = entries.iter().skip(after).take(limit).cloned().collect();
                assert_eq!(found, expected, "after {after}, limit {limit}");
            }
        }
        assert_eq!(witness.reader.journal(id, u64::MAX, 10).await.unwrap(), []);
        for hold in witness.plain.holds() {
            let found = witness.reader.journal_of_hold(id, hold.id).await.unwrap();
            let about = entries.iter().filter(|entry| entry.hold_id == Some(hold.id));
            assert_eq!(found, about.cloned().collect::<Vec<_>>(), "{:?}", hold.id);
            assert_eq!(found.is_empty(), hold.product_id != id);
        }
    }
    let unknown = ProductId::new(UNKNOWN).unwrap();
    assert_eq!(witness.reader.journal(unknown, 0, 10).await.unwrap(), []);
}

/// The journal of a refunded order's hold ends with the refund, and names the event that caused it:
/// of units that come back, of units that stay sold, and of units that were gone.
pub async fn the_story_of_a_refunded_order_ends_with_its_refund<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(10)).await;
    witness.batch(&(1..=5).flat_map(|n| [hold(n, 2), order(n)]).collect::<Vec<_>>()).await;
    witness.batch(&[paid("1", 1), paid("2", 2), paid("3", 3), cancel(4), cancel(5)]).await;
    witness.batch(&[hold(6, 4), paid("4", 4), paid("5", 5)]).await; // whose units are gone
    let mut witness = witness.reopen().await;
    let refunded = |n: u64| event(&format!("refund {n}"), PaymentKind::Refunded, n);
    witness.batch(&[refund(1, true), refund(2, false), refunded(3), refund(4, true)]).await;
    witness.batch(&[refunded(5), refunded(5), refund(4, false)]).await;
    let mut witness = witness.reopen().await;
    let by = |n| Some(event_key(&format!("refund {n}")));
    let restocked = (EntryKind::OrderRestocked, None);
    let told = [(EntryKind::OrderRefunded, None), (EntryKind::OrderRefunded, by(3))];
    let late = [(EntryKind::OrderRefunded, None), (EntryKind::OrderRefunded, by(5))];
    for ((kind, event), n) in [restocked].into_iter().chain(told).chain(late).zip(1..) {
        let story = witness.reader.journal_of_hold(TICKET, hold_id(n)).await.unwrap();
        let last = story.last().unwrap();
        assert_eq!((last.kind, last.qty, &last.event), (kind, 2, &event), "order {n}");
        assert_eq!(last.order_id, Some(order_id(n)));
        let refunds = [EntryKind::OrderRestocked, EntryKind::OrderRefunded];
        assert_eq!(story.iter().filter(|entry| refunds.contains(&entry.kind)).count(), 1);
    }
    for pair in witness.reader.journal(TICKET, 0, 100).await.unwrap().windows(2) {
        let moved = pair[0].after != pair[1].after;
        assert_eq!(moved, pair[1].kind != EntryKind::OrderRefunded, "{pair:?}");
    }
    witness.agrees().await;
}

/// A hold and an order are found by their ids, in every state; what does not exist is not.
pub async fn single_rows_are_found_by_id<B: Bench>(bench: B) {
    let witness = in_every_state(bench).await;
    for hold in witness.plain.holds() {
        assert_eq!(witness.reader.hold(hold.id).await.unwrap().as_ref(), Some(hold));
    }
    for order in witness.plain.orders() {
        assert_eq!(witness.reader.order(order.id).await.unwrap().as_ref(), Some(order));
    }
    assert_eq!(witness.reader.hold(hold_id(UNKNOWN)).await.unwrap(), None);
    assert_eq!(witness.reader.order(order_id(UNKNOWN)).await.unwrap(), None);
}
