//! What the page of `serve --demo` asks besides the API: a payment that ends as the buyer chooses,
//! a crowd, and open doors again. None of it is there in other servers, nor in the OpenAPI
//! document.

use std::time::Duration;

use doorbuster_domain::{ChangeProduct, Command, Order, Refusal, StockChange, Timestamp};
use doorbuster_engine::SubmitError;
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, HeaderValue};
use serde::Serialize;

use super::answer::{self, Answer};
use super::call::Call;
use super::input::value::{order_id, whole, word};
use super::problem::Problem;
use super::resources::{Id, Time};
use crate::demo::{
    Account, Busy, CrowdState, Delivery, Ending, MOST_BUYERS, NotSent, Payment, SHOP_UNITS, Shop,
    Tally, shop_product_id,
};

/// The query of `GET /demo/deliveries`.
pub(super) const ORDER: &[&str] = &["order_id"];

const PAY: &[&str] = &["order_id", "ending"];

const DOORS: &[&str] = &["in_seconds"];

const CROWD: &[&str] = &["buyers"];

/// How long before the doors open they can be seen to.
const MOST_SECONDS: u32 = 60;

impl Call<'_> {
    /// The shop of the demonstration, without which its routes are not there.
    fn demo(&self) -> Result<&Shop, Problem> {
        self.app.demo.as_ref().ok_or(Problem::NotFound)
    }
}

/// The shop as its page needs to know it.
#[derive(Serialize)]
struct ShopJson {
    product_id: u64,
    /// How many there are each time the doors open.
    units: u32,
    most_buyers: u32,
    /// The server's time, which deadlines are counted by.
    now: Time,
}

/// What is sold here, and what time it is.
pub(super) async fn shop(call: Call<'_>) -> Answer {
    let product_id = shop_product_id().ok_or(Problem::NotFound)?.get();
    let now = Time(call.now());
    answer::ok(&ShopJson { product_id, units: SHOP_UNITS, most_buyers: MOST_BUYERS, now })
}

#[derive(Serialize)]
struct DoorsJson {
    added_stock: u32,
    opens_at: Option<Time>,
}

/// Opens the doors again in so many seconds, with as many new units as were sold. Nothing changes
/// where none was: units on hold come back by themselves.
pub(super) async fn open_doors(call: Call<'_>) -> Answer {
    let mut fields = call.fields(DOORS)?;
    let seconds = fields.optional("in_seconds", |value| whole(value, 0, MOST_SECONDS));
    let seconds = fields.finish(Some(seconds))?.unwrap_or_default();

    let product_id = shop_product_id().ok_or(Problem::NotFound)?;
    let published = call.app.engine.product(product_id).ok_or(Refusal::ProductNotFound)?;
    let product = &published.product;
    let left = product.available().saturating_add(product.held);
    let added_stock = SHOP_UNITS.saturating_sub(left);
    if added_stock == 0 {
        return answer::ok(&DoorsJson { added_stock, opens_at: None });
    }
    let opens_at = call.now().as_millis().saturating_add(i64::from(seconds) * 1_000);
    let opens_at = (seconds > 0).then(|| Timestamp::from_millis(opens_at));
    let mut change = ChangeProduct::of(product_id);
    change.stock = Some(StockChange::Add(added_stock.into()));
    change.opens_at = Some(opens_at);
    call.submit(Command::ChangeProduct(change)).await?;
    answer::ok(&DoorsJson { added_stock, opens_at: opens_at.map(Time) })
}

/// What the provider has sent for an order, and what the server said.
#[derive(Serialize)]
struct AccountJson<'a> {
    order_id: Id,
    ending: &'static str,
    deliveries: Vec<DeliveryJson<'a>>,
    /// Whether nothing more comes.
    done: bool,
}

#[derive(Serialize)]
struct DeliveryJson<'a> {
    event_id: &'a str,
    status: &'static str,
    sent_at: Time,
    answered: Option<u16>,
    result: &'a str,
    order_status: Option<&'a str>,
}

impl<'a> AccountJson<'a> {
    fn of(account: &'a Account) -> Self {
        Self {
            order_id: Id(account.order_id.uuid()),
            ending: account.ending.name(),
            deliveries: account.deliveries.iter().map(DeliveryJson::of).collect(),
            done: account.done,
        }
    }
}

impl<'a> DeliveryJson<'a> {
    fn of(delivery: &'a Delivery) -> Self {
        Self {
            event_id: &delivery.event_id,
            status: delivery.status,
            sent_at: Time(delivery.sent_at),
            answered: delivery.answered,
            result: &delivery.result,
            order_status: delivery.order_status.as_deref(),
        }
    }
}

/// Has the provider of the demonstration pay an order, with the ending that the buyer chooses.
pub(super) async fn pay(call: Call<'_>) -> Answer {
    let mut fields = call.fields(PAY)?;
    let order_id = fields.required("order_id", order_id);
    let ending = fields.required("ending", |value| {
        word(value, &Ending::ALL.map(|ending| (ending.name(), ending)))
    });
    let (order_id, ending) = fields.finish(order_id.zip(ending))?;
    let shop = call.demo()?;

    let found = call.app.reader.order(order_id).await?;
    let order = found.ok_or(Refusal::OrderNotFound)?;
    let account = shop.pay(payment(&order, ending, call.now())).map_err(|Busy| busy())?;
    answer::accepted(&AccountJson::of(&account))
}

fn payment(order: &Order, ending: Ending, now: Timestamp) -> Payment {
    let time_left = order.pay_by.as_millis().saturating_sub(now.as_millis());
    Payment {
        order_id: order.id,
        ending,
        amount: order.total_price(),
        currency: order.currency,
        time_left: Duration::from_millis(u64::try_from(time_left).unwrap_or_default()),
    }
}

/// What the provider has sent for an order.
pub(super) async fn deliveries(call: Call<'_>) -> Answer {
    let mut query = call.query();
    let order_id = query.required("order_id", order_id);
    let order_id = query.finish(order_id)?;
    let account = call.demo()?.deliveries(order_id).ok_or(Refusal::OrderNotFound)?;
    answer::ok(&AccountJson::of(&account))
}

/// A crowd and how it fares; all zero where there was none.
#[derive(Serialize)]
struct CrowdJson {
    running: bool,
    began_at: Option<Time>,
    buyers: u32,
    asked: u32,
    got: u32,
    sold_out: u32,
    refused: u32,
    unanswered: u32,
    paid: u32,
    paid_twice: u32,
    declined: u32,
    abandoned: u32,
    audit_ok: Option<bool>,
}

impl From<Option<CrowdState>> for CrowdJson {
    fn from(state: Option<CrowdState>) -> Self {
        let tally = state.map(|state| state.tally).unwrap_or_default();
        let Tally { asked, got, sold_out, refused, unanswered, .. } = tally;
        let Tally { paid, paid_twice, declined, abandoned, .. } = tally;
        Self {
            running: state.is_some_and(|state| state.running),
            began_at: state.map(|state| Time(state.began_at)),
            buyers: state.map_or(0, |state| state.buyers),
            asked,
            got,
            sold_out,
            refused,
            unanswered,
            paid,
            paid_twice,
            declined,
            abandoned,
            audit_ok: state.and_then(|state| state.audit_ok),
        }
    }
}

/// How the crowd fares.
pub(super) async fn crowd(call: Call<'_>) -> Answer {
    answer::ok(&CrowdJson::from(call.demo()?.crowd()))
}

/// Sends a crowd of simulated buyers, one at a time.
pub(super) async fn send_crowd(call: Call<'_>) -> Answer {
    let mut fields = call.fields(CROWD)?;
    let buyers = fields.required("buyers", |value| whole(value, 1, MOST_BUYERS));
    let buyers = fields.finish(buyers)?;
    match call.demo()?.send_crowd(buyers, call.now()) {
        Ok(state) => answer::accepted(&CrowdJson::from(Some(state))),
        Err(NotSent::Busy) => Err(busy()),
        Err(NotSent::Running) => Ok(crowd_is_there()),
    }
}

fn busy() -> Problem {
    Problem::Undecided(SubmitError::Overloaded)
}

/// 409. The code is none of the API's, and so it is not among theirs.
fn crowd_is_there() -> answer::Response {
    let status = StatusCode::CONFLICT;
    let problem = serde_json::json!({
        "type": "about:blank",
        "title": "A crowd is there already",
        "status": status.as_u16(),
        "code": "crowd_running",
        "detail": "One crowd at a time: wait until it has gone.",
    });
    let mut response = answer::problem_json(status, &problem);
    response.add(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
