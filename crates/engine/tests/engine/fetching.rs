//! Fetching: what is looked up for which command.

use std::cell::RefCell;

use doorbuster_domain::{
    Command, CreateOrder, CustomerId, EventKey, Hold, HoldId, HoldState, Ledger, NewOrderId, Order,
    OrderId, PaymentEvent, PlaceHold, ProductId, RememberedRequest, RequestKey,
};
use doorbuster_engine::{Reader, Rows, Store, fetch};

use crate::shop::{
    START, committed, hold, hold_id, keyed_hold, order, order_id, paid, place, release, selling,
    terms,
};

/// Rows of one hold and its order, which note what is looked up.
#[derive(Default)]
struct Noting {
    hold: Option<Hold>,
    order: Option<Order>,
    looked_up: RefCell<Vec<&'static str>>,
    fails_at: Option<&'static str>,
}

impl Noting {
    fn note<T>(&self, what: &'static str, found: T) -> Result<T, &'static str> {
        self.looked_up.borrow_mut().push(what);
        if self.fails_at == Some(what) { Err("the test says that this fails") } else { Ok(found) }
    }
}

impl Rows for Noting {
    type Error = &'static str;

    fn hold(&mut self, id: HoldId) -> Result<Option<Hold>, Self::Error> {
        self.note("hold", self.hold.clone().filter(|hold| hold.id == id))
    }

    fn order(&mut self, id: OrderId) -> Result<Option<Order>, Self::Error> {
        self.note("order", self.order.clone().filter(|order| order.id == id))
    }

    fn event(&mut self, _: &EventKey) -> Result<Option<PaymentEvent>, Self::Error> {
        self.note("event", None)
    }

    fn waiting_events(&mut self, _: OrderId) -> Result<Vec<PaymentEvent>, Self::Error> {
        self.note("waiting events", Vec::new())
    }

    fn request(&mut self, _: &RequestKey) -> Result<Option<RememberedRequest>, Self::Error> {
        self.note("request", None)
    }

    fn customer(&mut self, _: ProductId, _: &CustomerId) -> Result<Option<u32>, Self::Error> {
        self.note("customer", Some(3))
    }
}

fn looked_up(ledger: &mut Ledger, mut rows: Noting, command: Command) -> Vec<&'static str> {
    fetch(ledger, &mut rows, &[command]).unwrap();
    rows.looked_up.into_inner()
}

fn chosen_order(n: u128) -> Command {
    let order_id = NewOrderId::Chosen(order_id(n));
    Command::CreateOrder(CreateOrder { hold_id: hold_id(n), order_id, idempotency_key: None })
}

/// Hold 1, which became order 1 and was paid, for Ann.
async fn finished() -> Noting {
    let mut store = selling(10, terms()).await;
    let customer_id = CustomerId::new("Ann").ok();
    let place = Command::PlaceHold(PlaceHold { customer_id, ..place(1, 3) });
    committed(&mut store, START, &[place, order(1), paid("e", 1)]).await;
    let reader = store.reader();
    let hold = reader.hold(hold_id(1)).await.unwrap();
    let order = reader.order(order_id(1)).await.unwrap();
    assert!(hold.as_ref().is_some_and(|hold| hold.state != HoldState::Active));
    Noting { hold, order, ..Noting::default() }
}

#[tokio::test]
async fn a_plain_hold_needs_no_look_up_at_all() {
    let nothing: [&str; 0] = [];
    assert_eq!(looked_up(&mut Ledger::new(), Noting::default(), hold(1, 1)), nothing);
    let expire = Command::ExpireDue { limit: 10 };
    assert_eq!(looked_up(&mut Ledger::new(), Noting::default(), expire), nothing);
    let keyed = keyed_hold(1, 1, "key");
    assert_eq!(looked_up(&mut Ledger::new(), Noting::default(), keyed), ["request"]);
}

#[tokio::test]
async fn live_rows_are_not_looked_up() {
    let mut store = selling(10, terms()).await;
    let customer_id = CustomerId::new("Ann").ok();
    let hold = Command::PlaceHold(PlaceHold { customer_id, ..place(1, 3) });
    committed(&mut store, START, std::slice::from_ref(&hold)).await;
    let again = Command::PlaceHold(PlaceHold { hold_id: hold_id(2), ..place(1, 1) });
    for command in [hold, again, release(1), order(1)] {
        let nothing: [&str; 0] = [];
        assert_eq!(looked_up(store.ledger(), Noting::default(), command), nothing);
    }
    let chosen = looked_up(store.ledger(), Noting::default(), chosen_order(1));
    assert_eq!(chosen, ["order", "waiting events"]);
}

#[tokio::test]
async fn a_used_hold_brings_its_order_and_that_its_customer() {
    let mut ledger = Ledger::new();
    let found = looked_up(&mut ledger, finished().await, order(1));
    assert_eq!(found, ["hold", "order", "customer"]);
    assert!(ledger.hold(hold_id(1)).is_some() && ledger.order(order_id(1)).is_some());
    let (product_id, ann) = (crate::shop::TICKET, CustomerId::new("Ann").unwrap());
    assert_eq!(ledger.customer_units(product_id, &ann), 3);
    // What one command of a batch has brought, the next one finds.
    let rows = Noting::default();
    assert_eq!(looked_up(&mut ledger, rows, paid("e", 1)), ["event"]);
}

#[tokio::test]
async fn a_look_up_that_fails_ends_it() {
    for fails_at in ["hold", "order", "customer"] {
        let mut rows = Noting { fails_at: Some(fails_at), ..finished().await };
        let commands = [order(1), paid("e", 1)];
        assert!(fetch(&mut Ledger::new(), &mut rows, &commands).is_err());
        assert_eq!(rows.looked_up.into_inner().last(), Some(&fails_at));
    }
}
