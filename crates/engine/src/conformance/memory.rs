//! What stays in memory between batches: live rows, so that memory does not grow with history.

use super::Bench;
use super::every_state::in_every_state;
use super::values::{
    TICKET, cancel, customer, expire_all, hold, hold_for, opening, order, paid, refund, release,
};
use super::witness::Witness;
use crate::Store;

/// Guarantee 4: once everything has ended, no hold and no order is left in memory.
pub async fn only_live_rows_stay_in_memory<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(1_000)).await;
    let placed: Vec<_> = (1..=60).map(|n| hold_for(n, 1, &format!("customer {n}"))).collect();
    witness.batch(&placed).await;
    assert_eq!(witness.store.ledger().rows(), 60);
    let ordered: Vec<_> = (1..=40).map(order).collect();
    witness.batch(&ordered).await;
    assert_eq!(witness.store.ledger().rows(), 60);
    let ended = (1..=10).map(|n| paid(&format!("e{n}"), n));
    let ended = ended.chain((11..=20).map(cancel)).chain((41..=50).map(release));
    witness.batch(&ended.collect::<Vec<_>>()).await;
    witness.agrees_in_memory();
    assert_eq!(witness.store.ledger().rows(), 30);
    witness.wait_seconds(1_000);
    witness.one(expire_all()).await.unwrap();
    assert_eq!(witness.store.ledger().rows(), 0);
    assert_eq!(witness.store.ledger().customers().count(), 0);
    let mut witness = witness.reopen().await;
    assert_eq!(witness.store.ledger().rows(), 0);
    assert_eq!(witness.store.ledger().customers().count(), 0);
    witness.agrees().await;
}

/// Guarantee 4: a customer's count stays as long as they have an active hold or a pending order,
/// paid units included, and comes back when they do.
pub async fn customers_stay_while_they_have_live_rows<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(100)).await;
    let ann = customer("Ann");
    let known = |witness: &mut Witness<B>| witness.store.ledger().knows_customer(TICKET, &ann);
    witness.batch(&[hold_for(1, 3, "Ann"), hold_for(2, 4, "Ann"), order(2)]).await;
    assert!(known(&mut witness));
    witness.one(paid("2", 2)).await.unwrap();
    assert!(known(&mut witness), "she has a hold");
    let mut witness = witness.reopen().await;
    assert_eq!(witness.store.ledger().customer_units(TICKET, &ann), 7);
    witness.one(release(1)).await.unwrap();
    assert!(!known(&mut witness), "all she has is paid");
    let mut witness = witness.reopen().await;
    assert!(!known(&mut witness), "all she has is paid");
    witness.one(hold_for(3, 1, "Ann")).await.unwrap();
    assert_eq!(witness.store.ledger().customer_units(TICKET, &ann), 5);
    witness.batch(&[refund(2, true), release(3)]).await;
    assert!(!known(&mut witness), "she has nothing");
    witness.agrees().await;
}

/// Guarantee 4: rows that were read for a batch and not changed leave with it too.
pub async fn rows_read_for_a_batch_leave_with_it<B: Bench>(bench: B) {
    let mut witness = in_every_state(bench).await.reopen().await;
    let before = witness.store.ledger().rows();
    let everything = (2..=13).flat_map(|n| [release(n), order(n), cancel(n), paid("5", n)]);
    witness.batch(&everything.collect::<Vec<_>>()).await;
    assert_eq!(witness.store.ledger().rows(), before);
    // A refused hold leaves no trace of its customer.
    let refused = witness.one(hold_for(90, 1_000_000, "Ann")).await;
    assert!(refused.is_err());
    witness.one(hold(91, 1)).await.unwrap();
    witness.agrees_in_memory();
}
