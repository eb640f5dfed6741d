//! A call: one request as its handler gets it.

use doorbuster_domain::{Command, Effect, HoldId, OrderId, ProductId, Refusal, Timestamp};
use doorbuster_engine::Trace;

use super::App;
use super::body::require_json;
use super::head::{Head, Headers};
use super::input::Fields;
use super::input::value::{canonical_product_id, canonical_uuid};
use super::problem::Problem;
use super::request_id::RequestId;
use super::router::Route;
use super::wakeups::bundled;

/// One request as its handler gets it: the body is here, the caller may make it.
pub(super) struct Call<'a> {
    pub(super) app: &'a App,
    pub(super) route: &'static Route,
    pub(super) head: Head<'a>,
    pub(super) body: &'a [u8],
    /// What stands in the path where its pattern has a name.
    pub(super) in_path: Option<&'a str>,
    pub(super) request_id: RequestId<'a>,
}

impl<'a> Call<'a> {
    /// The engine's time.
    pub(super) fn now(&self) -> Timestamp {
        self.app.engine.now()
    }

    /// The request's headers.
    pub(super) const fn headers(&self) -> Headers<'a> {
        self.head.headers
    }

    /// The fields of the JSON object that the body is.
    ///
    /// # Errors
    /// When it is not JSON.
    pub(super) fn fields(&self, known: &'static [&'static str]) -> Result<Fields<'a>, Problem> {
        require_json(self.head.headers)?;
        Fields::strict(self.body, known)
    }

    /// Makes sure that the body says nothing: there is nothing to say.
    ///
    /// # Errors
    /// When it does.
    pub(super) fn no_fields(&self) -> Result<(), Problem> {
        if self.body.is_empty() {
            return Ok(());
        }
        self.fields(&[])?.finish(Some(()))
    }

    /// The query's parameters, those that the route knows.
    pub(super) fn query(&self) -> Fields<'a> {
        Fields::of_query(self.head.query.unwrap_or_default(), self.route.query)
    }

    /// The product that the path names.
    ///
    /// # Errors
    /// When no product can have such an id.
    pub(super) fn product_id(&self) -> Result<ProductId, Problem> {
        self.named().and_then(canonical_product_id).ok_or(Refusal::ProductNotFound.into())
    }

    /// The hold that the path names.
    ///
    /// # Errors
    /// When no hold can have such an id.
    pub(super) fn hold_id(&self) -> Result<HoldId, Problem> {
        let id = self.named().and_then(canonical_uuid).map(HoldId::new);
        id.ok_or(Refusal::HoldNotFound.into())
    }

    /// The order that the path names.
    ///
    /// # Errors
    /// When no order can have such an id.
    pub(super) fn order_id(&self) -> Result<OrderId, Problem> {
        let id = self.named().and_then(canonical_uuid).map(OrderId::new);
        id.ok_or(Refusal::OrderNotFound.into())
    }

    /// What stands in the path where its pattern has a name.
    pub(super) const fn named(&self) -> Option<&'a str> {
        self.in_path
    }

    /// Has a command decided and committed. It is in the engine's mailbox when this is first
    /// polled, so from there on a client that goes away does not cancel it.
    ///
    /// # Errors
    /// When it was refused, not decided, or nobody knows.
    pub(super) async fn submit(&self, command: Command) -> Result<Effect, Problem> {
        let trace = Trace::request(self.request_id.shared());
        Ok(bundled(self.app.engine.submit(command, trace)).await??)
    }
}

/// The effect is not one that the command can have.
pub(super) fn another_command() -> Problem {
    Problem::Internal("the engine answered another command".into())
}
