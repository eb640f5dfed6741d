//! `doorbuster copy`: a sale goes on over PostgreSQL as it was in its file.

use serde_json::{Value, json};

use crate::database::Database;
use crate::harness::{Client, Home, Launch, Server, run, text};
use crate::nodes::node;

/// More than one part of a copy.
const HOLDS: usize = 5_000;

fn copy(home: &Home, to: &str) -> (bool, String) {
    let output = run(home, &["copy", "--from", &home.database_url(), "--to", to]);
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// What a client can see of a sale.
fn seen(client: &Client, product: i64) -> Vec<Value> {
    let product = client.get(&format!("/api/products/{product}")).send().value();
    let mut seen = vec![product];
    for (list, key) in [("holds", "hold_id"), ("orders", "order_id"), ("payments", "event_id")] {
        seen.extend(client.walk(&format!("/api/{list}"), key, 200));
    }
    seen
}

#[test]
fn a_sale_goes_on_over_postgresql_as_it_was_in_its_file() {
    let mut server = Server::start();
    let (one, other) = (server.units(20_000), server.units(7));
    for _ in 0..HOLDS {
        server.hold(one, 1);
    }
    let paid = server.paid_order_id(one, 3);
    let pending = server.order_id(other, 2);
    let hold = server.hold_id(other, 1);
    let keyed = |client: &Client| {
        let body = json!({ "product_id": other, "qty": 1, "customer_id": "Ann" });
        client.post("/api/holds").json(&body).header("Idempotency-Key", "once").send()
    };
    let made = keyed(&server).value();
    server.deliver("early", &crate::harness::uuid(), "paid");
    let keys = |database: &str, args: &[&str]| {
        let output = run(server.home(), &[&["keys"], args, &["--database", database]].concat());
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let file = server.home().database_url();
    let read = keys(&file, &["make", "--name", "till", "--scope", "read"]);
    let gone = keys(&file, &["make", "--name", "lost", "--scope", "admin"]);
    keys(&file, &["revoke", &gone.split_once("id is ").unwrap().1[..8]]);
    let listed = keys(&file, &["list"]);
    let before = seen(&server, one);
    assert!(server.terminate().success());

    let database = Database::shared();
    let (good, said) = copy(server.home(), database.url());
    assert!(good && said.contains("all ten rules hold on both sides"), "{said}");
    let node = node(database.url());
    assert_eq!(seen(&node, one), before);
    let output = run(server.home(), &["keys", "list", "--database", database.url()]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), listed);
    for (made, method, expected) in [(&read, "GET", 200), (&read, "POST", 403), (&gone, "GET", 401)]
    {
        let key = made.strip_prefix("key: ").unwrap().lines().next().unwrap();
        let path = if method == "GET" { "/api/audit" } else { "/api/products" };
        let answer = node.with_admin_key(key).call(method, path).admin().send();
        assert_eq!(answer.status, expected, "{method}");
    }
    // Everything goes on: a retry, the payments, and what falls due.
    let again = keyed(&node);
    assert_eq!((again.status, text(&again.value()["hold_id"])), (200, text(&made["hold_id"])));
    assert_eq!(node.report(&paid, "paid").value()["result"], "ignored");
    assert_eq!(node.report(&pending, "paid").value()["result"], "applied");
    assert_eq!(node.order(&hold).send().status, 201);
    node.assert_audit_is_clean();

    let (good, said) = copy(server.home(), database.url());
    assert!(!good && said.contains("choose an empty database"), "{said}");
}

#[test]
fn a_copy_that_cannot_be_made_says_why_and_leaves_nothing() {
    let home = Home::new();
    let database = Database::shared();
    let (good, said) = copy(&home, database.url());
    assert!(!good && said.contains("cannot be opened"), "{said}");
    assert!(!home.database().exists(), "it made the file that it was to read");

    let running = Launch::new().start();
    let (good, said) = copy(running.home(), database.url());
    assert!(!good && said.contains("in use by another Doorbuster server"), "{said}");
    let (good, said) = copy(running.home(), &running.home().database_url());
    assert!(!good && said.contains("to postgres"), "{said}");
    let secret = "postgres://user:secret@/sale";
    let (good, said) = copy(running.home(), secret);
    assert!(!good && said.contains("names no server") && !said.contains("secret"), "{said}");
}
