//! Starting and stopping: what was accepted is answered, what was answered is kept.

use std::fs;
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::Duration;

use rustix::process::Signal;

use crate::harness::{
    ADMIN_KEY, Client, Home, Launch, Server, Stock, Stopwatch, eventually, made_key, said, text,
};

#[test]
fn a_running_server_is_alive_and_ready() {
    let server = Server::start();
    server.get("/healthz").send().expect_status(200);
    server.get("/readyz").send().expect_status(200);
}

#[test]
fn a_signal_lets_the_server_finish_what_it_accepted() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = Server::start();
        let product = server.units(1_000_000);
        let client = Client::clone(&server);
        let acknowledged = Mutex::new(Vec::new());
        let status = std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| buy_until_it_stops(&client, product, &acknowledged));
            }
            eventually(Duration::from_secs(20), "buyers are at it", || {
                (acknowledged.lock().unwrap().len() > 100).then_some(())
            });
            server.signal(signal);
            server.ended()
        });
        assert_eq!(status.code(), Some(0), "{signal:?}");
        assert!(!server.printed().contains("ERROR"), "{}", server.printed());

        let server = server.again();
        let acknowledged = acknowledged.into_inner().unwrap();
        let held = i64::try_from(acknowledged.len()).unwrap();
        for hold_id in &acknowledged {
            let hold = server.get(&format!("/api/holds/{hold_id}")).send().expect(200);
            assert_eq!(hold["status"], "active");
        }
        // An answer may have been lost on its way, but none of these buyers had more than one open.
        let stock = server.stock(product);
        assert!((held..=held + 8).contains(&stock.held), "{held} answered, {stock:?}");
    }
}

/// Places holds until the server stops taking them; any answer it gives must be a proper one.
fn buy_until_it_stops(client: &Client, product: i64, acknowledged: &Mutex<Vec<String>>) {
    while let Ok(answer) = client.place(product, 1).try_send() {
        if answer.status == 201 {
            let hold_id = text(&answer.value()["hold_id"]).to_owned();
            acknowledged.lock().unwrap().push(hold_id);
        } else {
            assert!(answer.header("retry-after").is_some());
            answer.problem(503, "unavailable");
            return;
        }
    }
}

#[test]
fn idle_connections_do_not_hold_up_a_stop() {
    let mut server = Server::start();
    let silent: Vec<TcpStream> =
        (0..3).map(|_| TcpStream::connect(&server.address).unwrap()).collect();
    server.get("/healthz").send().expect_status(200);
    let stopping = Stopwatch::start();
    assert_eq!(server.terminate().code(), Some(0));
    println!("stopped in {:?} with {} idle connections", stopping.elapsed(), silent.len());
    assert!(stopping.elapsed() < Duration::from_secs(12));
}

#[test]
fn a_stalled_request_cannot_hold_up_a_stop_for_ever() {
    use std::io::Write;
    let mut server = Launch::new().arg("--drain-timeout", "500ms").start();
    let mut stalled = TcpStream::connect(&server.address).unwrap();
    let head = "POST /api/holds HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{";
    stalled.write_all(head.as_bytes()).unwrap();
    server.get("/healthz").send().expect_status(200);
    let stopping = Stopwatch::start();
    assert_eq!(server.terminate().code(), Some(0));
    assert!(stopping.elapsed() < Duration::from_secs(8), "{:?}", stopping.elapsed());
}

#[test]
fn everything_survives_a_clean_restart() {
    let mut server = Server::start();
    let product = server.units(10);
    let hold = server.hold(product, 2);
    let paid = server.paid_order_id(product, 3);
    let before = server.walk("/api/orders", "order_id", 50);
    assert_eq!(server.terminate().code(), Some(0));
    assert_eq!(server.offline_audit().status.code(), Some(0));
    let server = server.again();
    assert_eq!(server.stock(product), Stock::of(5, 2, 3));
    let path = format!("/api/holds/{}", text(&hold["hold_id"]));
    assert_eq!(server.get(&path).send().expect(200), hold);
    assert_eq!(server.walk("/api/orders", "order_id", 50), before);
    let order = server.get(&format!("/api/orders/{paid}")).send().expect(200);
    assert_eq!(order["status"], "paid");
}

#[test]
fn a_second_server_on_the_same_file_is_refused() {
    let server = Server::start();
    let second = Launch::at(server.home()).arg("--admin-key", ADMIN_KEY).output();
    let said = said(&second);
    assert!(!second.status.success(), "{said}");
    assert!(said.contains("sale.db") && said.contains("in use"), "{said}");
    server.get("/readyz").send().expect_status(200);
    assert_eq!(server.units(5), 1);
}

#[test]
fn a_second_server_on_the_same_port_is_refused() {
    let server = Server::start();
    let second = Launch::new().arg("--listen", &server.address).output();
    let said = said(&second);
    assert!(!second.status.success(), "{said}");
    assert!(said.contains(&server.address), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn a_file_that_is_not_ours_is_refused_and_left_alone() {
    let text_file = Home::new();
    fs::write(text_file.database(), "dear diary, ".repeat(1_000)).unwrap();
    let foreign = Home::new();
    let database = rusqlite::Connection::open(foreign.database()).unwrap();
    database
        .execute_batch("CREATE TABLE diary (entry TEXT); INSERT INTO diary VALUES ('dear')")
        .unwrap();
    drop(database);
    for home in [text_file, foreign] {
        let before = fs::read(home.database()).unwrap();
        let output = Launch::at(&home).output();
        let said = said(&output);
        assert!(!output.status.success(), "{said}");
        assert!(said.contains("sale.db"), "{said}");
        assert!(!said.contains("panicked"), "{said}");
        assert_eq!(fs::read(home.database()).unwrap(), before, "the file was changed");
    }
}

#[test]
fn a_file_of_a_newer_program_is_refused_and_left_alone() {
    let mut server = Server::start();
    server.units(1);
    assert_eq!(server.terminate().code(), Some(0));
    let database = rusqlite::Connection::open(server.home().database()).unwrap();
    database.pragma_update(None, "user_version", 9_999).unwrap();
    drop(database);
    let before = fs::read(server.home().database()).unwrap();
    let output = Launch::at(server.home()).output();
    let said = said(&output);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("sale.db") && said.contains("newer"), "{said}");
    assert_eq!(server.offline_audit().status.code(), Some(2));
    assert_eq!(fs::read(server.home().database()).unwrap(), before, "the file was changed");
}

#[test]
fn a_file_in_a_place_that_does_not_exist_is_refused_by_name() {
    let output = Launch::bare().arg("--database", "sqlite:/nowhere/at/all/sale.db").output();
    let said = said(&output);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("/nowhere/at/all"), "{said}");
}

#[test]
fn without_an_admin_key_one_is_made_shown_once_and_stored_hashed() {
    let mut server = Launch::bare().start();
    let printed = server.printed();
    let key = made_key(&printed).unwrap_or_else(|| panic!("no admin key in {printed}"));
    assert_eq!(printed.matches(&key).count(), 1, "shown more than once: {printed}");
    server.with_admin_key(&key).get("/api/audit").admin().send().expect(200);
    server.with_admin_key(ADMIN_KEY).get("/api/audit").admin().send().problem(401, "unauthorized");
    assert_nowhere_in_files(&server, &key);
    assert_eq!(server.terminate().code(), Some(0));
    assert_nowhere_in_files(&server, &key);

    let mut server = server.again();
    assert_eq!(made_key(&server.printed()), None, "{}", server.printed());
    server.with_admin_key(&key).get("/api/audit").admin().send().expect(200);
    assert_eq!(server.terminate().code(), Some(0));
}

fn assert_nowhere_in_files(server: &Server, key: &str) {
    for file in fs::read_dir(server.home().path()).unwrap() {
        let path = file.unwrap().path();
        if path.file_name().is_some_and(|name| name != "stdout" && name != "stderr") {
            let bytes = fs::read(&path).unwrap();
            let found = bytes.windows(key.len()).any(|window| window == key.as_bytes());
            assert!(!found, "the key stands in {}", path.display());
        }
    }
}

#[test]
fn a_given_admin_key_is_not_stored_in_plain_either() {
    let server = Server::start();
    server.units(1);
    assert_nowhere_in_files(&server, ADMIN_KEY);
    assert!(!server.printed().contains(ADMIN_KEY));
}
