//! `doorbuster import`: the tables of old shops become a sale that goes on.

use std::collections::HashMap;
use std::fs;

use serde_json::{Value, json};

use crate::harness::{Home, Launch, Server, Stock, millis, now_millis, run, said, text, uuid};

/// A time so many seconds from now, as MySQL writes it.
fn at(seconds: i64) -> String {
    let at = jiff::Timestamp::from_second(now_millis() / 1000 + seconds).unwrap();
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> Home {
    let home = Home::new();
    fs::create_dir(home.file("export")).unwrap();
    for (name, text) in files {
        fs::write(home.file("export").join(name), text).unwrap();
    }
    home
}

/// Whether the import went well, and what it said.
fn try_import(home: &Home, args: &[&str]) -> (bool, String) {
    let to = home.database_url();
    let output = run(home, &[&["import", "--from", "export", "--to", &to], args].concat());
    (output.status.success(), said(&output))
}

/// Imports, and serves what came of it.
#[track_caller]
fn imported(home: &Home, args: &[&str]) -> (Server, String) {
    let (good, said) = try_import(home, args);
    assert!(good && said.contains("all ten rules hold"), "{said}");
    let server = Launch::on(home).start();
    server.assert_audit_is_clean();
    (server, said)
}

/// The new ids by the kind and the old ids.
fn ids(home: &Home) -> HashMap<(String, String), String> {
    let text = fs::read_to_string(home.file("export").join("ids.csv")).unwrap();
    let rows = text.lines().skip(1).map(|line| {
        let [kind, old, new]: [&str; 3] = line.split(',').collect::<Vec<_>>().try_into().unwrap();
        ((kind.to_owned(), old.to_owned()), new.to_owned())
    });
    rows.collect()
}

#[track_caller]
fn new_id(home: &Home, kind: &str, old: &str) -> String {
    ids(home)[&(kind.to_owned(), old.to_owned())].clone()
}

fn order(server: &Server, id: &str) -> Value {
    server.get(&format!("/api/orders/{id}")).send().expect(200)
}

/// Tables with numbers for ids and `status` words, as the client of MySQL writes them.
fn by_status() -> Home {
    let (long, some, just, soon) = (at(-7_200), at(-3_600), at(-30), at(600));
    let products = format!(
        "id\tname\tprice\tstock\tcreated_at\tupdated_at\n\
         1\tLimited Edition\t99.99\t93\t{long}\t{some}\n2\tOther \\\\ one\t5.00\t10\tNULL\tNULL\n"
    );
    let holds = format!(
        "id\tproduct_id\tqty\tstatus\texpires_at\tcreated_at\n\
         1\t1\t2\tused\t{some}\t{long}\n\
         2\t1\t5\tused\t{some}\t{long}\n\
         3\t1\t3\tactive\t{soon}\t{just}\n\
         4\t1\t4\tused\t{soon}\t{just}\n\
         5\t1\t9\texpired\t{some}\t{long}\n\
         6\t1\t-9\treleased\t{some}\t{long}\n\
         7\t1\t1\tactive\t{some}\t{long}\n"
    );
    let orders = format!(
        "id\thold_id\tstatus\tamount\tcreated_at\tupdated_at\n\
         11\t1\tpaid\t199.98\t{long}\t{some}\n\
         12\t2\tpaid\t450.00\t{long}\t{some}\n\
         13\t4\tpre_payment\t399.96\t{just}\t{just}\n\
         14\t6\tcancelled\t0.00\t{long}\t{some}\n"
    )
    // An order of a hold with less than nothing in it says itself how much it was.
    .replace("14\t6\t", "14\tNULL\t");
    let orders = orders
        .lines()
        .zip(["product_id\tqty", "1\t2", "1\t5", "1\t4", "2\t1"])
        .map(|(line, more)| format!("{line}\t{more}\n"))
        .collect::<String>();
    let events = format!(
        "id\tidempotency_key\torder_id\tstatus\tpayload\tcreated_at\n\
         1\tkey-11\t11\tsuccess\t{{\"order_id\":11}}\t{some}\n\
         2\tkey-14\t14\tfailure\tNULL\t{some}\n\
         3\tkey-99\t99\tsuccess\tNULL\t{some}\n\
         4\tkey-13\t13\tprocessed\tNULL\t{just}\n"
    );
    folder(&[
        ("products.tsv", &products),
        ("holds.tsv", &holds),
        ("orders.tsv", &orders),
        ("payment_webhooks.tsv", &events),
        ("users.csv", "id,name\n1,Ann\n"),
    ])
}

#[test]
fn a_shop_goes_on_where_the_old_one_stopped() {
    let home = by_status();
    let (server, said) = imported(&home, &["--stock", "unsold"]);
    assert!(said.contains("files not read: users.csv"), "{said}");
    assert!(said.contains("products.tsv: updated_at"), "{said}");
    assert!(said.contains("3 holds left out, which had ended or expired"), "{said}");
    assert_eq!(server.stock(1), Stock::of(86, 7, 7));
    assert_eq!(server.stock(2), Stock::of(10, 0, 0));
    let product = server.get("/api/products/1").send().expect(200);
    assert_eq!((&product["price"], &product["currency"]), (&json!(9999), &json!("USD")));
    assert_eq!(product["hold_seconds"], 120);
    assert_eq!(server.get("/api/products/2").send().expect(200)["name"], "Other \\ one");

    // Ids, prices and times of orders.
    let paid = order(&server, &new_id(&home, "order", "11"));
    assert_eq!((text(&paid["status"]), &paid["total_price"]), ("paid", &json!(19_998)));
    let dearer = order(&server, &new_id(&home, "order", "12"));
    assert_eq!((text(&dearer["status"]), &dearer["unit_price"]), ("paid", &json!(9_000)));
    assert!(now_millis() - millis(&dearer["created_at"]) > 7_000_000, "{dearer}");
    let cancelled = order(&server, &new_id(&home, "order", "14"));
    assert_eq!(text(&cancelled["status"]), "cancelled");

    // The live hold keeps its deadline, and becomes an order.
    let hold_id = new_id(&home, "hold", "3");
    let hold = server.get(&format!("/api/holds/{hold_id}")).send().expect(200);
    assert_eq!((text(&hold["status"]), &hold["qty"]), ("active", &json!(3)));
    let left = millis(&hold["expires_at"]) - now_millis();
    assert!((500_000..=600_000).contains(&left), "{hold}");
    server.order(&hold_id).send().expect(201);

    // The pending one waits as long as any, and can be paid, by the event that had no effect too.
    let pending_id = new_id(&home, "order", "13");
    let pending = order(&server, &pending_id);
    assert_eq!(text(&pending["status"]), "pending");
    let left = millis(&pending["pay_by"]) - now_millis();
    assert!((500_000..=601_000).contains(&left), "{pending}"); // whole seconds, at least so many
    assert_eq!(server.deliver("key-13", &pending_id, "success").expect(200)["result"], "applied");
    assert_eq!(server.stock(1), Stock::of(86, 3, 11));

    // What was delivered there has no second effect here.
    for (key, old, status) in [("key-11", "11", "success"), ("key-14", "14", "failure")] {
        let id = new_id(&home, "order", old);
        assert_eq!(server.deliver(key, &id, status).expect(200)["result"], "duplicate", "{key}");
    }
    // An event of an order that was never there waits for it still.
    let stray = new_id(&home, "order", "99");
    assert_eq!(server.deliver("key-99", &stray, "success").expect(200)["result"], "duplicate");
    let hold_id = server.hold_id(1, 1);
    let body = json!({"hold_id": hold_id, "order_id": stray});
    assert_eq!(server.post("/api/orders").json(&body).send().expect(201)["status"], "paid");
    server.assert_audit_is_clean();
}

#[test]
fn tokens_flags_and_other_names_are_understood() {
    let (long, some, soon) = (at(-7_200), at(-3_600), at(600));
    let (live, used) = (uuid(), uuid());
    let products = "Id;Name;Price_Cents;Total_Stock;SKU;Currency\n7;Poster;1500;20;P-7;EUR\n";
    let holds = format!(
        "id,hold_token,product_id,quantity,used,released,hold_expires_at,user_id,created_at\n\
         1,{used},7,2,1,0,{some},ann,{long}\n2,{live},7,3,0,0,{soon},bob,{some}\n\
         3,{},7,3,0,1,{soon},bob,{some}\n",
        uuid()
    );
    let paid = uuid();
    let orders = format!(
        "id,hold_token,status,total_price_cents,payment_reference,created_at\n\
         {paid},{used},completed,3000,pi_1,{long}\n"
    );
    let home =
        folder(&[("products.csv", products), ("holds.csv", &holds), ("orders.csv", &orders)]);
    let (server, _) = imported(&home, &[]);
    assert_eq!(server.stock(7), Stock::of(15, 3, 2));
    let product = server.get("/api/products/7").send().expect(200);
    assert_eq!((text(&product["code"]), text(&product["currency"])), ("P-7", "EUR"));
    // UUIDs stay what they were.
    let order = order(&server, &paid);
    assert_eq!((text(&order["hold_id"]), text(&order["status"])), (&*used, "paid"));
    assert_eq!(order["customer_id"], "ann");
    let hold = server.get(&format!("/api/holds/{live}")).send().expect(200);
    assert_eq!((text(&hold["status"]), text(&hold["customer_id"])), ("active", "bob"));
    assert_eq!(server.deliver("pi_1", &paid, "paid").expect(200)["result"], "duplicate");
    assert_eq!(ids(&home).len(), 1, "the namespace only");
}

#[test]
fn what_was_oversold_is_refused_or_becomes_refund_due_the_latest_first() {
    let products = "id,name,price,total_stock\n1,Item,10.00,10\n";
    let holds = format!(
        "id,product_id,qty,status,expires_at\n1,1,2,active,{}\n2,1,1,active,{}\n",
        at(600),
        at(700)
    );
    let times: Vec<String> = (1..=6).map(|n| at(-1_000 + n * 10)).collect();
    let rows = [(1, 4, "paid"), (2, 4, "paid"), (3, 3, "paid"), (4, 1, "paid"), (5, 2, "pending")];
    let mut orders = "id,product_id,qty,status,created_at\n".to_owned();
    for ((id, qty, status), time) in rows.into_iter().zip(&times) {
        orders += &format!("{id},1,{qty},{status},{time}\n");
    }
    let home =
        folder(&[("products.csv", products), ("holds.csv", &holds), ("orders.csv", &orders)]);
    for args in [&[][..], &["--oversold", "refuse"], &["--check"]] {
        let (good, said) = try_import(&home, args);
        assert!(!good && said.contains("--oversold refund"), "{said}");
        for part in [
            "product 1 has 10 units, of which 12 were paid, 2 ordered and 3 held",
            "order 3 of 3 units of product 1 was paid, and would be refund_due",
            "order 5 of 2 units of product 1 was pending, and would be cancelled",
            "1 live holds would be left out",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(!home.database().exists(), "{args:?} made a file");
    }
    let (server, _) = imported(&home, &["--oversold", "refund"]);
    assert_eq!(server.stock(1), Stock::of(0, 1, 9));
    let expected = ["paid", "paid", "refund_due", "paid", "cancelled"];
    for (id, status) in (1..).zip(expected) {
        let id = new_id(&home, "order", &id.to_string());
        assert_eq!(text(&order(&server, &id)["status"]), status, "{id}");
    }
    // Whoever pays the one that had to go is not forgotten either.
    let late = new_id(&home, "order", "5");
    assert_eq!(server.report(&late, "paid").expect(200)["order_status"], "refund_due");
    let due = new_id(&home, "order", "3");
    let refund = server.post(&format!("/api/orders/{due}/refund")).admin();
    assert_eq!(refund.json(&json!({"restock": false})).send().expect(200)["status"], "refunded");
}

#[test]
fn the_faults_of_the_old_systems_do_not_come_along() {
    let (long, some) = (at(-9_000_000), at(-3_600));
    let products = "id,name,price,available_stock\n1,Item,10.00,4\n";
    let holds =
        format!("id,product_id,qty,status,expires_at,created_at\n1,1,1,used,{some},{long}\n");
    // Two orders from one hold, one that was paid after it had been cancelled, one that nobody ever
    // paid, and one whose failed payment was not noted.
    let orders = format!(
        "id,hold_id,product_id,qty,status,created_at,updated_at\n\
         1,1,1,1,paid,{some},{some}\n2,1,1,1,paid,{some},{some}\n\
         3,,1,2,cancelled,{some},{some}\n4,,1,3,pending,{long},{long}\n\
         5,,1,1,pending,{some},{some}\n6,,1,1,expired,{long},{some}\n"
    );
    let events = format!(
        "idempotency_key,payload,created_at\n\
         late,\"{{\"\"order_id\"\":3,\"\"status\"\":\"\"success\"\"}}\",{some}\n\
         broken,\"{{\"\"order_id\"\":5,\"\"status\"\":\"\"failure\"\"}}\",{some}\n\
         broken,,{some}\nnothing,,{some}\n"
    );
    let home = folder(&[
        ("products.csv", products),
        ("holds.csv", &holds),
        ("orders.csv", &orders),
        ("idempotency_keys.csv", &events),
    ]);
    let (server, said) = imported(&home, &[]);
    // Four were left; those of orders 4 and 5 come back, and 2 and 3 were paid without any.
    assert_eq!(server.stock(1), Stock::of(5, 0, 4));
    let expected = ["paid", "paid", "paid", "expired", "cancelled", "expired"];
    for (id, status) in (1..).zip(expected) {
        let id = new_id(&home, "order", &id.to_string());
        assert_eq!(text(&order(&server, &id)["status"]), status, "{id}");
    }
    for note in ["1 orders shared a hold", "1 orders were paid, as their webhooks say"] {
        assert!(said.contains(note), "{note}: {said}");
    }
    let broken = new_id(&home, "order", "5");
    assert_eq!(server.deliver("broken", &broken, "failed").expect(200)["result"], "duplicate");
}

/// What a stock column has lost is told by the old shop's own words, not by what becomes of its
/// rows here.
#[test]
fn no_unit_is_made_up_or_lost_whatever_the_old_stock_counts() {
    let (some, just, soon) = (at(-3_600), at(-30), at(600));
    let order = |status: &str| {
        format!("id,product_id,qty,status,created_at,updated_at\n1,1,1,{status},{just},{just}\n")
    };
    let event =
        |status: &str| format!("event_id,order_id,status,created_at\ne,1,{status},{just}\n");
    let hold = |status: &str, expires: &str| {
        format!("id,product_id,qty,status,expires_at,created_at\n1,1,3,{status},{expires},{some}\n")
    };
    let none = String::new();
    // Of the stock, holds, orders and events there, with which options, and what is here then.
    for (stock, holds, orders, events, options, expected) in [
        // A payment that the old shop did not count takes a unit now.
        ("unsold", &none, order("cancelled"), event("success"), "", Stock::of(9, 0, 1)),
        ("available", &none, order("cancelled"), event("success"), "", Stock::of(9, 0, 1)),
        ("unsold", &none, order("pending"), event("success"), "", Stock::of(9, 0, 1)),
        ("available", &none, order("pending"), event("success"), "", Stock::of(10, 0, 1)),
        ("unsold", &none, order("paid"), none.clone(), "", Stock::of(10, 0, 1)),
        ("unsold", &none, order("refunded"), none.clone(), "", Stock::of(10, 0, 1)),
        ("unsold", &none, order("pending"), none.clone(), "", Stock::of(9, 1, 0)),
        // What it had kept for somebody who does not come along is on sale again.
        ("available", &none, order("pending"), event("failed"), "", Stock::of(11, 0, 0)),
        ("unsold", &none, order("pending"), event("failed"), "", Stock::of(10, 0, 0)),
        ("available", &hold("active", &soon), none.clone(), none.clone(), "", Stock::of(10, 3, 0)),
        (
            "available",
            &hold("active", &soon),
            none.clone(),
            none.clone(),
            "--drop-holds",
            Stock::of(13, 0, 0),
        ),
        ("available", &hold("active", &just), none.clone(), none.clone(), "", Stock::of(13, 0, 0)),
        ("available", &hold("expired", &just), none.clone(), none.clone(), "", Stock::of(10, 0, 0)),
        ("unsold", &hold("active", &soon), none.clone(), none.clone(), "", Stock::of(7, 3, 0)),
        (
            "available",
            // Nobody says whether this one was swept: what may not be there is not sold.
            &hold("", &just).replace("status", "note"),
            none.clone(),
            none.clone(),
            "",
            Stock::of(10, 0, 0),
        ),
    ] {
        let mut files = vec![("products.csv", "id,name,price,stock\n1,Item,10.00,10\n")];
        let others = [("holds.csv", holds), ("orders.csv", &orders), ("webhooks.csv", &events)];
        files.extend(others.iter().filter(|(_, text)| !text.is_empty()).map(|(n, t)| (*n, &***t)));
        let home = folder(&files);
        let mut args = vec!["--stock", stock];
        args.extend(options.split_whitespace());
        let (server, said) = imported(&home, &args);
        assert_eq!(server.stock(1), expected, "{stock} {files:?}: {said}");
    }
}

#[test]
fn an_order_is_found_by_each_of_its_names() {
    let (paid, other) = (uuid(), uuid());
    let products = "id,name,price,total_stock\n1,Item,10.00,10\n";
    let token = uuid();
    let holds =
        format!("id,token,product_id,qty,status,expires_at\n1,{token},1,2,used,{}\n", at(60));
    let orders = format!(
        "id,uuid,order_number,hold_id,hold_token,product_id,qty,unit_price,amount,status\n\
         7,{paid},A-7,,{token},,,10.00,15.00,pending\n8,{other},A-8,,,1,1,,,pending\n\
         9,,A-9,,,1,1,,,pending\n"
    );
    let events = format!(
        "event_id,order_id,order_number,status\none,{paid},,success\ntwo,8,,success\n\
         three,,A-9,failure\n"
    );
    let home = folder(&[
        ("products.csv", products),
        ("holds.csv", &holds),
        ("orders.csv", &orders),
        ("webhooks.csv", &events),
    ]);
    let (server, said) = imported(&home, &[]);
    assert!(!said.contains("orders that are not there"), "{said}");
    assert_eq!(server.stock(1), Stock::of(7, 0, 3));
    let found = order(&server, &paid);
    assert_eq!((text(&found["status"]), text(&found["hold_id"])), ("paid", &*token));
    assert_eq!(found["total_price"], 1_500, "what was to be paid, not the price on the tag");
    for name in ["8", "A-8"] {
        assert_eq!(new_id(&home, "order", name), other);
    }
    assert_eq!(text(&order(&server, &other)["status"]), "paid");
    let third = new_id(&home, "order", "A-9");
    assert_eq!(
        (&third, text(&order(&server, &third)["status"])),
        (&new_id(&home, "order", "9"), "cancelled")
    );
}

#[test]
fn a_check_changes_nothing_and_an_import_can_leave_holds_behind() {
    let home = by_status();
    let args = ["import", "--from", "export", "--stock", "unsold", "--check"];
    let output = run(&home, &args);
    let text = said(&output);
    assert!(output.status.success() && text.contains("Nothing was imported"), "{text}");
    assert!(text.contains("Limited Edition"), "{text}");
    assert!(!home.file("export").join("ids.csv").exists(), "a check wrote ids");
    let left: Vec<_> = fs::read_dir(home.path()).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(left, [home.file("export")]);

    let (mut server, said) = imported(&home, &["--stock", "unsold", "--drop-holds"]);
    assert!(said.contains("1 live holds left out, as you wished"), "{said}");
    assert_eq!(server.stock(1), Stock::of(89, 4, 7));
    assert!(server.terminate().success());
    // Nothing is written over.
    let (good, said) = try_import(&home, &["--stock", "unsold"]);
    assert!(!good && said.contains("is there already"), "{said}");
    fs::remove_file(home.database()).unwrap();
    let (good, said) = try_import(&home, &["--stock", "unsold"]);
    assert!(!good && said.contains("ids.csv is there already"), "{said}");
    // The same namespace gives the same ids again.
    let (before, namespace) = (ids(&home), new_id(&home, "namespace", ""));
    fs::remove_file(home.file("export").join("ids.csv")).unwrap();
    imported(&home, &["--stock", "unsold", "--drop-holds", "--id-namespace", &namespace]);
    assert_eq!(ids(&home), before);
}

#[test]
fn what_is_wrong_is_told_with_its_file_line_and_column() {
    let soon = at(600);
    let products = "id,name,price,total_stock\n1,Item,10.00,10\n";
    let hold = format!("id,product_id,qty,status,expires_at\n1,1,1,active,{soon}\n");
    let order = "id,hold_id,product_id,qty,status\n5,,1,1,paid\n";
    for (file, text, problem) in [
        ("products.csv", "id,name,price\n", "products.csv, line 1, column total_stock: is missing"),
        ("products.csv", "id,name,price,stock\n1,a,1.00,5\n", "column stock: say by --stock"),
        ("products.csv", "id,name,price,total_stock\n1,a,10,5\n", "column price: say by --amounts"),
        ("products.csv", "id,name,price,total_stock\nx,a,1.0,5\n", "line 2, column id: must be"),
        ("products.csv", "id,name,price,total_stock\r\n1,,1.0,5\r\n", "line 2, column name: must"),
        (
            "products.csv",
            "id;name;price;total_stock\n1;a;1,50;5\n",
            "column price: must be an amount",
        ),
        (
            "products.csv",
            "id,name,price,total_stock\n1,a,1.00,5\n1,b,1.00,5\n",
            "products.csv, line 3, column id: is there twice",
        ),
        ("holds.csv", &hold.replace(",1,active", ",-1,active"), "holds.csv, line 2, column qty"),
        ("holds.csv", &hold.replace("active", "lost"), "holds.csv, line 2, column status: must be"),
        ("holds.csv", &hold.replace("1,1,1", "1,8,1"), "column product_id: there is no such"),
        ("holds.csv", &hold.replace(&soon, "soon"), "holds.csv, line 2, column expires_at: must"),
        ("holds.csv", &hold.replace(&soon, ""), "column expires_at: must not be empty"),
        ("holds.csv", &hold.replace(&soon, "2199-01-01 00:00:00"), "is more than 30 days away"),
        ("orders.csv", &order.replace("paid", "won"), "orders.csv, line 2, column status: must"),
        ("orders.csv", "id,hold_id,status\n5,9,paid\n", "line 2, column hold_id: there is no such"),
        ("orders.csv", "id,hold_id\n", "orders.csv, line 1, column status: is missing"),
        ("orders.csv", "id,hold_id,status\n5,1,paid\n5,1,paid\n", "orders.csv, line 3, column id"),
        ("orders.csv", "id,hold_id,status\n5,1\n", "orders.csv, line 2: has 2 values"),
        (
            "orders.csv",
            "id,product_id,qty,status,amount\n5,1,3,paid,10.00\n",
            "line 2, column amount: is not a whole number of units times a price",
        ),
        (
            "orders.csv",
            "id,hold_id,status,created_at\n5,1,paid,2199-01-01 00:00:00\n",
            "column created_at: is still to come",
        ),
    ] {
        let home = folder(&[
            ("products.csv", products),
            ("holds.csv", &hold),
            ("orders.csv", order),
            (file, text),
        ]);
        let (good, said) = try_import(&home, &[]);
        assert!(!good && said.contains(problem), "{problem}: {said}");
        // Of other tables nothing is said that is true only because of this.
        assert!(file != "products.csv" || !said.contains("there is no such product"), "{said}");
        assert!(!home.database().exists() && !home.file("export").join("ids.csv").exists());
    }
}
