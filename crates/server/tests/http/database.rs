//! The file: readable with ordinary SQL, and not growing for ever.

use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::harness::{Server, eventually, text};

/// Every row of a query, as JSON.
fn rows(server: &Server, sql: &str) -> Vec<Value> {
    let database = Connection::open(server.home().database()).unwrap();
    let mut statement = database.prepare(sql).unwrap();
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let rows = statement.query_map([], |row| {
        let mut object = serde_json::Map::new();
        for (i, name) in names.iter().enumerate() {
            let value = match row.get_ref(i)? {
                rusqlite::types::ValueRef::Null => Value::Null,
                rusqlite::types::ValueRef::Integer(number) => number.into(),
                rusqlite::types::ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into(),
                rusqlite::types::ValueRef::Real(_) | rusqlite::types::ValueRef::Blob(_) => {
                    panic!("{sql}: {name} is not pleasant to read")
                }
            };
            object.insert(name.clone(), value);
        }
        Ok(Value::Object(object))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// The row has what the API shows under the same names.
#[track_caller]
fn assert_shows(row: &Value, resource: &Value) {
    for (name, value) in resource.as_object().unwrap() {
        let shown = &row[name];
        assert_eq!(shown, value, "{name} in {row}, not as in {resource}");
    }
}

#[test]
fn ordinary_sql_shows_what_the_api_shows() {
    let server = Server::start();
    let product = server.product(json!({"code": "SKU", "currency": "EUR"}));
    let hold = server.hold(product, 2);
    let order_id = server.paid_order_id(product, 3);
    let [shown] = &rows(&server, "SELECT * FROM holds WHERE status = 'active'")[..] else {
        panic!("not one active hold");
    };
    assert_shows(shown, &hold);
    let order = server.get(&format!("/api/orders/{order_id}")).send().expect(200);
    let [shown] = &rows(&server, "SELECT * FROM orders WHERE status = 'paid'")[..] else {
        panic!("not one paid order");
    };
    assert_shows(shown, &order);
    let sql = format!("SELECT * FROM payments WHERE order_id = '{order_id}'");
    assert_eq!(rows(&server, &sql).len(), 1);
    let journal = rows(&server, "SELECT * FROM journal ORDER BY seq");
    let listed = server.walk(&format!("/api/products/{product}/journal"), "seq", 50);
    assert_eq!(journal.len(), listed.len());
    for (row, entry) in journal.iter().zip(&listed) {
        assert_shows(row, entry);
    }
    let [shown] = &rows(&server, "SELECT * FROM products")[..] else {
        panic!("not one product");
    };
    assert_eq!((&shown["available_stock"], &shown["sold_stock"]), (&json!(95), &json!(3)));
}

/// Changes the file of a server that has stopped.
fn change(server: &Server, sql: &str) {
    let database = Connection::open(server.home().database()).unwrap();
    database.execute_batch(sql).unwrap();
}

#[test]
fn idempotency_keys_and_finished_payments_are_forgotten_after_their_time() {
    let mut server = Server::start();
    let product = server.units(100);
    let place = |server: &Server, key: &str, qty: u32| {
        server.place(product, qty).header("Idempotency-Key", key).send()
    };
    let first = place(&server, "old", 1).expect(201);
    let early = crate::harness::uuid();
    server.deliver("evt_early", &early, "paid").expect(202);
    server.paid_order_id(product, 1);
    assert_eq!(server.terminate().code(), Some(0));
    // Let 25 hours and 32 days pass.
    change(&server, "UPDATE request_row SET created_at_ms = created_at_ms - 25 * 3600000");
    change(&server, "UPDATE payment_row SET received_at_ms = received_at_ms - 32 * 86400000");

    let server = server.again();
    let fresh = place(&server, "fresh", 1).expect(201);
    eventually(Duration::from_secs(20), "the finished payment is forgotten", || {
        (server.walk("/api/payments", "event_id", 50).len() == 1).then_some(())
    });
    let second = eventually(Duration::from_secs(20), "the key is forgotten", || {
        let answer = place(&server, "old", 2);
        (answer.status == 201).then(|| answer.value())
    });
    assert_ne!(text(&second["hold_id"]), text(&first["hold_id"]));
    assert_eq!(place(&server, "fresh", 1).expect_replay(), fresh, "forgotten too early");
    // What still waits for its order is not finished, however old it is.
    let hold_id = server.hold_id(product, 1);
    let body = json!({"hold_id": hold_id, "order_id": early});
    let order = server.post("/api/orders").json(&body).send().expect(201);
    assert_eq!(order["status"], "paid");
}
