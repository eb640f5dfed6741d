//! The audit of a store's own rows.

use doorbuster_domain::Counters;

use super::Bench;
use super::every_state::in_every_state;
use super::values::{POSTER, TICKET};
use super::witness::Witness;
use crate::Reader;

/// A store without rows, and one with rows in every state, pass.
pub async fn a_sound_store_passes_the_audit<B: Bench>(bench: B) {
    let empty = Witness::new(B::new()).await;
    let audit = empty.reader.audit().await.unwrap();
    assert!(audit.is_ok() && audit.products.is_empty(), "{audit:#?}");
    let witness = in_every_state(bench).await.reopen().await;
    let audit = witness.reader.audit().await.unwrap();
    assert!(audit.is_ok(), "{audit:#?}");
}

/// The audit has every product, and counts every one of its rows.
pub async fn the_audit_counts_every_row<B: Bench>(bench: B) {
    let witness = in_every_state(bench).await;
    let audit = witness.reader.audit().await.unwrap();
    assert_eq!(audit, witness.audit());
    let products: Vec<_> = audit.products.iter().map(|product| product.product_id).collect();
    assert_eq!(products, [TICKET, POSTER]);
    for found in &audit.products {
        let product = witness.plain.product(found.product_id).unwrap();
        let (total, held, sold) = (product.total.get(), product.held, product.sold);
        let counters = Counters { total, held, sold };
        assert_eq!([found.recorded, found.recounted, found.replayed], [counters; 3]);
        assert_eq!(found.journal_entries, product.journal_seq);
        let holds = witness.expected_holds(|hold| hold.product_id == product.id).len();
        let orders = witness.expected_orders(|order| order.product_id == product.id).len();
        assert_eq!(found.holds, holds as u64);
        assert_eq!(found.orders, orders as u64);
    }
}
