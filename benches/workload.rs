//! The commands of a sale, as the benchmarks send them.

use doorbuster_domain::{
    Command, CreateOrder, CreateProduct, EventId, EventKey, HoldId, NewOrderId, Order, OrderId,
    PaymentKind, PaymentReport, PlaceHold, Price, ProductId, ProductName, Provider, Quantity,
    Seconds, Terms, TotalStock,
};

/// A product with as many units as there can be, so that no benchmark runs out of them.
pub(crate) fn create_product(id: ProductId, hold_seconds: Seconds) -> Command {
    let name = ProductName::new("Limited Edition").expect("the name is short");
    let price = Price::new(9_999).expect("the price is small");
    let mut terms = Terms::new(name, price);
    terms.hold_seconds = hold_seconds;
    Command::CreateProduct(CreateProduct { id: Some(id), terms, total: TotalStock::MAX })
}

/// A click on one unit, by nobody in particular.
pub(crate) fn place_hold(product_id: ProductId, hold_id: HoldId) -> Command {
    let qty = Quantity::new(1).expect("one is a quantity");
    let (customer_id, idempotency_key) = (None, None);
    Command::PlaceHold(PlaceHold { hold_id, product_id, qty, customer_id, idempotency_key })
}

/// The hold becomes an order.
pub(crate) fn create_order(hold_id: HoldId, order_id: OrderId) -> Command {
    let order_id = NewOrderId::Fresh(order_id);
    Command::CreateOrder(CreateOrder { hold_id, order_id, idempotency_key: None })
}

/// The provider reports that the order was paid. The event's id begins with the random end of the
/// order's, because providers' ids are in no order, and an index in random order is what costs.
pub(crate) fn pay(order: &Order) -> Command {
    let random = order.id.uuid().as_u64_pair().1.reverse_bits();
    let event_id = EventId::new(&format!("evt_{random:016x}")).expect("the id is short");
    let payload = format!(
        r#"{{"event_id":"{event_id}","order_id":"{}","status":"paid","amount":{}}}"#,
        order.id,
        order.total_price(),
    );
    Command::RecordPayment(PaymentReport {
        key: EventKey { provider: Provider::Generic, event_id },
        order_id: order.id,
        kind: PaymentKind::Paid,
        amount: Some(order.total_price()),
        currency: Some(order.currency),
        payload: payload.into(),
    })
}
