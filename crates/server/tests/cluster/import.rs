//! `doorbuster import` to PostgreSQL.

use std::fs;

use crate::database::Database;
use crate::harness::{Home, Stock, run, said};
use crate::nodes::node;

#[test]
fn an_old_shop_goes_on_over_postgresql() {
    let home = Home::new();
    let write = |name: &str, text: &str| fs::write(home.file(name), text).unwrap();
    write("products.csv", "id,name,price,total_stock\n4,Poster,12.50,10\n");
    write("orders.csv", "id,product_id,qty,status\n1,4,2,paid\n2,4,3,pending\n3,4,1,cancelled\n");
    write("idempotency_keys.csv", "idempotency_key,order_id,status\nkey-1,1,success\n");
    let database = Database::shared();
    let args = ["import", "--from", ".", "--to", database.url()];
    let output = run(&home, &args);
    assert!(output.status.success(), "{}", said(&output));

    let node = node(database.url());
    assert_eq!(node.stock(4), Stock::of(5, 3, 2));
    node.assert_audit_is_clean();
    let ids = fs::read_to_string(home.file("ids.csv")).unwrap();
    let id = |old: &str| {
        let found = ids.lines().find_map(|line| line.strip_prefix(&format!("order,{old},")));
        found.unwrap().to_owned()
    };
    assert_eq!(node.deliver("key-1", &id("1"), "success").expect(200)["result"], "duplicate");
    assert_eq!(node.report(&id("2"), "paid").expect(200)["result"], "applied");
    assert_eq!(node.stock(4), Stock::of(5, 0, 5));

    fs::remove_file(home.file("ids.csv")).unwrap();
    let output = run(&home, &args);
    assert!(!output.status.success() && said(&output).contains("choose an empty database"));
    assert!(!home.file("ids.csv").exists(), "it tells of ids that are nowhere");
}
