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
pub(crate) struct HoldAnswer {
    #[serde(deserialize_with = "id")]
    pub(crate) hold_id: Uuid,
    pub(super) product_id: u64,
    pub(super) qty: u32,
}

#[derive(Deserialize)]
pub(crate) struct OrderAnswer {
    #[serde(deserialize_with = "id")]
    pub(crate) order_id: Uuid,
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

/// Text where it lies in the answer, unless it has escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

fn id<'de, D: Deserializer<'de>>(from: D) -> Result<Uuid, D::Error> {
    Uuid::try_parse(&Text::deserialize(from)?.0).map_err(D::Error::custom)
}

fn status<'de, D: Deserializer<'de>>(from: D) -> Result<OrderStatus, D::Error> {
    known_status(&Text::deserialize(from)?)
}

fn status_if_any<'de, D: Deserializer<'de>>(from: D) -> Result<Option<OrderStatus>, D::Error> {
    let name = Option::<Text<'de>>::deserialize(from)?;
    name.as_ref().map(known_status).transpose()
}

fn known_status<E: serde::de::Error>(name: &Text<'_>) -> Result<OrderStatus, E> {
    order_status(&name.0).ok_or_else(|| E::custom("not an order's status"))
}

fn result<'de, D: Deserializer<'de>>(from: D) -> Result<DeliveryResult, D::Error> {
    match &*Text::deserialize(from)?.0 {
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
    answer: Result<Answer<'_>, NoAnswer>,
) -> (Meaning<T>, Cow<'_, str>) {
    let Answer { status, body } = match answer {
        Ok(answer) => answer,
        Err(why @ NoAnswer::NotConnected(_)) => return (Meaning::Refused, why.kind().into()),
        Err(why) => return (Meaning::Unknown, why.kind().into()),
    };
    match status {
        200..=299 => match text(body).and_then(|text| serde_json::from_str(text).ok()) {
            Some(said) => (Meaning::Done(said), "done".into()),
            None => (Meaning::Unreadable, UNREADABLE.into()),
        },
        // The server or a proxy before it failed, perhaps after the commit.
        500..=599 if code(body) != "overloaded" => (Meaning::Unknown, code(body)),
        _ => (Meaning::Refused, code(body)),
    }
}

/// The kind of an answer to a look, in a word.
pub(super) fn shown(answer: Result<Answer<'_>, NoAnswer>) -> Cow<'_, str> {
    match answer {
        Ok(Answer { status: 200, .. }) => "shown".into(),
        Ok(Answer { body, .. }) => code(body),
        Err(why) => why.kind().into(),
    }
}

/// The code of a problem.
pub(crate) fn code(body: &[u8]) -> Cow<'_, str> {
    let problem = text(body).and_then(|text| serde_json::from_str::<Problem<'_>>(text).ok());
    problem.map_or("no_code".into(), |problem| problem.code)
}

/// A body as text: looking at the whole once costs a fraction of looking at each of its strings.
fn text(body: &[u8]) -> Option<&str> {
    std::str::from_utf8(body).ok()
}

#[cfg(test)]
mod tests;
