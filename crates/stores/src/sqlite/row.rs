//! Rows out of the file. Whatever does not make a valid value is a damaged row, never a guess.

use std::sync::Arc;

use doorbuster_domain::{
    Currency, CustomerId, EventId, EventKey, EventResult, Hold, HoldId, HoldState, Operation,
    Order, OrderId, OrderState, PaymentEvent, PaymentKind, Price, Product, ProductCode, ProductId,
    ProductName, Provider, Quantity, RememberedRequest, RequestKey, Seconds, Terms, Timestamp,
    TotalStock,
};
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlResult, Type, ValueRef};
use uuid::Uuid;

use crate::names::Named;

pub(super) const PRODUCT: &str = "product_id, code, name, price, currency, opens_at_ms, \
     closes_at_ms, paused, max_per_customer, hold_seconds, payment_seconds, max_extensions, \
     total_stock, held_stock, sold_stock, version, journal_seq, created_at_ms";
/// What `hold_row` has of a hold.
pub(super) const NEW_HOLD: &str = "hold_id, product_id, qty, unit_price, currency, customer_id, \
     extensions, created_at_ms, expires_at_ms, ended, ended_at_ms";
/// A whole hold, from [`HOLDS`].
pub(super) const HOLD: &str = "hold_row.hold_id, product_id, qty, unit_price, currency, \
     customer_id, extensions, hold_row.created_at_ms, expires_at_ms, ended, ended_at_ms, \
     order_id, order_row.created_at_ms";
/// Holds with the orders that they became.
pub(super) const HOLDS: &str =
    "hold_row LEFT JOIN order_row ON order_row.hold_id = hold_row.hold_id";
/// What `order_row` has of an order, and `hold_expires_at_ms`.
pub(super) const NEW_ORDER: &str = "order_id, hold_id, state, refund_awaits_payment, \
     created_at_ms, pay_by_ms, updated_at_ms, hold_expires_at_ms";
/// A whole order, from [`ORDERS`].
pub(super) const ORDER: &str = "order_row.order_id, order_row.hold_id, state, \
     refund_awaits_payment, order_row.created_at_ms, pay_by_ms, updated_at_ms, \
     hold_row.product_id, hold_row.qty, hold_row.unit_price, hold_row.currency, \
     hold_row.customer_id";
/// Orders with the holds that they were.
pub(super) const ORDERS: &str = "order_row JOIN hold_row ON hold_row.hold_id = order_row.hold_id";
pub(super) const EVENT: &str =
    "provider, event_id, order_id, kind, amount, currency, received_at_ms, result, payload";
pub(super) const REQUEST: &str =
    "operation, customer_id, idempotency_key, request, made, created_at_ms";

/// Reads one row's columns from left to right.
pub(super) struct Columns<'r, 's> {
    row: &'r Row<'s>,
    next: usize,
}

#[derive(Debug, thiserror::Error)]
#[error("the value is not valid here")]
struct Invalid;

impl<'r, 's> Columns<'r, 's> {
    pub(super) fn of(row: &'r Row<'s>) -> Self {
        Self { row, next: 0 }
    }

    pub(super) fn raw<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        let value = self.row.get(self.next);
        self.next += 1;
        value
    }

    /// The next column as a `T`, checked by `check`.
    pub(super) fn checked<S: FromSql, T>(
        &mut self,
        check: impl FnOnce(S) -> Option<T>,
    ) -> rusqlite::Result<T> {
        let column = self.next;
        check(self.raw()?).ok_or_else(|| invalid(column))
    }

    /// The next column, which may be NULL, as a `T`, checked by `check`.
    fn optional<S: FromSql, T>(
        &mut self,
        check: impl FnOnce(S) -> Option<T>,
    ) -> rusqlite::Result<Option<T>> {
        let column = self.next;
        let Some(value) = self.raw::<Option<S>>()? else { return Ok(None) };
        check(value).map(Some).ok_or_else(|| invalid(column))
    }

    pub(super) fn named<T: Named>(&mut self) -> rusqlite::Result<T> {
        self.checked(|name: Name| T::from_name(&name.0))
    }

    /// The number of the next column.
    pub(super) const fn next(&self) -> usize {
        self.next
    }

    /// The next column as a plain number.
    pub(super) fn number(&mut self) -> rusqlite::Result<u64> {
        self.raw()
    }

    pub(super) fn time(&mut self) -> rusqlite::Result<Timestamp> {
        self.raw().map(Timestamp::from_millis)
    }

    fn uuid(&mut self) -> rusqlite::Result<Uuid> {
        self.raw().map(Uuid::from_bytes)
    }

    fn customer(&mut self) -> rusqlite::Result<Option<CustomerId>> {
        self.optional(|text: Name| CustomerId::new(&text.0).ok())
    }

    fn currency(&mut self) -> rusqlite::Result<Currency> {
        self.checked(|code: Name| Currency::new(&code.0))
    }
}

/// A text column, read once and not kept.
struct Name(String);

impl FromSql for Name {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str().map(|text| Self(text.to_owned()))
    }
}

pub(super) fn invalid(column: usize) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Null, Box::new(Invalid))
}

/// A row that is in the file and cannot be what it claims to be.
#[derive(Debug, thiserror::Error)]
#[error("a damaged row: its {column} is not valid (the row begins {})", .begins.join(", "))]
struct Damaged {
    column: String,
    begins: Vec<String>,
}

/// The same error, with the column's name and enough of the row to find it by.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the errors are rusqlite's, and only three tell"
)]
pub(super) fn damaged(row: &Row<'_>, error: rusqlite::Error) -> rusqlite::Error {
    let index = match &error {
        rusqlite::Error::FromSqlConversionFailure(index, ..)
        | rusqlite::Error::IntegralValueOutOfRange(index, _)
        | rusqlite::Error::InvalidColumnType(index, ..) => *index,
        _ => return error,
    };
    let name = |index| row.as_ref().column_name(index).unwrap_or("?").to_owned();
    let value = |index| match row.get_ref(index) {
        Ok(ValueRef::Integer(number)) => number.to_string(),
        Ok(ValueRef::Blob(id)) => id.iter().map(|byte| format!("{byte:02x}")).collect(),
        Ok(ValueRef::Text(text)) => String::from_utf8_lossy(text).into_owned(),
        Ok(ValueRef::Null | ValueRef::Real(_)) | Err(_) => "?".to_owned(),
    };
    let begins = (0..2).map(|index| format!("{} = {}", name(index), value(index))).collect();
    let damaged = Damaged { column: name(index), begins };
    rusqlite::Error::FromSqlConversionFailure(index, Type::Null, Box::new(damaged))
}

/// A product from the columns [`PRODUCT`].
pub(super) fn product(c: &mut Columns<'_, '_>) -> rusqlite::Result<Product> {
    let id = c.checked(ProductId::new)?;
    let code = c.optional(|text: Name| ProductCode::new(&text.0).ok())?;
    let name = c.checked(|text: Name| ProductName::new(&text.0).ok())?;
    let price = c.checked(Price::new)?;
    let currency = c.currency()?;
    let terms = Terms {
        name,
        code,
        price,
        currency,
        opens_at: c.optional(|ms| Some(Timestamp::from_millis(ms)))?,
        closes_at: c.optional(|ms| Some(Timestamp::from_millis(ms)))?,
        paused: c.raw()?,
        max_per_customer: c.optional(Quantity::new)?,
        hold_seconds: c.checked(Seconds::new)?,
        payment_seconds: c.checked(Seconds::new)?,
        max_extensions: c.raw()?,
    };
    Ok(Product {
        id,
        terms,
        total: c.checked(TotalStock::new)?,
        held: c.raw()?,
        sold: c.raw()?,
        version: c.raw()?,
        journal_seq: c.raw()?,
        created_at: c.time()?,
    })
}

/// A hold from the columns [`HOLD`].
pub(super) fn hold(c: &mut Columns<'_, '_>) -> rusqlite::Result<Hold> {
    let hold = unused_hold(c)?;
    let order_id = c.raw::<Option<[u8; 16]>>()?;
    let used_at = c.optional(|ms| Some(Timestamp::from_millis(ms)))?;
    Ok(match order_id.zip(used_at) {
        Some((order_id, used_at)) => used(hold, OrderId::new(Uuid::from_bytes(order_id)), used_at),
        None => hold,
    })
}

/// The hold as its order left it. One that ended otherwise is no order's, whatever an order says.
pub(super) fn used(mut hold: Hold, order_id: OrderId, used_at: Timestamp) -> Hold {
    if hold.state == HoldState::Active {
        hold.state = HoldState::Used { order_id };
        hold.ended_at = Some(used_at);
    }
    hold
}

/// A hold from the columns [`NEW_HOLD`], as if there were no order.
pub(super) fn unused_hold(c: &mut Columns<'_, '_>) -> rusqlite::Result<Hold> {
    Ok(Hold {
        id: HoldId::new(c.uuid()?),
        product_id: c.checked(ProductId::new)?,
        qty: c.checked(Quantity::new)?,
        unit_price: c.checked(Price::new)?,
        currency: c.currency()?,
        customer_id: c.customer()?,
        extensions: c.raw()?,
        created_at: c.time()?,
        expires_at: c.time()?,
        state: c
            .optional(|ended: Name| match ended.0.as_str() {
                "released" => Some(HoldState::Released),
                "expired" => Some(HoldState::Expired),
                _ => None,
            })?
            .unwrap_or(HoldState::Active),
        ended_at: c.optional(|ms| Some(Timestamp::from_millis(ms)))?,
    })
}

/// What an order's own row says; the rest is in its hold.
pub(super) struct OrderPart {
    pub(super) id: OrderId,
    pub(super) hold_id: HoldId,
    state: OrderState,
    refund_awaits_payment: bool,
    created_at: Timestamp,
    pay_by: Timestamp,
    updated_at: Timestamp,
}

impl OrderPart {
    /// From the columns [`NEW_ORDER`].
    pub(super) fn of(c: &mut Columns<'_, '_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: OrderId::new(c.uuid()?),
            hold_id: HoldId::new(c.uuid()?),
            state: c.named()?,
            refund_awaits_payment: c.raw()?,
            created_at: c.time()?,
            pay_by: c.time()?,
            updated_at: c.time()?,
        })
    }

    /// The order of this hold, and the hold as the order left it.
    pub(super) fn with(self, hold: Hold) -> (Hold, Order) {
        let hold = used(hold, self.id, self.created_at);
        let Hold { product_id, qty, unit_price, currency, customer_id, .. } = hold.clone();
        (hold, self.order(product_id, qty, unit_price, currency, customer_id))
    }

    fn order(
        self,
        product_id: ProductId,
        qty: Quantity,
        unit_price: Price,
        currency: Currency,
        customer_id: Option<CustomerId>,
    ) -> Order {
        let Self { id, hold_id, state, refund_awaits_payment, created_at, pay_by, updated_at } =
            self;
        Order {
            id,
            hold_id,
            product_id,
            qty,
            unit_price,
            currency,
            customer_id,
            state,
            refund_awaits_payment,
            created_at,
            pay_by,
            updated_at,
        }
    }
}

/// An order from the columns [`ORDER`].
pub(super) fn order(c: &mut Columns<'_, '_>) -> rusqlite::Result<Order> {
    let part = OrderPart::of(c)?;
    let (product_id, qty) = (c.checked(ProductId::new)?, c.checked(Quantity::new)?);
    let (unit_price, currency) = (c.checked(Price::new)?, c.currency()?);
    Ok(part.order(product_id, qty, unit_price, currency, c.customer()?))
}

/// A payment event from the columns [`EVENT`].
pub(super) fn event(c: &mut Columns<'_, '_>) -> rusqlite::Result<PaymentEvent> {
    let provider = c.named::<Provider>()?;
    let event_id = c.checked(|text: Name| EventId::new(&text.0).ok())?;
    Ok(PaymentEvent {
        key: EventKey { provider, event_id },
        order_id: OrderId::new(c.uuid()?),
        kind: c.named::<PaymentKind>()?,
        amount: c.raw()?,
        currency: c.optional(|code: Name| Currency::new(&code.0))?,
        received_at: c.time()?,
        result: c.named::<EventResult>()?,
        payload: c.raw::<Arc<str>>()?,
    })
}

/// A remembered request from the columns [`REQUEST`].
pub(super) fn request(c: &mut Columns<'_, '_>) -> rusqlite::Result<RememberedRequest> {
    let operation = c.named::<Operation>()?;
    let customer_id = match c.raw::<Name>()?.0.as_str() {
        "" => None,
        text => Some(CustomerId::new(text).map_err(|_| invalid(1))?),
    };
    let key = c.checked(|text: Name| doorbuster_domain::IdempotencyKey::new(&text.0).ok())?;
    Ok(RememberedRequest {
        key: RequestKey { operation, customer_id, key },
        request: c.raw::<Arc<str>>()?,
        made: c.uuid()?,
        created_at: c.time()?,
    })
}

/// A customer's units of a product, from the columns `product_id, customer_id, units`.
pub(super) fn customer(c: &mut Columns<'_, '_>) -> rusqlite::Result<(ProductId, CustomerId, u32)> {
    let product_id = c.checked(ProductId::new)?;
    let customer_id = c.checked(|text: Name| CustomerId::new(&text.0).ok())?;
    Ok((product_id, customer_id, c.raw()?))
}
