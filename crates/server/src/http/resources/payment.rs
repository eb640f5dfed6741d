//! Payment events and their answers as JSON.

use doorbuster_domain::{
    EventResult, PaymentAnswer, PaymentEvent, PaymentKind, PaymentResult, Provider,
};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{CurrencyCode, Id, OrderStatusName, Time};

/// What became of one delivery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaymentAnswer)]
pub(in crate::http) struct PaymentAnswerJson {
    result: PaymentResultName,
    /// Absent where one of Stripe's events says nothing about any order here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    order_id: Option<Id>,
    /// Where the order stands now; `null` while it does not exist. A `stored` event has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<OrderStatusName>)]
    order_status: Option<Option<OrderStatusName>>,
}

/// What became of one delivery of a payment event. `applied`: it changed the order. `duplicate`:
/// the event had been taken before. `ignored`: recorded; the order needed no change. `stored`:
/// recorded, and applied in the same commit that creates its order.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PaymentResult)]
pub(in crate::http) enum PaymentResultName {
    Applied,
    Duplicate,
    Ignored,
    Stored,
}

/// A recorded payment event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Payment)]
pub(in crate::http) struct PaymentJson<'a> {
    #[schema(examples("evt_1"))]
    event_id: &'a str,
    order_id: Id,
    provider: ProviderName,
    status: EventStatusName,
    result: EventResultName,
    /// How much was paid in minor units, where the provider said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples(19998))]
    amount: Option<u64>,
    /// In which currency, where the provider said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    currency: Option<CurrencyCode>,
    received_at: Time,
    /// The body of the delivery as it arrived.
    #[schema(value_type = Object)]
    payload: Payload<'a>,
}

/// Who sent an event: anyone who signs by Standard Webhooks, or Stripe.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Provider)]
pub(in crate::http) enum ProviderName {
    Generic,
    Stripe,
}

/// What a payment event says happened. `noted`: something that leaves the order as it is, such as
/// one attempt at paying that failed, or a part of the money that went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PaymentStatus)]
pub(in crate::http) enum EventStatusName {
    Paid,
    Failed,
    Refunded,
    Noted,
}

/// What became of a recorded event.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EventResult)]
pub(in crate::http) enum EventResultName {
    Applied,
    Ignored,
    Stored,
    AmountMismatch,
}

/// A stored body. It is JSON, because nothing else is taken; if it ever is not, it is shown as
/// text.
#[derive(Debug)]
struct Payload<'a>(&'a str);

impl Serialize for Payload<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serde_json::from_str::<&RawValue>(self.0) {
            Ok(json) => json.serialize(serializer),
            Err(_) => serializer.serialize_str(self.0),
        }
    }
}

impl PaymentAnswerJson {
    pub(in crate::http) fn of(answer: &PaymentAnswer) -> Self {
        Self {
            result: match answer.result {
                PaymentResult::Applied => PaymentResultName::Applied,
                PaymentResult::Duplicate => PaymentResultName::Duplicate,
                PaymentResult::Ignored => PaymentResultName::Ignored,
                PaymentResult::Stored => PaymentResultName::Stored,
            },
            order_id: Some(Id(answer.order_id.uuid())),
            order_status: match answer.result {
                PaymentResult::Stored => None,
                PaymentResult::Applied | PaymentResult::Duplicate | PaymentResult::Ignored => {
                    Some(answer.order_state.map(Into::into))
                }
            },
        }
    }
}

impl PaymentAnswerJson {
    /// The answer to an event that says nothing about any order here.
    pub(in crate::http) const fn of_no_order() -> Self {
        Self { result: PaymentResultName::Ignored, order_id: None, order_status: None }
    }
}

impl<'a> PaymentJson<'a> {
    pub(in crate::http) fn of(event: &'a PaymentEvent) -> Self {
        Self {
            event_id: event.key.event_id.as_str(),
            order_id: Id(event.order_id.uuid()),
            provider: match event.key.provider {
                Provider::Generic => ProviderName::Generic,
                Provider::Stripe => ProviderName::Stripe,
            },
            status: match event.kind {
                PaymentKind::Paid => EventStatusName::Paid,
                PaymentKind::Failed => EventStatusName::Failed,
                PaymentKind::Refunded => EventStatusName::Refunded,
                PaymentKind::Noted => EventStatusName::Noted,
            },
            result: match event.result {
                EventResult::Applied => EventResultName::Applied,
                EventResult::Ignored => EventResultName::Ignored,
                EventResult::Stored => EventResultName::Stored,
                EventResult::AmountMismatch => EventResultName::AmountMismatch,
            },
            amount: event.amount,
            currency: event.currency.map(CurrencyCode),
            received_at: Time(event.received_at),
            payload: Payload(&event.payload),
        }
    }
}
