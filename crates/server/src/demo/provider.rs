//! A payment provider that takes no money. It tells the server what became of a payment as real
//! ones do: by signed webhooks, over HTTP, after a while, and not always once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use doorbuster_domain::{Currency, OrderId, Timestamp};
use doorbuster_engine::Clock;
use serde::Deserialize;
use tokio::time::sleep;

use crate::bench::{Answer, Connection, NoAnswer, Requests, Target, code};

/// How long a buyer's bank thinks.
const THINKS: Duration = Duration::from_millis(1_200);

/// How long after the order's time is over a late payment comes.
const TOO_LATE: Duration = Duration::from_millis(2_000);

/// How often a delivery is tried that the server does not take.
const TRIES: usize = 4;

/// How long it waits before it tries again.
const RETRY: Duration = Duration::from_secs(1);

/// How long the server may take to answer a delivery.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many payments are remembered.
const MOST_PAYMENTS: usize = 1_000;

/// How a payment ends, as the buyer chooses beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Paid, and told once.
    Success,
    /// Declined, and told once.
    Failure,
    /// Paid, and told when the time to pay is over.
    Late,
    /// Paid, and told twice.
    Twice,
    /// Never heard of again.
    Never,
}

impl Ending {
    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Success, Self::Failure, Self::Late, Self::Twice, Self::Never];

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Late => "late",
            Self::Twice => "twice",
            Self::Never => "never",
        }
    }

    /// How often the server is told.
    const fn times(self) -> usize {
        match self {
            Self::Success | Self::Failure | Self::Late => 1,
            Self::Twice => 2,
            Self::Never => 0,
        }
    }
}

/// What a buyer pays, and how that ends.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) order_id: OrderId,
    pub(crate) ending: Ending,
    /// In minor units.
    pub(crate) amount: u64,
    pub(crate) currency: Currency,
    /// How long there is to pay.
    pub(crate) time_left: Duration,
}

/// One webhook and what the server said to it.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) event_id: String,
    /// What it said of the payment: `paid` or `failed`.
    pub(crate) status: &'static str,
    pub(crate) sent_at: Timestamp,
    /// The status of the server's answer, if there was one.
    pub(crate) answered: Option<u16>,
    /// What the server made of it, or why it was not taken.
    pub(crate) result: String,
    /// Where the order stood then.
    pub(crate) order_status: Option<String>,
}

/// A payment and what was told of it so far.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) order_id: OrderId,
    pub(crate) ending: Ending,
    pub(crate) deliveries: Vec<Delivery>,
    /// Whether nothing more comes.
    pub(crate) done: bool,
}

/// The provider's books. Cheap to clone; clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Provider(Arc<Mutex<VecDeque<Account>>>);

impl Provider {
    fn books(&self) -> MutexGuard<'_, VecDeque<Account>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was told of an order's payment.
    pub(super) fn account(&self, order_id: OrderId) -> Option<Account> {
        self.books().iter().find(|account| account.order_id == order_id).cloned()
    }

    /// Notes a payment, or finds it; `None`: too many are under way.
    pub(super) fn begin(&self, payment: &Payment) -> Option<Account> {
        let Payment { order_id, ending, .. } = *payment;
        let mut books = self.books();
        if books.len() >= MOST_PAYMENTS {
            let oldest = books.iter().position(|account| account.done)?;
            books.remove(oldest);
        }
        let account = Account { order_id, ending, deliveries: Vec::new(), done: false };
        books.push_back(account.clone());
        Some(account)
    }

    fn note(&self, order_id: OrderId, note: impl FnOnce(&mut Account)) {
        let mut books = self.books();
        if let Some(account) = books.iter_mut().find(|account| account.order_id == order_id) {
            note(account);
        }
    }

    /// Lets a payment end as it is to end.
    pub(super) async fn carry_out(
        &self,
        payment: Payment,
        target: &Target,
        requests: &Requests,
        clock: &Clock,
    ) {
        let Payment { order_id, ending, .. } = payment;
        let status = if ending == Ending::Failure { "failed" } else { "paid" };
        let event_id = format!("evt_{}", doorbuster_engine::fresh_uuid(clock.now()).simple());
        let body = serde_json::json!({
            "event_id": event_id,
            "order_id": order_id.uuid().hyphenated().to_string(),
            "status": status,
            "amount": payment.amount,
            "currency": payment.currency.as_str(),
        });
        let body = body.to_string();
        if ending == Ending::Late {
            sleep(payment.time_left.saturating_add(TOO_LATE)).await;
        }
        for _ in 0..ending.times() {
            sleep(THINKS).await;
            for _ in 0..TRIES {
                let sent_at = clock.now();
                let mut connection = Connection::new(target, PATIENCE);
                requests.webhook(connection.request(), &event_id, body.as_bytes());
                let heard = Heard::of(connection.send().await);
                let taken = heard.is_taken();
                let Heard { answered, result, order_status } = heard;
                let event_id = event_id.clone();
                let delivery =
                    Delivery { event_id, status, sent_at, answered, result, order_status };
                self.note(order_id, |account| account.deliveries.push(delivery));
                if taken {
                    break;
                }
                sleep(RETRY).await;
            }
        }
        self.note(order_id, |account| account.done = true);
    }
}

/// What the server said to a delivery.
struct Heard {
    answered: Option<u16>,
    result: String,
    order_status: Option<String>,
}

#[derive(Deserialize)]
struct Taken {
    result: String,
    #[serde(default)]
    order_status: Option<String>,
}

impl Heard {
    fn of(answer: Result<Answer<'_>, NoAnswer>) -> Self {
        let Answer { status, body } = match answer {
            Ok(answer) => answer,
            Err(why) => {
                return Self { answered: None, result: why.kind().into(), order_status: None };
            }
        };
        let answered = Some(status);
        match serde_json::from_slice::<Taken>(body) {
            Ok(Taken { result, order_status }) => Self { answered, result, order_status },
            Err(_) => Self { answered, result: code(body).into_owned(), order_status: None },
        }
    }

    /// Whether the server has it, or will never take it: other refusals are tried again.
    fn is_taken(&self) -> bool {
        self.answered.is_some_and(|status| status < 500)
    }
}
