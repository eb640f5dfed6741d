//! A crowd of simulated buyers. They come as a crowd comes, few at first and then all at once; each
//! wants one unit, and not everybody who gets one pays for it.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use doorbuster_domain::Timestamp;
use hyper::{Method, Uri};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use uuid::Uuid;

use super::shop::product_id;
use crate::bench::{Answer, Connection, HoldAnswer, NoAnswer, OrderAnswer, Requests, Target, code};

/// The most that may come.
pub(crate) const MOST_BUYERS: u32 = 5_000;

/// How many connections they share.
const CONNECTIONS: usize = 50;

/// However many there are, whoever is not done after this goes home.
const CLOSING: Duration = Duration::from_secs(20);

/// Over how long a large crowd arrives.
const ARRIVAL: Duration = Duration::from_secs(8);

/// A small crowd arrives sooner: on average one in so much time.
const ARRIVAL_EACH: Duration = Duration::from_millis(40);

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What buyers with a hold do, in turn.
const FATES: [Fate; 12] = [
    Fate::Pays,
    Fate::WalksAway,
    Fate::Pays,
    Fate::PaysTwice,
    Fate::Pays,
    Fate::WalksAway,
    Fate::IsDeclined,
    Fate::Pays,
    Fate::WalksAway,
    Fate::Pays,
    Fate::Forgets,
    Fate::Pays,
];

/// What a buyer with a hold does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Orders and pays.
    Pays,
    /// The same, and the provider tells it twice.
    PaysTwice,
    /// Orders, and the payment is declined.
    IsDeclined,
    /// Orders, and never pays.
    Forgets,
    /// Lets the hold run out.
    WalksAway,
}

/// How a crowd fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CrowdState {
    pub(crate) running: bool,
    pub(crate) began_at: Timestamp,
    /// How many come.
    pub(crate) buyers: u32,
    pub(crate) tally: Tally,
    /// What the server's audit said afterwards.
    pub(crate) audit_ok: Option<bool>,
}

/// What the buyers of a crowd were told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// How many have asked for a unit and were answered, or not.
    pub(crate) asked: u32,
    /// How many got one.
    pub(crate) got: u32,
    /// How many were told that none is left.
    pub(crate) sold_out: u32,
    /// How many were refused for another reason: too early, too many requests.
    pub(crate) refused: u32,
    /// How many nobody answered in time.
    pub(crate) unanswered: u32,
    /// Of those who got one: paid.
    pub(crate) paid: u32,
    /// Of those: told twice.
    pub(crate) paid_twice: u32,
    /// Of those who got one: declined.
    pub(crate) declined: u32,
    /// Of those who got one: let it run out, before or after ordering.
    pub(crate) abandoned: u32,
}

/// The last crowd there was. Cheap to clone; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Crowd(Arc<Mutex<Option<CrowdState>>>);

impl Crowd {
    fn lock(&self) -> MutexGuard<'_, Option<CrowdState>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the last one fares.
    pub(super) fn state(&self) -> Option<CrowdState> {
        *self.lock()
    }

    /// Notes that a crowd comes, unless one is there.
    pub(super) fn gather(&self, buyers: u32, now: Timestamp) -> Option<CrowdState> {
        let mut last = self.lock();
        if last.is_some_and(|last| last.running) {
            return None;
        }
        let tally = Tally::default();
        let state = CrowdState { running: true, began_at: now, buyers, tally, audit_ok: None };
        *last = Some(state);
        Some(state)
    }

    fn note(&self, note: impl FnOnce(&mut CrowdState)) {
        if let Some(state) = self.lock().as_mut() {
            note(state);
        }
    }

    fn count(&self, count: impl FnOnce(&mut Tally)) {
        self.note(|state| count(&mut state.tally));
    }

    /// Lets them come, and returns when the last has gone.
    pub(super) async fn run(&self, buyers: u32, target: &Target, requests: &Requests) {
        let _ended = Ended(self.clone());
        let floor = Rc::new(Floor {
            crowd: self.clone(),
            requests: requests.clone(),
            target: target.clone(),
            places: Semaphore::new(CONNECTIONS),
            idle: RefCell::new(Vec::with_capacity(CONNECTIONS)),
        });
        let began = Instant::now();
        let over = ARRIVAL.min(ARRIVAL_EACH.saturating_mul(buyers));
        let mut visits = JoinSet::new();
        for number in 0..buyers {
            let arrives = began + arrival(number, buyers, over);
            let floor = floor.clone();
            visits.spawn_local(async move {
                sleep_until(arrives).await;
                floor.visit(number).await;
            });
        }
        let everybody = async { while visits.join_next().await.is_some() {} };
        let _ = timeout(CLOSING, everybody).await; // who is left goes home
        visits.shutdown().await;
        let audit_ok = floor.audit().await;
        self.note(|state| state.audit_ok = audit_ok);
    }
}

/// However a crowd ends, another may come.
struct Ended(Crowd);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.note(|state| state.running = false);
    }
}

/// When a buyer arrives: by a third of the time hardly anybody has, and most come at the end.
fn arrival(number: u32, buyers: u32, over: Duration) -> Duration {
    let share = f64::from(number) / f64::from(buyers.max(1));
    over.mul_f64(share.cbrt())
}

/// What the buyers of one crowd share.
struct Floor {
    crowd: Crowd,
    requests: Requests,
    target: Target,
    /// How many more may ask at the same time.
    places: Semaphore,
    /// Connections that nobody uses now.
    idle: RefCell<Vec<Connection>>,
}

impl Floor {
    /// Asks for something and reads the answer, on a connection that is free.
    async fn ask<T>(
        &self,
        write: impl FnOnce(&Requests, &mut Vec<u8>),
        read: impl FnOnce(Result<Answer<'_>, NoAnswer>) -> T,
    ) -> T {
        let _place = self.places.acquire().await;
        let idle = self.idle.borrow_mut().pop();
        let mut connection = idle.unwrap_or_else(|| Connection::new(&self.target, PATIENCE));
        write(&self.requests, connection.request());
        let said = read(connection.send().await);
        self.idle.borrow_mut().push(connection);
        said
    }

    async fn visit(&self, number: u32) {
        let Some(hold_id) = self.hold().await else { return };
        let fate = FATES.get(number as usize % FATES.len()).copied().unwrap_or(Fate::Pays);
        sleep(thinks(number)).await;
        if fate == Fate::WalksAway {
            return self.crowd.count(|tally| tally.abandoned += 1);
        }
        let Some(order_id) = self.order(hold_id).await else { return };
        sleep(thinks(number / 7)).await;
        match fate {
            Fate::Forgets | Fate::WalksAway => self.crowd.count(|tally| tally.abandoned += 1),
            Fate::IsDeclined => {
                let told = self.report(order_id, "failed").await;
                self.crowd.count(|tally| tally.declined += u32::from(told));
            }
            Fate::Pays | Fate::PaysTwice => {
                let told = self.report(order_id, "paid").await;
                let twice = fate == Fate::PaysTwice && self.report(order_id, "paid").await;
                self.crowd.count(|tally| {
                    tally.paid += u32::from(told || twice);
                    tally.paid_twice += u32::from(told && twice);
                });
            }
        }
    }

    /// Asks for one unit.
    async fn hold(&self) -> Option<Uuid> {
        let product = product_id()?.get();
        let told = self.ask(
            |requests, out| requests.hold(out, product, 1, None),
            |answer| match answer {
                Ok(Answer { status: 201, body }) => {
                    Ok(serde_json::from_slice::<HoldAnswer>(body).ok().map(|hold| hold.hold_id))
                }
                Ok(Answer { body, .. }) => Err(code(body) == "insufficient_stock"),
                Err(_) => Ok(None),
            },
        );
        let told = told.await;
        self.crowd.count(|tally| {
            tally.asked += 1;
            match told {
                Ok(Some(_)) => tally.got += 1,
                Ok(None) => tally.unanswered += 1,
                Err(true) => tally.sold_out += 1,
                Err(false) => tally.refused += 1,
            }
        });
        told.ok().flatten()
    }

    async fn order(&self, hold_id: Uuid) -> Option<Uuid> {
        let told = self.ask(
            |requests, out| requests.order(out, hold_id, None),
            |answer| {
                let body = answer.ok().filter(|answer| answer.status == 201)?.body;
                serde_json::from_slice::<OrderAnswer>(body).ok().map(|order| order.order_id)
            },
        );
        told.await
    }

    /// The buyer's provider tells the server what became of the payment. Whether it was heard.
    async fn report(&self, order_id: Uuid, status: &str) -> bool {
        let event_id = format!("crowd-{}", order_id.simple());
        let body =
            format!(r#"{{"event_id":"{event_id}","order_id":"{order_id}","status":"{status}"}}"#);
        let told = self.ask(
            |requests, out| requests.webhook(out, &event_id, body.as_bytes()),
            |answer| answer.is_ok_and(|answer| matches!(answer.status, 200..300)),
        );
        told.await
    }

    /// Has the server recount everything.
    async fn audit(&self) -> Option<bool> {
        #[derive(Deserialize)]
        struct Audit {
            ok: bool,
        }
        let uri = Uri::from_static("/api/audit");
        let told = self.ask(
            |requests, out| requests.admin(out, &Method::GET, &uri, b""),
            |answer| {
                let body = answer.ok().filter(|answer| answer.status == 200)?.body;
                serde_json::from_slice::<Audit>(body).ok().map(|audit| audit.ok)
            },
        );
        told.await
    }
}

/// How long a buyer takes for one step: people differ.
fn thinks(number: u32) -> Duration {
    Duration::from_millis(400 + u64::from(number.wrapping_mul(397) % 1_300))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_comes_slowly_and_then_all_at_once_and_is_there_in_time() {
        let over = Duration::from_secs(8);
        let at = |number| arrival(number, 1_000, over);
        assert_eq!(at(0), Duration::ZERO);
        assert!(at(10) > over / 5 && at(125) >= over.mul_f64(0.49), "hardly anybody at first");
        assert!((1..1_000).all(|number| at(number) > at(number - 1)), "one after the other");
        assert!(at(999) < over);
    }

    #[test]
    fn one_crowd_at_a_time() {
        let crowd = Crowd::default();
        let now = Timestamp::from_millis(0);
        assert!(crowd.state().is_none());
        assert!(crowd.gather(5, now).is_some());
        assert!(crowd.gather(5, now).is_none());
        drop(Ended(crowd.clone()));
        assert_eq!(crowd.state().map(|state| state.running), Some(false));
        assert!(crowd.gather(6, now).is_some());
    }
}
