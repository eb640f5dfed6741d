//! A history that brings every kind of row into every state it can have.

use std::collections::HashSet;
use std::mem::discriminant;

use doorbuster_domain::{
    ChangeProduct, Command, CreateOrder, EntryKind, EventResult, HoldState, Ledger, NewOrderId,
    OrderState, PaymentKind, PaymentReport, PlaceHold, Provider, StockChange, TotalStock,
};

use super::Bench;
use super::values::{
    POSTER, TICKET, cancel, customer, event, event_key, expire_all, extend, failed, hold, hold_for,
    hold_id, idempotency_key, opening, order, order_id, paid, place, refund, release, report,
};
use super::witness::Witness;

/// A product change of nothing but its stock.
fn stock(change: StockChange) -> Command {
    let mut command = ChangeProduct::of(TICKET);
    command.stock = Some(change);
    Command::ChangeProduct(command)
}

/// A store whose rows are in every state: holds 1 and 14 and order 15 are live, all others have
/// ended.
pub(super) async fn in_every_state<B: Bench>(bench: B) -> Witness<B> {
    let mut witness = Witness::of(bench, &opening(200)).await;
    let placed: Vec<_> = (2..=13).map(|n| hold_for(n, 5, "Ann")).collect();
    witness.batch(&placed).await;
    let ordered: Vec<_> = (4..=13).map(order).collect();
    witness.batch(&ordered).await;
    witness.batch(&[release(2), cancel(6), cancel(8), cancel(11), cancel(12)]).await;
    witness.batch(&[paid("5", 5), paid("9", 9), paid("10", 10)]).await;
    witness.batch(&[refund(9, true), refund(10, false), paid("12", 12), failed("4", 4)]).await;
    // Order 13 is refunded before it is paid, and never paid; hold 3 and order 7 run out of time.
    witness.batch(&[event("13", PaymentKind::Refunded, 13)]).await;
    witness.wait_seconds(100);
    witness.one(expire_all()).await.unwrap();

    // With no stock left, money that comes too late is due back.
    let committed = witness.plain.product(TICKET).unwrap().committed();
    witness.one(stock(StockChange::SetTotal(TotalStock::new(committed).unwrap()))).await.unwrap();
    witness.batch(&[paid("8", 8), paid("11", 11)]).await;
    witness.batch(&[refund(11, true), stock(StockChange::Add(100))]).await;
    live_rows(&mut witness).await;
    events(&mut witness).await;
    everything_is_there(&witness.plain);
    witness
}

async fn live_rows<B: Bench>(witness: &mut Witness<B>) {
    let keyed = |n: u64, product_id| {
        Command::PlaceHold(PlaceHold {
            customer_id: Some(customer("Bea")),
            idempotency_key: Some(idempotency_key("click")),
            ..place(n, product_id, 2)
        })
    };
    witness.batch(&[hold(1, 3), keyed(14, TICKET), keyed(15, POSTER), hold(15, 2)]).await;
    let create = Command::CreateOrder(CreateOrder {
        hold_id: hold_id(15),
        order_id: NewOrderId::Chosen(order_id(15)),
        idempotency_key: Some(idempotency_key("click")),
    });
    witness.batch(&[extend(14), create]).await;
}

async fn events<B: Bench>(witness: &mut Witness<B>) {
    let wrong = PaymentReport { amount: Some(1), ..report("wrong", PaymentKind::Paid, 15) };
    let mut stripe = report("5", PaymentKind::Refunded, 99);
    stripe.key.provider = Provider::Stripe; // the same name from another provider, another event
    witness
        .batch(&[
            failed("too late", 5),
            paid("early", 98),
            event("noted", PaymentKind::Noted, 15),
            Command::RecordPayment(wrong),
            Command::RecordPayment(stripe),
        ])
        .await;
}

/// Nothing has silently gone missing from this history.
fn everything_is_there(plain: &Ledger) {
    let holds: HashSet<_> = plain.holds().map(|hold| discriminant(&hold.state)).collect();
    assert_eq!(holds.len(), 4, "holds in every state");
    assert!(plain.holds().any(|hold| hold.extensions > 0 && hold.state == HoldState::Active));
    let orders: HashSet<_> = plain.orders().map(|order| discriminant(&order.state)).collect();
    assert_eq!(orders.len(), 6, "orders in every state");
    for (restocked, had_units) in [(true, true), (false, true), (false, false)] {
        let state = OrderState::Refunded { restocked, had_units };
        assert!(plain.orders().any(|order| order.state == state), "{state:?}");
    }
    assert!(plain.orders().any(|order| order.refund_awaits_payment));
    let results = [
        EventResult::Applied,
        EventResult::Ignored,
        EventResult::Stored,
        EventResult::AmountMismatch,
    ];
    for result in results {
        assert!(plain.events().any(|event| event.result == result), "{result:?}");
    }
    for kind in [PaymentKind::Paid, PaymentKind::Failed, PaymentKind::Refunded, PaymentKind::Noted]
    {
        assert!(plain.events().any(|event| event.kind == kind), "{kind:?}");
    }
    for kind in EntryKind::ALL {
        assert!(plain.journal().iter().any(|entry| entry.kind == kind), "{kind:?}");
    }
    assert!(plain.event(&event_key("early")).is_some());
}
