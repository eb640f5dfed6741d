//! The old tables' rows, by whatever names their columns have.

use std::collections::HashSet;

use doorbuster_domain::{
    Currency, CustomerId, EventId, Price, ProductCode, ProductId, ProductName, Quantity, Terms,
    Timestamp,
};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::table::{Column, Line, Problem, Problems, Table};
use super::value::{self, Amounts, EventWord, HoldWord, OrderWord};

/// What a product's stock counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Stock {
    /// All units: it never falls.
    Total,
    /// Those that nobody has paid for: it falls with a payment.
    Unsold,
    /// Those that a hold can take: it falls with a hold.
    Available,
}

/// How values are to be read where they do not say it themselves.
pub(super) struct Reading {
    pub(super) now: Timestamp,
    pub(super) zone: TimeZone,
    pub(super) currency: Currency,
    pub(super) amounts: Option<Amounts>,
    pub(super) stock: Option<Stock>,
}

/// How far the other clock may be ahead of this one, in milliseconds. What is later still was
/// written in another time zone than it is read in.
const CLOCKS_MS: i64 = 60_000;

impl Reading {
    /// A time that may be still to come.
    fn time(&self, line: &Line<'_>, column: Option<Column>) -> Result<Option<Timestamp>, Problem> {
        Ok(line.read(column, |text| value::time(text, &self.zone))?.flatten())
    }

    /// The time of something that has happened.
    fn past(&self, line: &Line<'_>, column: Option<Column>) -> Result<Option<Timestamp>, Problem> {
        let Some(at) = self.time(line, column)? else { return Ok(None) };
        if at.as_millis() > self.now.as_millis() + CLOCKS_MS {
            let why = "is still to come: the times are of another zone than --time-zone says";
            return Err(line.problem(column, why.into()));
        }
        Ok(Some(at.min(self.now)))
    }
}

/// A product as it was.
pub(super) struct ProductRow {
    pub(super) line: u64,
    pub(super) id: ProductId,
    /// As they are to be from now on.
    pub(super) terms: Terms,
    /// Negative where more was sold than there was.
    pub(super) stock: i64,
    pub(super) counts: Stock,
    pub(super) created_at: Option<Timestamp>,
}

/// A hold as it was.
pub(super) struct HoldRow {
    pub(super) line: u64,
    pub(super) id: Box<str>,
    pub(super) token: Option<Box<str>>,
    pub(super) product_id: ProductId,
    /// `None` where it is none, of a hold that is over.
    pub(super) qty: Option<Quantity>,
    pub(super) word: HoldWord,
    /// Whether its table notes it when a hold ends: one that is active there and overdue still has
    /// its units then.
    pub(super) end_is_noted: bool,
    pub(super) customer_id: Option<CustomerId>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) expires_at: Option<Timestamp>,
}

/// An order as it was.
pub(super) struct OrderRow {
    pub(super) line: u64,
    pub(super) id: Box<str>,
    /// What else it is called: its number, or an id for others to see.
    pub(super) other_names: Box<[Box<str>]>,
    pub(super) hold: Option<Box<str>>,
    pub(super) product_id: Option<ProductId>,
    pub(super) qty: Option<Quantity>,
    pub(super) word: OrderWord,
    pub(super) unit_price: Option<Price>,
    /// What all its units cost, in minor units.
    pub(super) total: Option<u64>,
    pub(super) customer_id: Option<CustomerId>,
    pub(super) event: Option<EventId>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) ended_at: Option<Timestamp>,
}

/// A payment webhook as it was remembered.
pub(super) struct EventRow {
    pub(super) id: EventId,
    pub(super) order: Option<Box<str>>,
    pub(super) word: EventWord,
    pub(super) received_at: Option<Timestamp>,
    pub(super) payload: Box<str>,
}

const CREATED: &[&str] = &["created_at", "created"];
const QTY: &[&str] = &["qty", "quantity", "units"];
const CUSTOMER: &[&str] = &["customer_id", "user_id", "buyer_id", "customer", "email"];
const STATUS: &[&str] = &["status", "state"];

/// The column of a stock, and what it counts if its name says that.
const STOCKS: &[(&str, Option<Stock>)] = &[
    ("total_stock", Some(Stock::Total)),
    ("initial_stock", Some(Stock::Total)),
    ("stock_total", Some(Stock::Total)),
    ("available_stock", Some(Stock::Available)),
    ("stock_available", Some(Stock::Available)),
    ("stock", None),
    ("stock_quantity", None),
    ("quantity", None),
    ("qty", None),
];

/// What orders are called by: the first is theirs, the others are for people and other systems.
const ORDER_IDS: &[&str] = &["id", "order_id", "uuid", "order_number"];

/// A name that says that an amount is in minor units.
fn in_minor_units(name: &str) -> bool {
    name.ends_with("_cents") || name.ends_with("_minor") || name == "cents"
}

fn text<T, E: ToString>(
    make: impl FnOnce(&str) -> Result<T, E>,
) -> impl FnOnce(&str) -> Result<T, String> {
    |text| make(text).map_err(|error| error.to_string())
}

fn owned(text: &str) -> Result<Box<str>, String> {
    Ok(text.into())
}

pub(super) fn products(
    table: &mut Table,
    reading: &Reading,
    problems: &mut Problems,
) -> Result<Vec<ProductRow>, Problem> {
    let id = table.required(&["id", "product_id"])?;
    let name = table.required(&["name", "title"])?;
    let price = table.required(&["price", "price_cents", "unit_price", "price_minor"])?;
    let names: Vec<&str> = STOCKS.iter().map(|(name, _)| *name).collect();
    let stock = table.required(&names)?;
    let says = STOCKS.iter().find(|(name, _)| *name == table.name(stock)).and_then(|(_, s)| *s);
    let counts = reading.stock.or(says).ok_or_else(|| Problem {
        file: table.file.clone(),
        line: Some(1),
        column: Some(table.name(stock).to_owned()),
        why: "say by --stock what it counts: total (all units), unsold (it falls with a payment) \
              or available (it falls with a hold)"
            .into(),
    })?;
    let minor = in_minor_units(table.name(price)).then_some(Amounts::Minor);
    let currency = table.column(&["currency", "currency_code"]);
    let code = table.column(&["code", "sku"]);
    let opens_at = table.column(&["opens_at", "starts_at", "sale_starts_at", "start_time"]);
    let closes_at = table.column(&["closes_at", "ends_at", "sale_ends_at", "end_time"]);
    let limit = table.column(&["max_per_customer", "max_per_user", "limit_per_customer"]);
    let active = table.column(&["is_active", "active"]);
    let created_at = table.column(CREATED);
    let mut rows = Vec::new();
    let (mut ids, mut codes) = (HashSet::new(), HashSet::new());
    table.each(problems, |line| {
        let currency = line.read(currency, value::currency)?.unwrap_or(reading.currency);
        let digits = value::digits(currency);
        let price = line.must(price, |text| {
            let units = value::amount(text, digits, minor.or(reading.amounts))?;
            Price::new(units).ok_or_else(|| "must be at most 10^12 minor units".to_owned())
        })?;
        let name = line.must(name, text(ProductName::new))?;
        let terms = Terms {
            code: line.read(code, text(ProductCode::new))?,
            currency,
            opens_at: reading.time(line, opens_at)?,
            closes_at: reading.time(line, closes_at)?,
            paused: line.read(active, value::flag)?.is_some_and(|active| !active),
            max_per_customer: line.read(limit, value::quantity)?,
            ..Terms::new(name, price)
        };
        if !terms.window_is_sound() {
            return Err(line.problem(closes_at, "is not after the sale opens".into()));
        }
        let row = ProductRow {
            line: line.number,
            id: line.must(id, value::product_id)?,
            stock: line.must(stock, value::stock)?,
            counts,
            created_at: reading.past(line, created_at)?,
            terms,
        };
        if !ids.insert(row.id) {
            return Err(line.problem(Some(id), "is there twice".into()));
        }
        if row.terms.code.as_ref().is_some_and(|code| !codes.insert(code.clone())) {
            return Err(line.problem(code, "is the code of another product as well".into()));
        }
        rows.push(row);
        Ok(())
    });
    Ok(rows)
}

pub(super) fn holds(
    table: &mut Table,
    reading: &Reading,
    problems: &mut Problems,
) -> Result<Vec<HoldRow>, Problem> {
    let token = table.column(&["token", "hold_token", "uuid"]);
    let id = match token {
        // A table may have nothing but tokens.
        Some(token) => table.column(&["id", "hold_id"]).unwrap_or(token),
        None => table.required(&["id", "hold_id"])?,
    };
    let product_id = table.required(&["product_id"])?;
    let qty = table.required(QTY)?;
    let expires_at = table.required(&["expires_at", "hold_expires_at", "expires"])?;
    let status = table.column(STATUS);
    let used = [
        &["used", "is_used"][..],
        &["consumed", "is_consumed"],
        &["used_at"],
        &["consumed_at"],
        &["is_paid"],
    ];
    let used = used.map(|names| table.column(names));
    let ended =
        [&["released", "is_released"][..], &["released_at"], &["cancelled_at"], &["expired"]];
    let ended = ended.map(|names| table.column(names));
    let end_is_noted = status.is_some() || ended.iter().any(Option::is_some);
    let customer = table.column(CUSTOMER);
    let created_at = table.column(CREATED);
    let mut rows = Vec::new();
    table.each(problems, |line| {
        let any = |columns: &[Option<Column>]| {
            // A flag, or the time at which it was raised.
            columns.iter().any(|column| {
                line.text(*column).is_some_and(|text| !matches!(value::flag(&text), Ok(false)))
            })
        };
        let word = match line.read(status, value::hold_word)? {
            _ if any(&used) => HoldWord::Used,
            _ if any(&ended) => HoldWord::Ended,
            word => word.unwrap_or(HoldWord::Active),
        };
        let read = line.must(qty, value::quantity);
        let qty = if word == HoldWord::Ended { read.ok() } else { Some(read?) };
        rows.push(HoldRow {
            line: line.number,
            id: line.must(id, owned)?,
            token: line.read(token, owned)?,
            product_id: line.must(product_id, value::product_id)?,
            qty,
            word,
            end_is_noted,
            customer_id: line.read(customer, text(CustomerId::new))?,
            created_at: reading.past(line, created_at)?,
            expires_at: reading.time(line, Some(expires_at))?,
        });
        Ok(())
    });
    Ok(rows)
}

pub(super) fn orders(
    table: &mut Table,
    reading: &Reading,
    currency: impl Fn(Option<ProductId>, Option<&str>) -> Currency,
    problems: &mut Problems,
) -> Result<Vec<OrderRow>, Problem> {
    let id = table.required(ORDER_IDS)?;
    let names = table.columns(ORDER_IDS);
    let status = table.required(STATUS)?;
    let holds = table.columns(&["hold_id", "hold_token"]);
    let product_id = table.column(&["product_id"]);
    let qty = table.column(QTY);
    let unit = table.column(&["unit_price", "unit_price_cents", "price_per_unit"]);
    let total = table.column(&[
        "amount",
        "total_price",
        "total_amount",
        "total",
        "amount_cents",
        "total_cents",
        "total_price_cents",
        "amount_minor",
    ]);
    let customer = table.column(CUSTOMER);
    let event = table.column(&[
        "payment_idempotency_key",
        "idempotency_key",
        "webhook_idempotency_key",
        "event_id",
        "last_event_id",
        "payment_reference",
        "payment_id",
        "transaction_id",
    ]);
    let created_at = table.column(CREATED);
    let paid_at = table.column(&["paid_at", "completed_at"]);
    let cancelled_at = table.column(&["cancelled_at", "canceled_at"]);
    let updated_at = table.column(&["updated_at", "updated"]);
    let minor = |column: Option<Column>| column.is_some_and(|c| in_minor_units(table.name(c)));
    let minor = [unit, total].map(|column| minor(column).then_some(Amounts::Minor));
    let mut rows = Vec::new();
    table.each(problems, |line| {
        let product = line.read(product_id, value::product_id)?;
        let hold = line.first(&holds);
        let others = names.iter().filter(|name| **name != id);
        let digits = value::digits(currency(product, line.text(hold).as_deref()));
        let money = |column, minor: Option<Amounts>| {
            line.read(column, |text| value::amount(text, digits, minor.or(reading.amounts)))
        };
        let unit_price = money(unit, minor[0])?.map(|units| {
            let why = || line.problem(unit, "must be at most 10^12 minor units".into());
            Price::new(units).ok_or_else(why)
        });
        let ended_at = [paid_at, cancelled_at, updated_at]
            .into_iter()
            .find_map(|column| reading.past(line, column).transpose());
        rows.push(OrderRow {
            line: line.number,
            id: line.must(id, owned)?,
            other_names: others.filter_map(|name| line.text(Some(*name))).map(Into::into).collect(),
            hold: line.read(hold, owned)?,
            product_id: product,
            qty: line.read(qty, value::quantity)?,
            word: line.must(status, value::order_word)?,
            unit_price: unit_price.transpose()?,
            total: money(total, minor[1])?,
            customer_id: line.read(customer, text(CustomerId::new))?,
            event: line.read(event, text(EventId::new))?,
            created_at: reading.past(line, created_at)?,
            ended_at: ended_at.transpose()?,
        });
        Ok(())
    });
    Ok(rows)
}

pub(super) fn events(
    table: &mut Table,
    reading: &Reading,
    problems: &mut Problems,
) -> Result<Vec<EventRow>, Problem> {
    let id = table.required(&[
        "idempotency_key",
        "event_id",
        "webhook_id",
        "gateway_event_id",
        "external_id",
        "key",
    ])?;
    let orders = table.columns(&["order_id", "order", "order_uuid", "order_number"]);
    let said = [&["result"][..], &["payment_status"], STATUS].map(|names| table.column(names));
    let payload = table.column(&["payload", "body", "raw_body", "request", "request_body", "data"]);
    let received_at = table.column(&["received_at", "created_at", "processed_at", "updated_at"]);
    table.column(&["id"]); // its own number, which nobody asks for
    let mut rows = Vec::new();
    table.each(problems, |line| {
        let id = line.must(id, text(EventId::new))?;
        let body = line.text(payload);
        let json = body.as_deref().and_then(|body| serde_json::from_str::<Value>(body).ok());
        let in_body = |name: &str| {
            let value = json.as_ref()?.get(name)?;
            value.as_str().map(str::to_owned).or_else(|| value.as_u64().map(|n| n.to_string()))
        };
        let mut word = EventWord::Came;
        for column in said {
            if word == EventWord::Came {
                word = line.read(column, value::event_word)?.unwrap_or(word);
            }
        }
        if word == EventWord::Came {
            let said = in_body("status").and_then(|status| value::event_word(&status).ok());
            word = said.unwrap_or(word);
        }
        let order = match line.read(line.first(&orders), owned)? {
            Some(order) => Some(order),
            None => in_body("order_id").map(Into::into),
        };
        rows.push(EventRow {
            payload: match &body {
                Some(body) => (&**body).into(),
                None => made_payload(&id, order.as_deref(), word),
            },
            received_at: reading.past(line, received_at)?,
            id,
            order,
            word,
        });
        Ok(())
    });
    Ok(rows)
}

/// The body of an event of which none is left.
pub(super) fn made_payload(id: &EventId, order: Option<&str>, word: EventWord) -> Box<str> {
    let status = match word {
        EventWord::Paid => Some("paid"),
        EventWord::Failed => Some("failed"),
        EventWord::Refunded => Some("refunded"),
        EventWord::Came => None,
    };
    let body = serde_json::json!({
        "imported": true, "event_id": id.as_str(), "order_id": order, "status": status,
    });
    body.to_string().into()
}
