//! Admin keys that are made, listed and revoked while a server runs.

use std::time::Duration;

use crate::harness::{Client, Events, Home, Launch, Server, eventually, made_key, run};

/// Within how long a server notices, with room for a busy machine.
const NOTICED: Duration = Duration::from_secs(5);

/// What `doorbuster keys` says, which must end well.
#[track_caller]
fn keys(home: &Home, args: &[&str]) -> String {
    let (good, said) = try_keys(home, args);
    assert!(good, "{args:?}: {said}");
    said
}

fn try_keys(home: &Home, args: &[&str]) -> (bool, String) {
    let database = home.database_url();
    let args = [&["keys"], args, &["--database", &database]].concat();
    let output = run(home, &args);
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said.into_owned())
}

/// Makes a key; itself and its id.
#[track_caller]
fn made(home: &Home, name: &str, scope: &str) -> (String, String) {
    let said = keys(home, &["make", "--name", name, "--scope", scope]);
    let key = said.strip_prefix("key: ").unwrap().lines().next().unwrap().to_owned();
    let (_, id) = said.split_once("id is ").unwrap();
    assert_eq!(said.matches(&key).count(), 1, "{said}");
    (key, id[..8].to_owned())
}

fn status(server: &Client, key: &str, method: &str, path: &str) -> u16 {
    server.with_admin_key(key).call(method, path).admin().send().status
}

#[track_caller]
fn wait_for(server: &Client, key: &str, expected: u16) {
    eventually(NOTICED, &format!("the key is answered {expected}"), || {
        (status(server, key, "GET", "/api/audit") == expected).then_some(())
    });
}

#[test]
fn a_running_server_notices_keys_that_are_made_and_revoked() {
    let server = Server::start();
    let home = server.home();
    let (read, read_id) = made(home, "till 4", "read");
    let (admin, admin_id) = made(home, "office", "admin");
    wait_for(&server, &read, 200);
    wait_for(&server, &admin, 200);
    assert_eq!(status(&server, &read, "POST", "/api/products"), 403);
    assert_eq!(status(&server, &admin, "POST", "/api/products"), 400, "let in, without a body");
    // The key that it was started with is as good as ever, and selling goes on.
    let product = server.units(3);
    server.paid_order_id(product, 1);

    let list = keys(home, &["list"]);
    for (id, scope, name) in [(&read_id, "read", "till 4"), (&admin_id, "admin", "office")] {
        let line = list.lines().find(|line| line.starts_with(id.as_str())).unwrap();
        assert!(line.contains(scope) && line.ends_with(name) && line.contains(" - "), "{list}");
    }
    assert!(!list.contains(&read) && !list.contains(&admin), "{list}");

    let mut events = Events::with_key(&server, "/api/admin/events", &admin);
    let mut others = Events::with_key(&server, "/api/admin/events", &read);
    events.told_id();
    assert!(keys(home, &["revoke", &admin_id]).contains("office"));
    wait_for(&server, &admin, 401);
    assert_eq!(events.block(), None, "whose key is revoked hears no more");
    others.told_id();
    server.place(product, 1).send().expect(201);
    assert_eq!(others.event().value()["kind"], "hold_placed");
    assert_eq!(status(&server, &read, "GET", "/api/audit"), 200, "the other key stays");
    keys(home, &["revoke", &admin_id]); // again is no mistake
    let (good, said) = try_keys(home, &["revoke", "00000000"]);
    assert!(!good && said.contains("no key has the id"), "{said}");
}

#[test]
fn keys_and_their_scopes_outlive_the_server_and_stand_nowhere_in_plain() {
    let mut server = Launch::bare().start();
    let first = made_key(&server.stdout()).unwrap();
    let (read, _) = made(server.home(), "till", "read");
    let (gone, id) = made(server.home(), "lost", "admin");
    keys(server.home(), &["revoke", &id]);
    assert!(server.terminate().success());
    // Also while no server runs.
    let (later, _) = made(server.home(), "later", "admin");
    for file in std::fs::read_dir(server.home().path()).unwrap() {
        let path = file.unwrap().path();
        if path.file_name().is_some_and(|name| name == "stdout") {
            continue;
        }
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        for key in [&first, &read, &gone, &later] {
            assert!(!text.contains(key), "a key stands in {}", path.display());
        }
    }

    let server = server.again();
    assert_eq!(made_key(&server.stdout()), None, "a second first key");
    for (key, expected) in [(&first, 200), (&read, 200), (&gone, 401), (&later, 200)] {
        assert_eq!(status(&server, key, "GET", "/api/audit"), expected);
    }
    server.with_admin_key(&first).units(1);
    assert_eq!(status(&server, &read, "POST", "/api/products"), 403);

    // Whoever lost the first key gives another one instead of it.
    let mut server = server;
    let home = server.home().clone();
    server.kill();
    let server = Launch::at(&home).arg("--admin-key", "given-instead-0123456789").start();
    for (key, expected) in [(&first, 401), (&read, 200), (&later, 200)] {
        assert_eq!(status(&server, key, "GET", "/api/audit"), expected);
    }
}

#[test]
fn what_cannot_be_done_is_told_and_leaves_nothing() {
    let home = Home::new();
    for args in
        [&["list"][..], &["make", "--name", "x", "--scope", "read"], &["revoke", "00000000"]]
    {
        let (good, said) = try_keys(&home, args);
        assert!(!good && said.contains("sale.db"), "{said}");
        assert!(!home.database().exists(), "{args:?} made a file");
    }
    for args in [
        &["make", "--name", "x"][..],
        &["make", "--scope", "read"],
        &["make", "--name", "", "--scope", "read"],
        &["make", "--name", "x", "--scope", "root"],
        &["revoke"],
        &[],
    ] {
        let (good, said) = try_keys(&home, args);
        assert!(!good && !said.contains("panicked"), "{args:?}: {said}");
    }
    // The database may stand in a variable, as everywhere.
    let server = Server::start();
    let mut command = crate::harness::command(env!("CARGO_BIN_EXE_doorbuster"), home.path());
    command.env("DOORBUSTER_DATABASE", server.home().database_url());
    let output = command.args(["keys", "make", "--name", "x", "--scope", "read"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_key_that_can_be_guessed_is_warned_about() {
    let short = Launch::bare().arg("--admin-key", "fifteen-letters").start();
    short.logged(&["WARN", "fewer than 16 characters"]);
    let long = Launch::bare().arg("--admin-key", "sixteen--letters").start();
    long.logged(&["\"started\""]);
    assert!(!long.printed().contains("fewer than"));
}
