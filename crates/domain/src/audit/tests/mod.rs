//! Planted corruptions, each found under the rule it breaks.

mod story;

use uuid::Uuid;

use self::story::{PRODUCT, Story, at, event_key, hold_id, order_id};
use super::findings::MAX_LISTED_PER_RULE;
use crate::*;

/// What is corrupted, the rules that see it, and how.
type Plant = (&'static str, &'static [u8], fn(&mut Story));

fn check(plants: &[Plant]) {
    for (what, rules, plant) in plants {
        let mut story = Story::clean();
        plant(&mut story);
        let report = story.audit(false);
        let mut found: Vec<u8> = report.violations.iter().map(|broken| broken.rule).collect();
        found.dedup();
        assert_eq!(found, *rules, "{what}: {:#?}", report.violations);
        let backwards = story.audit(true);
        assert_eq!(backwards.products, report.products, "{what}, rows in another order");
        assert_eq!(backwards.violations.len(), report.violations.len(), "{what}");
    }
}

#[test]
fn a_clean_history_is_found_clean() {
    let report = Story::clean().audit(false);
    assert_eq!(report.violations, []);
    assert_eq!(report, Story::clean().audit(true));
    let [product] = &report.products[..] else { panic!("{report:?}") };
    let counters = Counters { total: 20, held: 3, sold: 6 };
    assert_eq!([product.recorded, product.recounted, product.replayed], [counters; 3]);
    assert_eq!((product.holds, product.orders, product.journal_entries), (10, 7, 22));
    assert!(Audit::default().finish().is_ok());
}

#[test]
fn wrong_counters_are_found() {
    check(&[
        ("units out of nothing", &[1, 5], |s| s.products[0].total = TotalStock::new(7).unwrap()),
        ("held counter off by one", &[2, 5], |s| s.products[0].held += 1),
        ("sold counter off by one", &[2, 5], |s| s.products[0].sold -= 1),
        ("a product fed twice", &[1], |s| s.products.push(s.products[0].clone())),
        ("a hold of an unknown product", &[2, 6], |s| {
            s.hold_mut(1).product_id = ProductId::MAX;
            s.customers[0].2 = 3;
        }),
        ("a recorded customer off by one", &[8], |s| s.customers[0].2 += 1),
        ("a customer not recorded", &[8], |s| drop(s.customers.remove(3))),
        ("a customer recorded without units", &[8], |s| s.customers[2].2 = 1),
        ("a customer of an unknown product", &[8], |s| {
            let nobody = CustomerId::new("nobody").unwrap();
            s.customers.push((ProductId::MAX, nobody, 1));
        }),
    ]);
}

#[test]
fn holds_and_orders_that_are_not_one_to_one_are_found() {
    check(&[
        ("a used hold without its order", &[9, 2, 3, 6, 8], |s| drop(s.orders.remove(1))),
        ("an order without its hold", &[3], |s| drop(s.holds.remove(2))),
        ("an order of an unused hold", &[3, 6], |s| s.hold_mut(2).state = HoldState::Released),
        ("a used hold that names another order", &[3], |s| {
            s.hold_mut(2).state = HoldState::Used { order_id: order_id(3) };
        }),
        ("an order of another price", &[3], |s| {
            s.order_mut(3).unit_price = Price::new(1).unwrap();
        }),
        ("an order for another customer", &[3, 8], |s| {
            s.order_mut(3).customer_id = CustomerId::new("bob").ok();
        }),
        ("an order of another quantity", &[2, 3, 6, 8], |s| {
            s.order_mut(3).qty = Quantity::new(2).unwrap();
        }),
    ]);
}

#[test]
fn a_broken_journal_is_found() {
    check(&[
        ("an event with two effects", &[4, 6], |s| {
            s.entry_mut(EntryKind::OrderRetaken).event = Some(event_key(3));
        }),
        ("the first entry lost", &[5], |s| drop(s.entries.remove(0))),
        ("an entry lost in between", &[5, 6], |s| drop(s.entries.remove(1))),
        ("the last entry lost", &[5, 6], |s| drop(s.entries.pop())),
        ("an entry twice", &[4, 5, 6], |s| s.entries.push(s.entries[21].clone())),
        ("a journal lost", &[5, 6], |s| s.entries.clear()),
        ("a quantity changed", &[5, 6], |s| s.entry_mut(EntryKind::OrderCancelled).qty = 3),
        ("counters after an entry changed", &[5], |s| s.entries[5].after.held += 1),
        ("a row that counts other entries", &[5], |s| s.products[0].journal_seq += 1),
        ("an order's entry without order", &[5, 6], |s| {
            s.entry_mut(EntryKind::OrderPaid).order_id = None;
        }),
        ("an entry of an unknown product", &[5], |s| {
            let entry = JournalEntry { product_id: ProductId::MAX, ..s.entries[0].clone() };
            s.entries.push(entry);
        }),
    ]);
}

#[test]
fn what_was_answered_and_then_lost_is_found() {
    check(&[
        ("a hold lost", &[2, 6, 8], |s| drop(s.holds.remove(0))),
        ("a finished hold lost", &[6], |s| drop(s.holds.remove(4))),
        ("a release lost", &[2, 6, 7, 8], |s| s.hold_mut(5).state = HoldState::Active),
        ("old events removed, as they are in time", &[], |s| s.events.clear()),
        ("the entry of a failure event lost", &[5, 6], |s| {
            let cancelled = s.entries.iter().position(|e| e.kind == EntryKind::OrderCancelled);
            drop(s.entries.remove(cancelled.unwrap()));
        }),
        ("a payment counted twice", &[6], |s| s.event_mut(19).result = EventResult::Applied),
        ("a judged event whose order is lost", &[6], |s| {
            s.event_mut(4).order_id = order_id(99);
        }),
        ("a payment that says it moved nothing", &[6], |s| {
            s.events[0].result = EventResult::Ignored;
            s.events[0].received_at = at(0);
        }),
        ("an event that was removed, and came again later", &[], |s| {
            s.events[0].result = EventResult::Ignored;
            s.events[0].received_at = Timestamp::from_millis(i64::MAX);
        }),
        ("a release told as an expiry", &[6], |s| {
            s.entry_mut(EntryKind::HoldReleased).kind = EntryKind::HoldExpired;
        }),
        ("two holds that changed places", &[6], |s| {
            s.entries[1].hold_id = Some(hold_id(5));
            s.entry_mut(EntryKind::HoldReleased).hold_id = Some(hold_id(1));
        }),
        ("a refund that gave units back without an entry", &[2, 6], |s| {
            let state = OrderState::Refunded { restocked: false, had_units: true };
            s.order_mut(8).state = state;
        }),
    ]);
}

#[test]
fn refunds_that_only_the_journal_knows_are_found() {
    check(&[
        ("an order that was not refunded", &[6, 8], |s| s.order_mut(10).state = OrderState::Paid),
        ("an order that gave its units back", &[2, 6], |s| {
            let state = OrderState::Refunded { restocked: true, had_units: true };
            s.order_mut(10).state = state;
        }),
        ("a refund of another quantity", &[6], |s| s.entry_mut(EntryKind::OrderRefunded).qty = 2),
        ("a refund of no units", &[5, 6], |s| s.entry_mut(EntryKind::OrderRefunded).qty = 0),
        ("a refund of another order", &[6], |s| {
            s.entry_mut(EntryKind::OrderRefunded).order_id = Some(order_id(7));
        }),
        ("a refund told twice", &[6], |s| {
            let again = s.entry_mut(EntryKind::OrderRefunded).clone();
            let after = s.entries.last().unwrap().after;
            s.products[0].journal_seq += 1;
            let seq = s.products[0].journal_seq;
            s.entries.push(JournalEntry { seq, after, event: None, ..again });
        }),
        ("a refund by an event that did nothing", &[6], |s| {
            s.event_mut(11).result = EventResult::Ignored;
            s.event_mut(11).received_at = at(0);
        }),
        ("a refund from before the journal told of them", &[], |s| {
            s.order_mut(7).state = OrderState::Refunded { restocked: false, had_units: false };
        }),
    ]);
}

#[test]
fn wrong_times_are_found() {
    check(&[
        ("an order made at the hold's deadline", &[7], |s| {
            s.order_mut(2).created_at = s.hold_mut(2).expires_at;
        }),
        ("a hold used after its deadline", &[7], |s| s.hold_mut(2).ended_at = Some(at(30))),
        ("a hold released after its deadline", &[7], |s| s.hold_mut(5).ended_at = Some(at(60))),
        ("a hold expired before its deadline", &[7], |s| s.hold_mut(6).ended_at = Some(at(69))),
        ("an active hold that ended", &[7], |s| s.hold_mut(1).ended_at = Some(at(11))),
        ("an ended hold without a time", &[7], |s| s.hold_mut(5).ended_at = None),
        ("an order expired before its deadline", &[7], |s| {
            s.order_mut(4).state = OrderState::Expired;
        }),
    ]);
}

#[test]
fn payments_without_their_effect_are_found() {
    check(&[
        ("an early event never applied", &[10], |s| s.event_mut(20).order_id = order_id(2)),
        ("an ignored payment of a pending order", &[9], |s| {
            let event = s.event_mut(20);
            (event.order_id, event.result) = (order_id(2), EventResult::Ignored);
        }),
        ("a payment with a wrong amount binds nobody", &[], |s| {
            let event = s.event_mut(20);
            (event.order_id, event.result) = (order_id(2), EventResult::AmountMismatch);
        }),
        ("an applied payment whose order is lost", &[9], |s| {
            s.event_mut(20).result = EventResult::Applied;
        }),
        ("a refund that waits for a payment that came", &[10], |s| {
            s.order_mut(3).refund_awaits_payment = true;
        }),
    ]);
}

#[test]
fn the_hold_that_diverges_is_named() {
    let mut story = Story::clean();
    story.holds.remove(0);
    let report = story.audit(false);
    let broken = report.violations.iter().find(|broken| broken.rule == 6).unwrap();
    assert_eq!(broken.expected, format!("journal and rows agree about hold {}", hold_id(1)));
    assert_eq!(broken.found, "+2 held, +0 sold in the journal");
}

#[test]
fn a_ruined_history_makes_a_short_report() {
    let mut story = Story::clean();
    for n in 0..10_000 {
        let orphan =
            Order { id: order_id(n), hold_id: hold_id(5_000 + n), ..story.orders[0].clone() };
        story.orders.push(orphan);
    }
    story.holds.clear();
    let mut audit = Audit::default();
    audit.product(&story.products[0]);
    story.orders.iter().for_each(|order| audit.order_without_hold(order));
    let report = audit.finish();
    let of_rule_3 = report.violations.iter().filter(|broken| broken.rule == 3).count();
    assert_eq!(of_rule_3, MAX_LISTED_PER_RULE + 1);
    assert!(report.violations.iter().any(|broken| broken.found == "9997 more"));
}

#[test]
fn rows_full_of_garbage_do_not_panic() {
    let mut story = Story::clean();
    let (lowest, highest) = (Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX));
    for n in 0..50 {
        let mut hold = story.holds[n % 9].clone();
        hold.id = HoldId::new(if n % 2 == 0 { Uuid::nil() } else { Uuid::max() });
        (hold.expires_at, hold.ended_at) = (lowest, Some(highest));
        hold.qty = Quantity::MAX;
        story.holds.push(hold);
        let mut entry = story.entries[n % 19].clone();
        entry.seq = if n % 2 == 0 { u64::MAX } else { 0 };
        entry.qty = if n % 3 == 0 { i64::MIN } else { i64::MAX };
        entry.after = Counters { total: u32::MAX, held: u32::MAX, sold: u32::MAX };
        story.entries.push(entry);
        story.customers.push((PRODUCT, CustomerId::new("ann").unwrap(), u32::MAX));
    }
    (story.products[0].held, story.products[0].sold) = (u32::MAX, u32::MAX);
    assert!(!story.audit(false).is_ok());
    assert!(!story.audit(true).is_ok());
}
