//! Answers, read as far as the account needs them.

use std::borrow::Cow;

use doorbuster_engine::OrderStatus;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::account::DeliveryResult;
use super::connection::{Answer, NoAnswer};

/// A hold, as the answer to its request has it.
#[derive(Deserialize)]
pub(super) struct HoldAnswer {
    hold_id: String,
    pub(super) product_id: u64,
    pub(super) qty: u32,
}

#[derive(Deserialize)]
pub(super) struct OrderAnswer {
    order_id: String,
    status: String,
}

#[derive(Deserialize)]
pub(super) struct PaymentAnswer {
    result: String,
    #[serde(default)]
    order_status: Option<String>,
}

#[derive(Deserialize)]
struct Problem<'a> {
    #[serde(borrow)]
    code: Cow<'a, str>,
}

impl HoldAnswer {
    pub(super) fn id(&self) -> Option<Uuid> {
        Uuid::try_parse(&self.hold_id).ok()
    }
}

impl OrderAnswer {
    pub(super) fn id(&self) -> Option<Uuid> {
        Uuid::try_parse(&self.order_id).ok()
    }

    pub(super) fn status(&self) -> Option<OrderStatus> {
        order_status(&self.status)
    }
}

impl PaymentAnswer {
    pub(super) fn result(&self) -> Option<DeliveryResult> {
        match self.result.as_str() {
            "applied" => Some(DeliveryResult::Applied),
            "duplicate" => Some(DeliveryResult::Duplicate),
            "ignored" => Some(DeliveryResult::Ignored),
            "stored" => Some(DeliveryResult::Stored),
            _ => None,
        }
    }

    pub(super) fn order_status(&self) -> Option<OrderStatus> {
        self.order_status.as_deref().and_then(order_status)
    }
}

/// An order's status by its name.
pub(super) fn order_status(name: &str) -> Option<OrderStatus> {
    match name {
        "pending" => Some(OrderStatus::Pending),
        "paid" => Some(OrderStatus::Paid),
        "cancelled" => Some(OrderStatus::Cancelled),
        "expired" => Some(OrderStatus::Expired),
        "refund_due" => Some(OrderStatus::RefundDue),
        "refunded" => Some(OrderStatus::Refunded),
        _ => None,
    }
}

/// An answer to a write, by what it means for the account.
pub(super) enum Meaning<T> {
    /// It was done, and this is what was said.
    Done(T),
    /// It was not done.
    Refused,
    /// It was done or not.
    Unknown,
}

/// What an answer means, and its kind in a word.
pub(super) fn meaning<T: DeserializeOwned>(
    answer: &Result<Answer, NoAnswer>,
) -> (Meaning<T>, Cow<'_, str>) {
    let Answer { status, body } = match answer {
        Ok(answer) => answer,
        Err(NoAnswer::NotConnected(_)) => return (Meaning::Refused, "not_connected".into()),
        Err(NoAnswer::TimedOut) => return (Meaning::Unknown, "timed_out".into()),
        Err(NoAnswer::Broken) => return (Meaning::Unknown, "connection_broken".into()),
    };
    match status {
        200..=299 => match serde_json::from_slice(body) {
            Ok(said) => (Meaning::Done(said), "done".into()),
            Err(_) => (Meaning::Unknown, "unreadable".into()),
        },
        // The server or a proxy before it failed, perhaps after the commit.
        500..=599 if code(body) != "overloaded" => (Meaning::Unknown, code(body)),
        _ => (Meaning::Refused, code(body)),
    }
}

/// The code of a problem.
pub(super) fn code(body: &[u8]) -> Cow<'_, str> {
    serde_json::from_slice::<Problem<'_>>(body).map_or("no_code".into(), |problem| problem.code)
}
