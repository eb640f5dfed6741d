//! What the store itself refuses, even when the ledger is wrong: the last line behind the rules.
//!
//! Each test has a batch decided on a ledger that does not know what the store knows.

use doorbuster_domain::{
    ChangeProduct, Command, CreateOrder, CreateProduct, Ledger, NewOrderId, Product, ProductCode,
    ProductId, ProductName, TotalStock, decide,
};

use super::Bench;
use super::values::{
    HOLD_SECONDS, POSTER, TICKET, create_product, hold, hold_id, idempotency_key, opening, order,
    order_id, paid, release, terms,
};
use super::witness::Witness;
use crate::{CommitError, Resolved, Store};

/// Has `commands` decided on `ledger`, which they fit, and finds that the store refuses to commit
/// them, that nothing of them is there, and that the store goes on.
async fn refuses<B: Bench>(mut witness: Witness<B>, ledger: Ledger, commands: &[Command]) {
    let now = witness.store.load(witness.now, &[]).await.unwrap();
    *witness.store.ledger() = ledger;
    for command in commands {
        decide(witness.store.ledger(), now, command).unwrap();
    }
    goes_on_without(witness).await;
}

/// Finds that the batch in progress cannot be committed, and that the store goes on without it.
async fn goes_on_without<B: Bench>(mut witness: Witness<B>) {
    match witness.store.commit().await {
        Ok(()) => unreachable!("the store must refuse this batch"),
        Err(CommitError::Conflict(_) | CommitError::NotCommitted(_)) => {}
        Err(CommitError::Unknown(_)) => match witness.store.resolve().await {
            Ok(Resolved::Committed) => unreachable!("nothing of a refused batch is durable"),
            Ok(Resolved::NotCommitted) => {}
            Ok(Resolved::Undecided) => unreachable!("the store is there"),
            Err(_) => witness = witness.reopen().await, // the engine would stop here
        },
    }
    witness.batch(&[hold(900, 1)]).await;
    witness.agrees().await;
    witness.one(release(900)).await.unwrap();
    let mut witness = witness.reopen().await;
    witness.agrees().await;
    witness.wait_seconds(HOLD_SECONDS);
    witness.batch(&[hold(901, 1), paid("901", 901), order(901)]).await;
    witness.agrees().await;
}

/// Guarantee 3: the id of a hold that has long ended cannot be given to another one.
pub async fn a_hold_id_is_used_once<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(100)).await;
    witness.batch(&[hold(1, 5)]).await;
    witness.batch(&[release(1)]).await;
    let again = [hold(2, 1), hold(1, 3)];
    let now = witness.store.load(witness.now, &again).await.unwrap();
    for command in &again {
        decide(witness.store.ledger(), now, command).unwrap();
    }
    goes_on_without(witness).await;
}

/// Guarantee 3: the id of an order that has long ended cannot be given to another one.
pub async fn an_order_id_is_used_once<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(100)).await;
    witness.batch(&[hold(1, 5), order(1), paid("1", 1), hold(2, 1)]).await;
    let again = Command::CreateOrder(CreateOrder {
        hold_id: hold_id(2),
        order_id: NewOrderId::Fresh(order_id(1)),
        idempotency_key: None,
    });
    let now = witness.store.load(witness.now, std::slice::from_ref(&again)).await.unwrap();
    decide(witness.store.ledger(), now, &again).unwrap();
    goes_on_without(witness).await;
}

/// Guarantee 3: a hold makes one order, even where the ledger still shows it active.
pub async fn a_hold_makes_one_order<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(100)).await;
    witness.batch(&[hold(1, 5)]).await;
    let stale = witness.store.ledger().clone();
    witness.batch(&[order(1)]).await;
    let another = CreateOrder {
        hold_id: hold_id(1),
        order_id: NewOrderId::Fresh(order_id(2)),
        idempotency_key: None,
    };
    refuses(witness, stale, &[Command::CreateOrder(another)]).await;
}

/// Guarantee 3: a payment event is recorded once.
pub async fn an_event_id_is_recorded_once<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(100)).await;
    let stale = witness.store.ledger().clone();
    witness.batch(&[paid("event", 50)]).await;
    refuses(witness, stale, &[paid("another", 50), paid("event", 50)]).await;
}

/// Guarantee 3: an idempotency key is remembered for one request.
pub async fn an_idempotency_key_is_remembered_once<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(100)).await;
    witness.batch(&[hold(1, 1), hold(2, 1)]).await;
    let stale = witness.store.ledger().clone();
    let keyed = |n| {
        Command::CreateOrder(CreateOrder {
            hold_id: hold_id(n),
            order_id: NewOrderId::Fresh(order_id(n)),
            idempotency_key: Some(idempotency_key("key")),
        })
    };
    witness.batch(&[keyed(1)]).await;
    refuses(witness, stale, &[keyed(2)]).await;
}

/// Guarantee 3: a number of a product's journal is given once, so that no stock change of one
/// engine can hide that of another.
pub async fn a_journal_number_is_given_once<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(100)).await;
    let stale = witness.store.ledger().clone();
    witness.batch(&[hold(1, 60)]).await;
    refuses(witness, stale, &[hold(2, 60)]).await;
}

/// Guarantee 3: a product id is given once.
pub async fn a_product_id_is_given_once<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(100)).await;
    let stale = witness.store.ledger().clone();
    let id = ProductId::new(50).unwrap();
    witness.batch(&[create_product(id, 1)]).await;
    refuses(witness, stale, &[create_product(id, 2)]).await;
}

/// Guarantee 3: a product code is given once.
pub async fn a_product_code_is_given_once<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(100)).await;
    let stale = witness.store.ledger().clone();
    let coded = |id| {
        let mut terms = terms("Coded");
        terms.code = Some(ProductCode::new("SKU").unwrap());
        let (id, total) = (ProductId::new(id), TotalStock::new(1).unwrap());
        Command::CreateProduct(CreateProduct { id, terms, total })
    };
    witness.batch(&[coded(50)]).await;
    refuses(witness, stale, &[coded(51)]).await;
}

/// Guarantee 3: a product whose held and sold units exceed its total is refused.
pub async fn units_never_exceed_the_total<B: Bench>(bench: B) {
    for (held, sold) in [(101, 0), (0, 101), (51, 50)] {
        let mut witness = Witness::of(B::new(), &opening(100)).await;
        let product = witness.store.ledger().product(TICKET).unwrap().clone();
        let mut wrong = witness.store.ledger().clone();
        wrong.recover_product(Product { held, sold, ..product });
        let mut renamed = ChangeProduct::of(TICKET);
        renamed.name = Some(ProductName::new("Oversold").unwrap());
        refuses(witness, wrong, &[Command::ChangeProduct(renamed)]).await;
    }
    // The bench that came with the call has another product, which nothing of this concerned.
    let mut witness = Witness::of(bench, &[create_product(POSTER, 1)]).await;
    witness.agrees().await;
}
