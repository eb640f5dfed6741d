//! Several engines behind one handle.

use doorbuster_domain::{
    Command, CreateOrder, CreateProduct, Effect, NewOrderId, Outcome, PlaceHold, ProductId,
    TotalStock,
};
use doorbuster_engine::{Clock, Engine, MemoryStore, Options, Trace, Unobserved};

use crate::scripted::Scripted;
use crate::shop::{START, place, terms};

const LANES: u64 = 4;

fn product(id: u64) -> ProductId {
    ProductId::new(id).unwrap()
}

fn made(outcome: Outcome) -> Effect {
    outcome.unwrap()
}

#[tokio::test(start_paused = true)]
async fn all_that_happens_to_one_product_happens_in_one_lane() {
    let (stores, scripts): (Vec<_>, Vec<_>) =
        (0..LANES).map(|_| Scripted::free(MemoryStore::new())).unzip();
    let stores = stores.into_iter().map(|store| (store, Unobserved));
    let clock = Clock::manual(START);
    let (engines, handle) = Engine::in_lanes(stores, &clock, &Options::default()).unwrap();
    let running: Vec<_> =
        engines.into_iter().map(|e| tokio::spawn(e.run(std::future::pending()))).collect();
    let submit = async |command| made(handle.submit(command, Trace::none()).await.unwrap());
    for id in 1..=2 * LANES {
        let (id, terms, total) = (Some(product(id)), terms(), TotalStock::new(10).unwrap());
        submit(Command::CreateProduct(CreateProduct { id, terms, total })).await;
    }
    assert!(handle.is_ready());
    assert_eq!(handle.products(None, 100).len(), 8, "one snapshot of all lanes");
    for id in 1..=2 * LANES {
        let (hold_id, product_id) = (handle.fresh_hold_id(product(id)), product(id));
        let place = PlaceHold { hold_id, product_id, ..place(0, 1) };
        let Effect::Hold { .. } = submit(Command::PlaceHold(place)).await else { unreachable!() };
        let order_id = NewOrderId::Fresh(handle.fresh_order_id(hold_id));
        let create = CreateOrder { hold_id, order_id, idempotency_key: None };
        let effect = submit(Command::CreateOrder(create)).await;
        let Effect::Order { order, .. } = effect else { unreachable!() };
        submit(Command::CancelOrder(order.id)).await;
    }
    for script in scripts {
        assert_eq!(script.attempts(), 8, "two products and what happened to them");
    }
    drop(handle);
    for engine in running {
        engine.await.unwrap().unwrap();
    }
}

#[test]
fn a_number_of_lanes_that_is_no_power_of_two_is_refused() {
    for lanes in [0, 3, 6, 512] {
        let stores = (0..lanes).map(|_| (MemoryStore::new(), Unobserved));
        let clock = Clock::manual(START);
        assert!(Engine::in_lanes(stores, &clock, &Options::default()).is_err(), "{lanes}");
    }
}
