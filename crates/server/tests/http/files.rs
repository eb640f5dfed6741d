//! The file taken away, replaced, locked, damaged or not ours to write: the server says which, and
//! answers nothing that would be lost.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::thread;
use std::time::Duration;

use crate::harness::{Client, Home, Launch, Server, eventually, said};

/// Longer than it takes to notice that the file has gone.
const A_WHILE: Duration = Duration::from_secs(10);

/// Nobody gets an answer that is not a 503, and the server ends and says why.
fn assert_it_ends(server: &mut Server, product: i64, why: &[&str]) {
    let client = Client::clone(server);
    eventually(A_WHILE, "no more answers", || match client.place(product, 1).try_send() {
        Ok(answer) => {
            assert_eq!(answer.status, 503, "an answer that is lost: {}", answer.text());
            None
        }
        Err(_) => Some(()),
    });
    assert_eq!(server.ended().code(), Some(1));
    let printed = server.printed();
    assert!(why.iter().all(|word| printed.contains(word)), "{why:?} not in {printed}");
}

#[test]
fn a_server_whose_file_is_removed_answers_nothing_more() {
    for ending in ["", "-wal"] {
        let mut server = Server::start();
        let product = server.units(100);
        let mut file = server.home().database().into_os_string();
        file.push(ending);
        fs::remove_file(file).unwrap();
        assert_it_ends(&mut server, product, &["sale.db", "removed"]);
    }
}

#[test]
fn a_server_whose_file_is_replaced_answers_nothing_more() {
    let mut server = Server::start();
    let product = server.units(100);
    let file = server.home().database();
    let restored = server.home().file("restored.db");
    fs::copy(&file, &restored).unwrap();
    fs::rename(restored, file).unwrap();
    assert_it_ends(&mut server, product, &["sale.db", "replaced"]);
}

#[test]
fn a_server_that_nobody_uses_notices_that_its_file_is_gone() {
    let mut server = Server::start();
    fs::remove_file(server.home().database()).unwrap();
    eventually(A_WHILE, "it is not ready", || {
        let answer = server.get("/readyz").try_send();
        answer.map_or(Some(()), |answer| (answer.status == 503).then_some(()))
    });
    server.logged(&["sale.db", "removed"]);
    server.kill();
}

#[test]
fn a_program_that_writes_into_the_file_holds_buyers_up_and_nothing_is_lost() {
    let mut server = Server::start();
    let product = server.units(100);
    let client = Client::clone(&server);
    let other = rusqlite::Connection::open(server.home().database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut buyers = Vec::new();
    eventually(A_WHILE, "a buyer waits behind others", || {
        let client = client.clone();
        buyers.push(thread::spawn(move || client.place(product, 1).send()));
        (!server.get("/metrics").send().text().contains("\ndoorbuster_mailbox_depth 0\n"))
            .then_some(())
    });
    other.execute_batch("ROLLBACK").unwrap();
    let held = i64::try_from(buyers.len()).unwrap();
    for buyer in buyers {
        buyer.join().unwrap().expect(201);
    }
    assert_eq!(server.stock(product).held, held);

    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = server.place(product, 1).send();
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_eq!(server.ended().code(), Some(1));
    assert!(server.printed().contains("locked"), "{}", server.printed());
    other.execute_batch("ROLLBACK").unwrap();
    let server = server.again();
    assert_eq!(server.stock(product).held, held);
}

/// A file of a small sale, of which every other page is noise.
fn damaged() -> Home {
    let mut server = Server::start();
    let product = server.units(1_000_000);
    for _ in 0..20 {
        server.paid_order_id(product, 1);
    }
    assert_eq!(server.terminate().code(), Some(0));
    let mut file = File::options().write(true).open(server.home().database()).unwrap();
    let length = file.metadata().unwrap().len();
    for start in (2_048..length).step_by(2 * 2_048) {
        file.seek(SeekFrom::Start(start)).unwrap();
        file.write_all(&[0x5a; 2_048]).unwrap();
    }
    server.home().clone()
}

#[test]
fn a_damaged_file_is_refused_by_name_and_left_alone() {
    let home = damaged();
    let before = fs::read(home.database()).unwrap();
    let output = Launch::on(&home).output();
    let printed = said(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(printed.contains("sale.db") && !printed.contains("panicked"), "{printed}");
    assert!(printed.contains("malformed") || printed.contains("damaged"), "{printed}");
    assert_eq!(fs::read(home.database()).unwrap(), before, "the file was changed");
}

#[test]
fn a_file_that_may_not_be_written_is_refused_by_name() {
    let mut server = Server::start();
    server.units(1);
    assert_eq!(server.terminate().code(), Some(0));
    let home = server.home();
    fs::set_permissions(home.database(), fs::Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let launch = Launch::on(home);
    let is_root = chown(home.database(), Some(0), None).is_ok();
    // Whoever is root may write it nevertheless.
    let output = if is_root { launch.for_nobody().output() } else { launch.output() };
    let printed = said(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(printed.contains("sale.db"), "{printed}");
    assert!(printed.contains("readonly") || printed.contains("ermission"), "{printed}");
}
