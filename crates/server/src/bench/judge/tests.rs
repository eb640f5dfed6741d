//! One honest world, and every way to cheat in it.

use doorbuster_domain::{Counters, EntryKind};
use doorbuster_engine::{HoldStatus, OrderStatus};
use uuid::Uuid;

use super::*;
use crate::bench::account::{
    AskedOrder, Delivery, DeliveryAnswer, DeliveryResult, NEVER_MS, Told, ToldHold,
};
use crate::bench::server_account::{HoldRow, JournalRow, OrderRow, PaymentRow, ProductRows};

const PRODUCT: u64 = 7;
const TOTAL: u32 = 3;
/// A hold that became a paid order, and one that is still active.
const BOUGHT: Uuid = Uuid::from_u128(1);
const KEPT: Uuid = Uuid::from_u128(2);
const ORDER: Uuid = Uuid::from_u128(11);
const EVENT: u64 = 5;
const EXPIRY_MS: u32 = 120_000;

#[derive(Clone)]
struct World {
    client: ClientAccount,
    server: ServerAccount,
}

impl World {
    fn rows(&mut self) -> &mut ProductRows {
        &mut self.server.products[0]
    }

    fn told(&mut self, hold_id: u128, from_ms: u32, until_ms: u32) {
        let hold_id = Uuid::from_u128(hold_id);
        let hold =
            ToldHold { hold_id, product_id: PRODUCT, qty: 1, asked_qty: 1, from_ms, until_ms };
        self.client.holds.push(hold);
    }

    fn delivery(&mut self, result: DeliveryResult) {
        let answer = DeliveryAnswer::Taken { result, order: Some(OrderStatus::Paid) };
        self.client.deliveries.push(Delivery { event: EVENT, order_id: ORDER, paid: true, answer });
    }

    /// Another entry after the last, with the counters that follow.
    fn entry(&mut self, kind: EntryKind, hold_id: Option<Uuid>, order_id: Option<Uuid>) {
        let rows = self.rows();
        let qty = if kind == EntryKind::ProductCreated { TOTAL.into() } else { 1 };
        let before = rows.journal.last().map_or(Counters::default(), |last| last.after);
        let [total, held, sold] = kind.effect(qty);
        let moved = |units: u32, by: i64| u32::try_from(i64::from(units) + by).unwrap_or(0);
        let after = Counters {
            total: moved(before.total, total),
            held: moved(before.held, held),
            sold: moved(before.sold, sold),
        };
        let event = order_id.map(|_| EVENT);
        let seq = rows.journal.len() as u64 + 1;
        rows.journal.push(JournalRow { seq, kind, qty, after, hold_id, order_id, event });
        rows.counters = after;
    }
}

fn honest() -> World {
    let mut world = World { client: ClientAccount::default(), server: ServerAccount::default() };
    world.server.products.push(ProductRows {
        product_id: PRODUCT,
        asked_total: TOTAL,
        at_rest: true,
        holds: vec![
            HoldRow { hold_id: BOUGHT, qty: 1, status: HoldStatus::Used },
            HoldRow { hold_id: KEPT, qty: 1, status: HoldStatus::Active },
        ],
        orders: vec![OrderRow {
            order_id: ORDER,
            hold_id: BOUGHT,
            qty: 1,
            status: OrderStatus::Paid,
        }],
        payments: vec![PaymentRow { event: Some(EVENT), order_id: ORDER, paid: true }],
        ..ProductRows::default()
    });
    world.server.read_ms = 10_000;
    world.entry(EntryKind::ProductCreated, None, None);
    world.entry(EntryKind::HoldPlaced, Some(BOUGHT), None);
    world.entry(EntryKind::HoldPlaced, Some(KEPT), None);
    world.entry(EntryKind::OrderPaid, Some(BOUGHT), Some(ORDER));
    world.told(1, 10, NEVER_MS);
    world.told(2, 20, EXPIRY_MS);
    world.client.orders.push(AskedOrder {
        order_id: Some(ORDER),
        hold_id: BOUGHT,
        product_id: PRODUCT,
        qty: 1,
        made: Told::Done,
        told: Some(OrderStatus::Pending),
        cancelled: None,
        until_ms: 600_000,
        retaken_from_ms: None,
    });
    world.delivery(DeliveryResult::Applied);
    world
}

/// What is found when `cheat` was at work: units oversold, cases lost, doubled and unexpected.
#[track_caller]
fn check(rule: &str, expected: [u64; 4], cheat: impl FnOnce(&mut World)) {
    let mut world = honest();
    cheat(&mut world);
    let found = judge(&world.client, &world.server);
    let Judgement { oversold, lost, doubled, unexpected, .. } = found;
    let counts = [oversold.units, lost.cases, doubled.cases, unexpected.cases];
    assert_eq!(counts, expected, "{rule}: {:#?}", found.findings);
    assert_eq!(found.is_ok(), expected == [0; 4]);
}

const FINE: [u64; 4] = [0, 0, 0, 0];
const OVERSOLD: [u64; 4] = [1, 0, 0, 0];
const LOST: [u64; 4] = [0, 1, 0, 0];
const DOUBLED: [u64; 4] = [0, 0, 1, 0];
const UNEXPECTED: [u64; 4] = [0, 0, 0, 1];

#[test]
fn an_honest_server_passes() {
    check("nothing wrong", FINE, |_| {});
    check("the payment again, noticed", FINE, |w| w.delivery(DeliveryResult::Duplicate));
    check("an overdue hold expired", FINE, |w| {
        w.server.read_ms = EXPIRY_MS;
        w.rows().holds[1].status = HoldStatus::Expired;
        w.entry(EntryKind::HoldExpired, Some(KEPT), None);
    });
    check("units sold again after a hold expired", FINE, |w| resold(w, EXPIRY_MS));
}

/// A hold has expired, and two others take its unit and the last one at `from_ms`.
fn resold(world: &mut World, from_ms: u32) {
    world.server.read_ms = EXPIRY_MS;
    world.rows().holds[1].status = HoldStatus::Expired;
    world.entry(EntryKind::HoldExpired, Some(KEPT), None);
    for id in [3, 4] {
        let hold_id = Uuid::from_u128(id);
        world.told(id, from_ms, 2 * EXPIRY_MS);
        world.rows().holds.push(HoldRow { hold_id, qty: 1, status: HoldStatus::Active });
        world.entry(EntryKind::HoldPlaced, Some(hold_id), None);
    }
}

#[test]
fn what_got_no_answer_may_be_either() {
    check("a hold was made", FINE, |w| {
        w.client.holds.pop();
        w.client.unknown_holds.insert(PRODUCT, 1);
    });
    check("a hold was not made", FINE, |w| {
        w.client.unknown_holds.insert(PRODUCT, 1);
    });
    check("a payment was taken", FINE, |w| {
        w.client.deliveries[0].answer = DeliveryAnswer::Unknown;
    });
    check("a payment was not taken", FINE, |w| {
        w.client.deliveries[0].answer = DeliveryAnswer::Unknown;
        let rows = w.rows();
        rows.payments.clear();
        rows.orders[0].status = OrderStatus::Pending;
        rows.journal.pop();
        rows.counters = rows.journal[2].after;
    });
    check("an order was made", FINE, |w| {
        w.client.orders[0].made = Told::Unknown;
        w.client.orders[0].order_id = None;
    });
    check("a payment was taken between two reads", FINE, |w| {
        w.client.deliveries[0].answer = DeliveryAnswer::Unknown;
        let rows = w.rows();
        rows.at_rest = false;
        rows.journal.pop(); // read before; the orders after
    });
    let mut world = honest();
    world.client.unknown_holds.insert(PRODUCT, 2);
    world.client.deliveries[0].answer = DeliveryAnswer::Unknown;
    assert_eq!(judge(&world.client, &world.server).unknown, 3);
}

#[test]
fn one_oversold_unit_is_found() {
    check("told of more holds than units", [1, 2, 0, 0], |w| {
        // The rows deny them, so they are lost as well.
        w.told(3, 30, EXPIRY_MS);
        w.told(4, 30, EXPIRY_MS);
    });
    check("more rows than units", [1, 0, 0, 1], |w| {
        w.rows().asked_total = 1; // the counters say otherwise
    });
    check("a late payment took units that others had", [1, 0, 0, 1], |w| {
        w.rows().asked_total = 2;
        w.client.orders[0].retaken_from_ms = Some(50);
    });
    check("units sold again before a hold expired", OVERSOLD, |w| resold(w, EXPIRY_MS - 1));
    check("counters above the total", [1, 0, 0, 2], |w| w.rows().counters.held = 3);
}

#[test]
fn one_lost_hold_is_found() {
    check("no row", [0, 1, 0, 1], |w| {
        w.rows().holds.pop(); // then the counters do not add up either
    });
    check("no row, no unit, no entry", LOST, |w| {
        let rows = w.rows();
        rows.holds.pop();
        rows.journal.remove(2);
        rows.journal[2].seq = 3;
        rows.journal[2].after.held = 0;
        rows.counters = rows.journal[2].after;
    });
    check("no journal entry", [0, 1, 0, 0], |w| {
        w.rows().journal[2].hold_id = None;
    });
    check("another quantity", [0, 1, 0, 1], |w| w.rows().holds[1].qty = 2);
    check("released by nobody", [0, 1, 0, 1], |w| w.rows().holds[1].status = HoldStatus::Released);
    check("expired too early", [0, 1, 0, 1], |w| w.rows().holds[1].status = HoldStatus::Expired);
    check("active again after its order", [0, 1, 0, 1], |w| {
        w.rows().holds[0].status = HoldStatus::Active;
    });
}

#[test]
fn one_lost_order_or_payment_is_found() {
    check("no order row", [0, 1, 0, 1], |w| w.rows().orders.clear());
    check("an order of another hold", [0, 1, 0, 1], |w| w.rows().orders[0].hold_id = KEPT);
    check("a paid order is pending", [0, 1, 0, 1], |w| {
        w.rows().orders[0].status = OrderStatus::Pending;
    });
    check("a paid order is to be refunded", [0, 1, 0, 1], |w| {
        w.rows().orders[0].status = OrderStatus::RefundDue;
    });
    check("told paid with its order, and to be refunded", [0, 1, 0, 1], |w| {
        early(w, OrderStatus::Paid);
        w.rows().orders[0].status = OrderStatus::RefundDue;
    });
    check("told to be refunded with its order, and paid", LOST, |w| {
        early(w, OrderStatus::RefundDue);
    });
    check("told cancelled with its order, and pending", [0, 1, 0, 1], |w| {
        early(w, OrderStatus::Cancelled);
        w.client.deliveries.clear();
        let rows = w.rows();
        rows.payments.clear();
        rows.orders[0].status = OrderStatus::Pending;
    });
    check("told paid while the counters moved, and never sold", LOST, |w| {
        w.rows().at_rest = false;
        w.rows().journal.pop();
    });
    check("paid with its order while the counters moved, and never sold", LOST, |w| {
        early(w, OrderStatus::Paid);
        w.client.deliveries[0].answer = DeliveryAnswer::Unknown;
        w.rows().at_rest = false;
        w.rows().journal.pop();
    });
    check("no payment row", LOST, |w| w.rows().payments.clear());
    check("a payment recorded as a failure", LOST, |w| w.rows().payments[0].paid = false);
    check("paid, and the journal never sold it", LOST, |w| {
        w.rows().journal[3].order_id = None;
    });
}

/// The payment came before the order, whose answer said where it stood then.
fn early(world: &mut World, told: OrderStatus) {
    world.client.orders[0].told = Some(told);
    let (result, order) = (DeliveryResult::Stored, None);
    world.client.deliveries[0].answer = DeliveryAnswer::Taken { result, order };
}

#[test]
fn one_doubled_payment_is_found() {
    check("told twice that it was applied", DOUBLED, |w| w.delivery(DeliveryResult::Applied));
    check("recorded twice", DOUBLED, |w| {
        let payment = w.rows().payments[0];
        w.rows().payments.push(payment);
    });
    check("the units sold twice", [0, 0, 1, 1], |w| {
        w.entry(EntryKind::OrderRetaken, Some(BOUGHT), Some(ORDER));
    });
}

#[test]
fn one_doubled_hold_or_order_is_found() {
    check("one hold for two buyers", DOUBLED, |w| w.told(2, 30, 40));
    check("two orders of one hold", [0, 0, 1, 1], |w| {
        let second = OrderRow { order_id: Uuid::from_u128(12), ..w.rows().orders[0] };
        w.rows().orders.push(second);
    });
    check("two rows of one hold", [0, 0, 1, 1], |w| {
        let again = w.rows().holds[1];
        w.rows().holds.push(again); // and the counters know one of them
    });
    check("two rows of one order, for two holds", DOUBLED, |w| {
        let again =
            OrderRow { hold_id: KEPT, status: OrderStatus::Cancelled, ..w.rows().orders[0] };
        w.client.orders.push(AskedOrder { hold_id: KEPT, ..w.client.orders[0].clone() });
        w.client.orders[1].made = Told::Unknown;
        w.rows().holds[1].status = HoldStatus::Active;
        w.rows().orders.push(again);
    });
    check("units taken twice for one hold", [0, 0, 1, 1], |w| {
        w.entry(EntryKind::HoldPlaced, Some(KEPT), None);
    });
}

#[test]
fn units_given_back_twice_are_found() {
    use EntryKind::{HoldExpired, HoldPlaced, HoldReleased, OrderCancelled, OrderExpired};
    for second in [HoldReleased, HoldExpired] {
        check("of one hold", DOUBLED, |w| {
            w.server.read_ms = EXPIRY_MS;
            w.rows().holds[1].status = HoldStatus::Expired;
            w.rows().at_rest = false;
            w.entry(HoldExpired, Some(KEPT), None);
            w.entry(HoldPlaced, None, None); // so that the second has something to give back
            w.entry(second, Some(KEPT), None);
        });
    }
    for second in [OrderCancelled, OrderExpired] {
        check("of one order", DOUBLED, |w| {
            w.client.deliveries[0].paid = false;
            w.client.deliveries[0].answer = DeliveryAnswer::Unknown;
            let rows = w.rows();
            rows.at_rest = false;
            rows.orders[0].status = OrderStatus::Cancelled;
            rows.payments[0].paid = false;
            rows.journal.pop();
            w.entry(OrderCancelled, Some(BOUGHT), Some(ORDER));
            w.entry(second, Some(BOUGHT), Some(ORDER));
        });
    }
    check("by one event, of two orders", DOUBLED, |w| {
        w.rows().at_rest = false;
        w.entry(HoldPlaced, None, None);
        w.entry(OrderCancelled, None, Some(Uuid::from_u128(12)));
        w.entry(OrderCancelled, None, Some(Uuid::from_u128(13)));
    });
}

#[test]
fn what_nobody_asked_for_is_found() {
    check("a hold", [0, 0, 0, 2], |w| {
        let hold = HoldRow { hold_id: Uuid::from_u128(3), ..w.rows().holds[1] };
        w.rows().holds.push(hold); // and the counters do not know it
    });
    check("a hold of other units than asked for", UNEXPECTED, |w| {
        w.client.holds[1].asked_qty = 2;
    });
    check("an order", UNEXPECTED, |w| {
        let order = w.rows().orders[0];
        let status = OrderStatus::Cancelled;
        let (order_id, hold_id) = (Uuid::from_u128(12), KEPT);
        w.rows().orders.push(OrderRow { order_id, hold_id, status, ..order });
    });
    check("a payment", UNEXPECTED, |w| {
        w.rows().payments.push(PaymentRow { event: None, order_id: ORDER, paid: true });
    });
    check("a payment that was refused", UNEXPECTED, |w| {
        let answer = DeliveryAnswer::Refused;
        let refused = Delivery { event: EVENT + 1, answer, ..w.client.deliveries[0] };
        w.client.deliveries.push(refused);
        let (event, order_id) = (Some(refused.event), refused.order_id);
        w.rows().payments.push(PaymentRow { event, order_id, paid: true });
    });
    check("a payment that was refused first and taken then", FINE, |w| {
        let answer = DeliveryAnswer::Refused;
        w.client.deliveries.insert(0, Delivery { answer, ..w.client.deliveries[0] });
    });
    check("a total that nobody set", UNEXPECTED, |w| w.rows().asked_total = TOTAL + 1);
    check("a total that nobody set, while the counters move", UNEXPECTED, |w| {
        w.rows().at_rest = false;
        w.rows().asked_total = TOTAL + 1;
    });
    check("answers that cannot be read", [0, 0, 0, 2], |w| w.client.unreadable = 2);
    check("a gap in the journal", UNEXPECTED, |w| w.rows().journal[3].seq = 5);
    check("a journal that does not replay", UNEXPECTED, |w| w.rows().journal[2].after.held = 1);
    check("a journal that ends elsewhere", [0, 0, 0, 2], |w| w.rows().counters.held = 2);
    check("counters that move are not compared", FINE, |w| {
        w.rows().counters.held = 2;
        w.rows().at_rest = false;
    });
    check("the server's audit", UNEXPECTED, |w| w.server.audit.ours.push("rule 2".into()));
    check("the audit of what is not ours", FINE, |w| w.server.audit.elsewhere = 3);
}

#[test]
fn all_are_counted_and_the_first_few_told() {
    let mut world = honest();
    for id in 100..120 {
        world.told(id, 30, 40);
    }
    let found = judge(&world.client, &world.server);
    assert_eq!(found.lost, Count { cases: 20, units: 20 });
    let lost = found.findings.iter().filter(|finding| finding.kind == Kind::Lost).count();
    assert_eq!(lost as u64, TOLD_IN_WORDS);
}
