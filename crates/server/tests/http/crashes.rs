//! Power cuts: whatever was answered is there afterwards, and nothing else is.

use std::sync::Mutex;
use std::thread;

use crate::harness::{ADMIN_KEY, Client, Launch, kill_at_random_moments, text};

/// Buyers who click at the same time while the disk fills.
const BUYERS: usize = 8;

#[test]
fn what_was_answered_survives_a_kill_at_any_moment_and_nothing_else_appears() {
    kill_at_random_moments(Launch::new);
}

#[test]
fn a_full_disk_ends_the_server_and_loses_nothing_that_was_answered() {
    let mut server = Launch::new().largest_file_kib(1024).start();
    let product = server.units(1_000_000);
    let client = Client::clone(&server);
    let acknowledged = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..BUYERS {
            scope.spawn(|| {
                while let Ok(answer) = client.place(product, 1).try_send() {
                    if answer.status != 201 {
                        assert_eq!(answer.status, 503, "{}", answer.text());
                        answer.any_problem();
                        return;
                    }
                    acknowledged.lock().unwrap().push(text(&answer.value()["hold_id"]).to_owned());
                }
            });
        }
    });
    assert_ne!(server.ended().code(), Some(0));
    assert!(server.printed().contains("ERROR"), "{}", server.printed());

    let home = server.home().clone();
    let server = Launch::at(&home).arg("--admin-key", ADMIN_KEY).start();
    let acknowledged = acknowledged.into_inner().unwrap();
    println!("{} holds until the disk was full", acknowledged.len());
    assert!(!acknowledged.is_empty());
    for hold_id in &acknowledged {
        let hold = server.get(&format!("/api/holds/{hold_id}")).send().expect(200);
        assert_eq!(hold["status"], "active");
    }
    let held = usize::try_from(server.stock(product).held).unwrap();
    assert!((acknowledged.len()..=acknowledged.len() + BUYERS).contains(&held), "{held} held");
}
