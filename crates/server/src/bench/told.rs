//! Answers, read as far as the account needs them.

use std::borrow::Cow;

use doorbuster_engine::OrderStatus;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use super::account::DeliveryResult;
use super::connection::{Answer, NoAnswer};

/// A hold, as the answer to its request has it.
#[derive(Deserialize)]
pub(super) struct HoldAnswer {
    #[serde(deserialize_with = "id")]
    pub(super) hold_id: Uuid,
    pub(super) product_id: u64,
    pub(super) qty: u32,
}

#[derive(Deserialize)]
pub(super) struct OrderAnswer {
    #[serde(deserialize_with = "id")]
    pub(super) order_id: Uuid,
    #[serde(deserialize_with = "status")]
    pub(super) status: OrderStatus,
}

#[derive(Deserialize)]
pub(super) struct PaymentAnswer {
    #[serde(deserialize_with = "result")]
    pub(super) result: DeliveryResult,
    #[serde(default, deserialize_with = "status_if_any")]
    pub(super) order_status: Option<OrderStatus>,
}

#[derive(Deserialize)]
struct Problem<'a> {
    #[serde(borrow)]
    code: Cow<'a, str>,
}

fn id<'de, D: Deserializer<'de>>(from: D) -> Result<Uuid, D::Error> {
    let text = Cow::<'de, str>::deserialize(from)?;
    Uuid::try_parse(&text).map_err(D::Error::custom)
}

fn status<'de, D: Deserializer<'de>>(from: D) -> Result<OrderStatus, D::Error> {
    let name = Cow::<'de, str>::deserialize(from)?;
    order_status(&name).ok_or_else(|| D::Error::custom("not an order's status"))
}

fn status_if_any<'de, D: Deserializer<'de>>(from: D) -> Result<Option<OrderStatus>, D::Error> {
    let name = Option::<Cow<'de, str>>::deserialize(from)?;
    let status = |name: Cow<'_, str>| {
        order_status(&name).ok_or_else(|| D::Error::custom("not an order's status"))
    };
    name.map(status).transpose()
}

fn result<'de, D: Deserializer<'de>>(from: D) -> Result<DeliveryResult, D::Error> {
    match &*Cow::<'de, str>::deserialize(from)? {
        "applied" => Ok(DeliveryResult::Applied),
        "duplicate" => Ok(DeliveryResult::Duplicate),
        "ignored" => Ok(DeliveryResult::Ignored),
        "stored" => Ok(DeliveryResult::Stored),
        _ => Err(D::Error::custom("not what becomes of a delivery")),
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
    /// It was done, as the status says, and nobody can tell what.
    Unreadable,
}

/// The kind of an answer that says that something was done, and not what.
pub(super) const UNREADABLE: &str = "unreadable";

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
            Err(_) => (Meaning::Unreadable, UNREADABLE.into()),
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

#[cfg(test)]
mod tests;
