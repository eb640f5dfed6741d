//! Holds without an idempotency key: each is asked for once, and the answer says what became of it.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::harness::{Client, text};

/// Who asks for them, and what they were told.
pub(crate) struct Once {
    product: i64,
    /// Holds that were answered.
    held: Mutex<Vec<String>>,
    /// Requests of which nobody knows what became.
    unknown: AtomicUsize,
}

impl Once {
    /// Of a product that nobody else takes.
    pub(crate) fn of(product: i64) -> Self {
        Self { product, held: Mutex::default(), unknown: AtomicUsize::new(0) }
    }

    /// Asks for one; whether it was given.
    pub(crate) fn hold(&self, node: &Client) -> bool {
        match node.place(self.product, 1).try_send() {
            Ok(answer) if answer.status == 201 => {
                let hold_id = text(&answer.value()["hold_id"]).to_owned();
                self.held.lock().unwrap().push(hold_id);
                return true;
            }
            Ok(answer) => {
                assert!(answer.header("retry-after").is_some(), "{}", answer.text());
                let problem = answer.problem(503, "unavailable");
                // Any other answer of this kind promises that there was no effect.
                if text(&problem["detail"]).contains("may or may not") {
                    self.unknown.fetch_add(1, Ordering::SeqCst);
                }
            }
            Err(ureq::Error::ConnectionFailed) => {}
            Err(ureq::Error::Io(error)) if error.kind() == refused() => {}
            Err(_) => {
                self.unknown.fetch_add(1, Ordering::SeqCst);
            }
        }
        false
    }

    /// Nothing that was answered is missing, and there is no more than what nobody knows of.
    pub(crate) fn verify(&self, node: &Client) {
        let held = self.held.lock().unwrap();
        let unknown = self.unknown.load(Ordering::SeqCst);
        let rows = node.walk(&format!("/api/holds?product_id={}", self.product), "hold_id", 200);
        let listed: BTreeSet<&str> = rows.iter().map(|hold| text(&hold["hold_id"])).collect();
        let answered: BTreeSet<&str> = held.iter().map(String::as_str).collect();
        assert_eq!(answered.len(), held.len(), "two requests got the same hold");
        let lost: Vec<_> = answered.difference(&listed).collect();
        assert!(lost.is_empty(), "answered and lost: {lost:?}");
        let more = listed.len() - answered.len();
        assert!(more <= unknown, "{more} holds that nobody was told of, {unknown} unknown");
    }
}

impl std::fmt::Display for Once {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let held = self.held.lock().unwrap().len();
        write!(f, "{held} holds, {} unknown", self.unknown.load(Ordering::SeqCst))
    }
}

fn refused() -> std::io::ErrorKind {
    std::io::ErrorKind::ConnectionRefused
}
