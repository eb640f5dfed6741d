//! What the control room asks beside the lists: the server itself, and one buyer's whole story.

use doorbuster_domain::{
    CustomerId, EventId, Hold, HoldId, HoldState, JournalEntry, Order, OrderId, PaymentEvent,
    Timestamp,
};
use doorbuster_engine::{HoldFilter, Page, PaymentFilter};
use doorbuster_stores::KeyScope;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::{self, Answer};
use super::call::Call;
use super::input::value::text;
use super::openapi::{examples, requests};
use super::problem::Problem;
use super::resources::{HoldJson, JournalEntryJson, OrderJson, PaymentJson, Time};
use super::respond::scope_of;

/// What there is to know of a server before its first request.
#[derive(Clone, Debug)]
pub struct ServerInfo {
    /// Which database its rows are in: `sqlite` or `postgres`.
    pub store: &'static str,
    /// What it calls itself among others.
    pub node: String,
    /// When it started.
    pub started_at: Timestamp,
}

/// How a server is.
#[derive(Serialize, ToSchema)]
pub(super) struct Status {
    #[schema(examples("0.1.0"))]
    version: &'static str,
    /// Which database its rows are in: `sqlite` or `postgres`.
    #[schema(examples("sqlite"))]
    store: &'static str,
    started_at: Time,
    /// Whether commands can be committed.
    ready: bool,
    /// What the key is good for that asked: `admin` (everything) or `read`.
    #[schema(examples("admin"))]
    scope: &'static str,
    /// What this server calls itself.
    #[schema(examples("doorbuster till/4711"))]
    node: String,
    /// All servers on the same rows, this one among them, as far as the database knows.
    nodes: Vec<NodeJson>,
}

/// A server of a cluster.
#[derive(Serialize, ToSchema)]
#[schema(as = Node)]
pub(super) struct NodeJson {
    #[schema(examples("doorbuster till/4711"))]
    name: String,
    since: Time,
}

/// Get the server's status
#[utoipa::path(
    get, path = "/api/admin/status", tag = "admin", operation_id = "getStatus",
    security(("admin_key" = [])),
    responses((
        status = 200, description = "How the server is", body = Status,
        example = json!(examples::status())
    ))
)]
pub(super) async fn status(call: Call<'_>) -> Answer {
    let ServerInfo { store, node, started_at } = call.app.info.clone();
    // While the database is away nobody knows of the others, and that is what `ready` says.
    let nodes = call.app.reader.nodes().await.unwrap_or_default();
    let mut nodes: Vec<_> = nodes
        .into_iter()
        .map(|node| NodeJson { name: node.name, since: Time(node.since) })
        .collect();
    if nodes.iter().all(|other| other.name != node) {
        nodes.insert(0, NodeJson { name: node.clone(), since: Time(started_at) });
    }
    answer::ok(&Status {
        version: env!("CARGO_PKG_VERSION"),
        store,
        started_at: Time(started_at),
        ready: call.app.is_ready(),
        scope: scope_of(call.app, call.headers()).map_or("read", KeyScope::as_str),
        node,
        nodes,
    })
}

/// What a story is looked for by.
pub(super) const STORY: &[&str] = &["id"];

/// How many stories there are in an answer: a customer may have more.
const STORIES: usize = 20;

/// Payment events of one order in its story: providers repeat themselves, but not their event ids.
const EVENTS: usize = 100;

/// Whatever happened to one hold.
#[derive(Serialize, ToSchema)]
pub(super) struct Story<'a> {
    hold: HoldJson<'a>,
    /// The order that became of it.
    #[schema(required)]
    order: Option<OrderJson<'a>>,
    /// Payment events about the order, oldest first.
    payments: Vec<PaymentJson<'a>>,
    /// What it did to the product's stock, oldest first.
    journal: Vec<JournalEntryJson<'a>>,
}

/// Stories, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Stories<'a> {
    stories: Vec<Story<'a>>,
    /// Payment events with this id whose order does not exist.
    early: Vec<PaymentJson<'a>>,
}

/// Tell a story
///
/// Everything that happened to a hold, found by its own id or that of its order, of its customer,
/// or of a payment event. At most 20, newest first.
#[utoipa::path(
    get, path = "/api/admin/story", tag = "admin", operation_id = "getStory",
    security(("admin_key" = [])), params(requests::StoryOf),
    responses((
        status = 200, description = "What was found, if anything", body = Stories<'_>,
        example = json!(examples::stories())
    ))
)]
pub(super) async fn story(call: Call<'_>) -> Answer {
    let mut query = call.query();
    // Whatever is an id of any kind is within what a customer's may be.
    let id = query.required("id", text(CustomerId::new));
    let id = query.finish(id)?;
    let Found { holds, early } = find(&call, id.as_str()).await?;
    let mut told = Vec::with_capacity(holds.len());
    for hold in holds {
        told.push(tell(&call, hold).await?);
    }
    let now = call.now();
    let stories = told.iter().map(|told| Story {
        hold: HoldJson::of(&told.hold, now),
        order: told.order.as_ref().map(|order| OrderJson::of(order, now)),
        payments: told.payments.iter().map(PaymentJson::of).collect(),
        journal: told.journal.iter().map(JournalEntryJson::of).collect(),
    });
    let early = early.iter().map(PaymentJson::of).collect();
    answer::ok(&Stories { stories: stories.collect(), early })
}

/// What an id leads to.
struct Found {
    /// Newest first.
    holds: Vec<Hold>,
    early: Vec<PaymentEvent>,
}

async fn find(call: &Call<'_>, id: &str) -> Result<Found, Problem> {
    let reader = &call.app.reader;
    let mut found = Found { holds: Vec::new(), early: Vec::new() };
    if let Ok(id) = id.parse::<Uuid>() {
        let order = reader.order(OrderId::new(id)).await?;
        let hold = order.map_or(HoldId::new(id), |order| order.hold_id);
        found.holds.extend(reader.hold(hold).await?);
    }
    if let Ok(event_id) = EventId::new(id) {
        let filter = PaymentFilter { event_id: Some(event_id), ..PaymentFilter::default() };
        let page = Page { before: None, limit: STORIES };
        for (_, event) in reader.payments(filter, page).await? {
            match reader.order(event.order_id).await? {
                Some(order) => found.holds.extend(reader.hold(order.hold_id).await?),
                None => found.early.push(event),
            }
        }
    }
    if let Ok(customer_id) = CustomerId::new(id) {
        let filter = HoldFilter { customer_id: Some(customer_id), ..HoldFilter::default() };
        let page = Page { before: None, limit: STORIES };
        found.holds.extend(reader.holds(filter, page).await?);
    }
    found.holds.sort_by_key(|hold| std::cmp::Reverse(hold.id));
    found.holds.dedup_by_key(|hold| hold.id);
    found.holds.truncate(STORIES);
    Ok(found)
}

/// The rows of a story.
struct Told {
    hold: Hold,
    order: Option<Order>,
    payments: Vec<PaymentEvent>,
    journal: Vec<JournalEntry>,
}

async fn tell(call: &Call<'_>, hold: Hold) -> Result<Told, Problem> {
    let reader = &call.app.reader;
    let order = match hold.state {
        HoldState::Used { order_id } => reader.order(order_id).await?,
        HoldState::Active | HoldState::Released | HoldState::Expired => None,
    };
    let mut payments = Vec::new();
    if let Some(order) = &order {
        let filter = PaymentFilter { order_id: Some(order.id), ..PaymentFilter::default() };
        let page = Page { before: None, limit: EVENTS };
        payments = reader.payments(filter, page).await?.into_iter().map(|(_, e)| e).rev().collect();
    }
    let journal = reader.journal_of_hold(hold.product_id, hold.id).await?;
    Ok(Told { hold, order, payments, journal })
}
