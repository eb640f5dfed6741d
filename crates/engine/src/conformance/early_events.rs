//! Payment events that arrive before their order.

use doorbuster_domain::{Effect, OrderState, PaymentKind};

use super::Bench;
use super::values::{chosen_order, event, event_key, failed, hold, opening, order_id, paid};
use super::witness::Witness;

/// Guarantee 1: the events that wait for an order are found when it is created, and applied in the
/// order in which they arrived, before or after a restart.
pub async fn early_events_apply_in_order_of_arrival<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(10)).await;
    witness.batch(&[hold(1, 1), hold(2, 1)]).await;
    // Neither the names nor the times sort in the order of arrival.
    for id in ["m", "z", "a"] {
        witness.one(failed(id, 1)).await.unwrap();
    }
    witness.batch(&[paid("k", 1), event("b", PaymentKind::Refunded, 2), paid("a2", 2)]).await;
    let mut witness = witness.reopen().await;
    witness.one(paid("A", 1)).await.unwrap();
    for (n, keys) in [(1, &["m", "z", "a", "k", "A"][..]), (2, &["b", "a2"])] {
        let Ok(Effect::Order { early_events, .. }) = witness.one(chosen_order(n)).await else {
            unreachable!("the hold is active")
        };
        let found: Vec<_> = early_events.into_iter().map(|event| event.key).collect();
        let expected: Vec<_> = keys.iter().map(|key| event_key(key)).collect();
        assert_eq!(found, expected);
    }
    witness.agrees().await;
    let mut witness = witness.reopen().await;
    witness.agrees().await;
}

/// The order of arrival also holds where the batch that creates the order repeats one of the
/// events that wait for it, or brings another one.
pub async fn early_events_keep_their_order_beside_a_repeated_one<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(10)).await;
    witness.one(hold(1, 1)).await.unwrap();
    witness.batch(&[failed("first", 1), paid("second", 1)]).await;
    let commands = [paid("second", 1), paid("third", 1), chosen_order(1)];
    let Ok(Effect::Order { early_events, .. }) = witness.batch(&commands).await.remove(2) else {
        unreachable!("the hold is active")
    };
    let found: Vec<_> = early_events.into_iter().map(|event| event.key).collect();
    assert_eq!(found, [event_key("first"), event_key("second"), event_key("third")]);
    witness.agrees().await;
}

/// An event waits for the order it names and for no other, however many orders come before.
pub async fn early_events_wait_for_their_own_order_only<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(10)).await;
    witness.batch(&[hold(1, 1), hold(2, 1), paid("e", 2)]).await;
    let Ok(Effect::Order { order, .. }) = witness.one(chosen_order(1)).await else {
        unreachable!("the hold is active")
    };
    assert_eq!((order.id, order.state), (order_id(1), OrderState::Pending));
    let mut witness = witness.reopen().await;
    let Ok(Effect::Order { order, .. }) = witness.one(chosen_order(2)).await else {
        unreachable!("the hold is active")
    };
    assert_eq!((order.id, order.state), (order_id(2), OrderState::Paid));
    witness.agrees().await;
}
