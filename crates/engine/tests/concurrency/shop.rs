//! What is sold here.

use doorbuster_domain::{
    Command, CreateProduct, HoldId, PlaceHold, Price, Product, ProductId, ProductName, Quantity,
    Terms, Timestamp, TotalStock,
};
use uuid::Uuid;

pub(crate) const START: Timestamp = Timestamp::from_millis(1_795_770_000_000);
pub(crate) const TICKET: ProductId = ProductId::new(1).unwrap();

fn terms() -> Terms {
    Terms::new(ProductName::new("Ticket").unwrap(), Price::new(500).unwrap())
}

/// A product of which `held` units are held, in its `version`.
pub(crate) fn product(id: ProductId, held: u32, version: u64) -> Product {
    Product {
        id,
        terms: terms(),
        total: TotalStock::new(1_000).unwrap(),
        held,
        sold: 0,
        version,
        journal_seq: version,
        created_at: START,
    }
}

/// Puts `units` tickets on sale.
pub(crate) fn opening(units: u32) -> Command {
    let total = TotalStock::new(units).unwrap();
    Command::CreateProduct(CreateProduct { id: Some(TICKET), terms: terms(), total })
}

/// The `n`th hold, of one ticket.
pub(crate) fn hold(n: u128) -> Command {
    Command::PlaceHold(PlaceHold {
        hold_id: HoldId::new(Uuid::from_u128(n)),
        product_id: TICKET,
        qty: Quantity::new(1).unwrap(),
        customer_id: None,
        idempotency_key: None,
    })
}
