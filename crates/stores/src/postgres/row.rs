//! Rows out of the database. Whatever does not make a valid value is a damaged row, never a guess.

use doorbuster_domain::{
    Counters, Currency, CustomerId, EventId, EventKey, Hold, HoldId, HoldState, IdempotencyKey,
    Order, OrderId, OrderState, PaymentEvent, Price, Product, ProductCode, ProductId, ProductName,
    Quantity, RememberedRequest, RequestKey, Seconds, Terms, Timestamp, TotalStock,
};
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use uuid::Uuid;

use crate::journal;
use crate::names::Named;

pub(super) const PRODUCT: &str = "product_id, code, name, price, currency, opens_at_ms, \
     closes_at_ms, paused, max_per_customer, hold_seconds, payment_seconds, max_extensions, \
     total_stock, held_stock, sold_stock, version, journal_seq, created_at_ms, \
     next_deadline_ms, revision";
pub(super) const HOLD: &str = "hold_id, product_id, qty, unit_price, currency, customer_id, state, \
     order_id, extensions, created_at_ms, expires_at_ms, ended_at_ms";
/// A whole order, of `order_row o` joined with `hold_row h`.
pub(super) const ORDER: &str = "o.order_id, o.hold_id, o.product_id, h.qty, h.unit_price, \
     h.currency, h.customer_id, o.state, o.refund_awaits_payment, o.created_at_ms, o.pay_by_ms, \
     o.updated_at_ms";
pub(super) const EVENT: &str =
    "provider, event_id, order_id, kind, amount, currency, received_at_ms, result, payload";
pub(super) const REQUEST: &str =
    "operation, customer_id, idempotency_key, request, made, created_at_ms";

/// A row that is in the database and cannot be what it claims to be, or is not as asked for.
#[derive(Debug, thiserror::Error)]
#[error("a damaged row: its {column} is not valid (the row begins {begins})")]
pub(super) struct Damaged {
    column: String,
    begins: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Reads one row's columns from left to right.
pub(super) struct Columns<'r> {
    row: &'r Row,
    next: usize,
}

impl<'r> Columns<'r> {
    /// From the column with this number on.
    pub(super) const fn at(row: &'r Row, next: usize) -> Self {
        Self { row, next }
    }

    pub(super) const fn of(row: &'r Row) -> Self {
        Self { row, next: 0 }
    }

    fn damaged(
        &self,
        column: usize,
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Damaged {
        let name = |column: usize| self.row.columns().get(column).map_or("?", |c| c.name());
        let first = self
            .row
            .try_get::<_, Uuid>(0)
            .map(|id| id.to_string())
            .or_else(|_| self.row.try_get::<_, i64>(0).map(|number| number.to_string()))
            .or_else(|_| self.row.try_get::<_, String>(0));
        let begins = format!("{} = {}", name(0), first.unwrap_or_else(|_| "?".into()));
        Damaged { column: name(column).to_owned(), begins, source }
    }

    pub(super) fn raw<T: FromSql<'r>>(&mut self) -> Result<T, Damaged> {
        let column = self.next;
        self.next += 1;
        self.row.try_get(column).map_err(|error| self.damaged(column, Some(error.into())))
    }

    /// The next column as a `T`, checked by `check`.
    fn checked<S: FromSql<'r>, T>(
        &mut self,
        check: impl FnOnce(S) -> Option<T>,
    ) -> Result<T, Damaged> {
        let column = self.next;
        check(self.raw()?).ok_or_else(|| self.damaged(column, None))
    }

    /// The next column, which may be NULL, as a `T`, checked by `check`.
    fn optional<S: FromSql<'r>, T>(
        &mut self,
        check: impl FnOnce(S) -> Option<T>,
    ) -> Result<Option<T>, Damaged> {
        let column = self.next;
        let Some(value) = self.raw::<Option<S>>()? else { return Ok(None) };
        check(value).map(Some).ok_or_else(|| self.damaged(column, None))
    }

    /// The next column as a number that is not negative.
    pub(super) fn number<T: TryFrom<i64>>(&mut self) -> Result<T, Damaged> {
        self.checked(|number: i64| number.try_into().ok())
    }

    fn checked_number<S: TryFrom<i64>, T>(
        &mut self,
        check: impl FnOnce(S) -> Option<T>,
    ) -> Result<T, Damaged> {
        self.checked(|number: i64| check(number.try_into().ok()?))
    }

    pub(super) fn time(&mut self) -> Result<Timestamp, Damaged> {
        self.raw().map(Timestamp::from_millis)
    }

    pub(super) fn optional_time(&mut self) -> Result<Option<Timestamp>, Damaged> {
        Ok(self.raw::<Option<i64>>()?.map(Timestamp::from_millis))
    }

    fn named<T: Named>(&mut self) -> Result<T, Damaged> {
        self.checked(T::from_name)
    }

    fn currency(&mut self) -> Result<Currency, Damaged> {
        self.checked(Currency::new)
    }

    fn customer(&mut self) -> Result<Option<CustomerId>, Damaged> {
        self.optional(|text| CustomerId::new(text).ok())
    }
}

/// A product as it is in the database.
#[derive(Clone, Debug)]
pub(super) struct StoredProduct {
    pub(super) product: Product,
    pub(super) next_deadline: Option<Timestamp>,
    pub(super) revision: u64,
}

/// A product from the columns [`PRODUCT`].
pub(super) fn product(row: &Row) -> Result<StoredProduct, Damaged> {
    let c = &mut Columns::of(row);
    let id = c.checked_number(ProductId::new)?;
    let code = c.optional(|text| ProductCode::new(text).ok())?;
    let name = c.checked(|text| ProductName::new(text).ok())?;
    let terms = Terms {
        name,
        code,
        price: c.checked_number(Price::new)?,
        currency: c.currency()?,
        opens_at: c.optional_time()?,
        closes_at: c.optional_time()?,
        paused: c.raw()?,
        max_per_customer: c.optional(|n: i64| Quantity::new(n.try_into().ok()?))?,
        hold_seconds: c.checked_number(Seconds::new)?,
        payment_seconds: c.checked_number(Seconds::new)?,
        max_extensions: c.number()?,
    };
    let product = Product {
        id,
        terms,
        total: c.checked_number(TotalStock::new)?,
        held: c.number()?,
        sold: c.number()?,
        version: c.number()?,
        journal_seq: c.number()?,
        created_at: c.time()?,
    };
    Ok(StoredProduct { product, next_deadline: c.optional_time()?, revision: c.number()? })
}

/// A hold from the columns [`HOLD`].
pub(super) fn hold(c: &mut Columns<'_>) -> Result<Hold, Damaged> {
    Ok(Hold {
        id: HoldId::new(c.raw()?),
        product_id: c.checked_number(ProductId::new)?,
        qty: c.checked_number(Quantity::new)?,
        unit_price: c.checked_number(Price::new)?,
        currency: c.currency()?,
        customer_id: c.customer()?,
        state: hold_state(c)?,
        extensions: c.number()?,
        created_at: c.time()?,
        expires_at: c.time()?,
        ended_at: c.optional_time()?,
    })
}

fn hold_state(c: &mut Columns<'_>) -> Result<HoldState, Damaged> {
    let column = c.next;
    let state: &str = c.raw()?;
    let order_id = c.raw::<Option<Uuid>>()?;
    match (state, order_id) {
        ("active", None) => Ok(HoldState::Active),
        ("used", Some(id)) => Ok(HoldState::Used { order_id: OrderId::new(id) }),
        ("released", None) => Ok(HoldState::Released),
        ("expired", None) => Ok(HoldState::Expired),
        _ => Err(c.damaged(column, None)),
    }
}

/// What a hold's state is called.
pub(super) const fn hold_state_name(state: HoldState) -> &'static str {
    match state {
        HoldState::Active => "active",
        HoldState::Used { .. } => "used",
        HoldState::Released => "released",
        HoldState::Expired => "expired",
    }
}

/// An order from the columns [`ORDER`].
pub(super) fn order(c: &mut Columns<'_>) -> Result<Order, Damaged> {
    Ok(Order {
        id: OrderId::new(c.raw()?),
        hold_id: HoldId::new(c.raw()?),
        product_id: c.checked_number(ProductId::new)?,
        qty: c.checked_number(Quantity::new)?,
        unit_price: c.checked_number(Price::new)?,
        currency: c.currency()?,
        customer_id: c.customer()?,
        state: c.named::<OrderState>()?,
        refund_awaits_payment: c.raw()?,
        created_at: c.time()?,
        pay_by: c.time()?,
        updated_at: c.time()?,
    })
}

/// A payment event from the columns [`EVENT`].
pub(super) fn event(c: &mut Columns<'_>) -> Result<PaymentEvent, Damaged> {
    Ok(PaymentEvent {
        key: EventKey {
            provider: c.named()?,
            event_id: c.checked(|text| EventId::new(text).ok())?,
        },
        order_id: OrderId::new(c.raw()?),
        kind: c.named()?,
        amount: c.optional(|amount: i64| amount.try_into().ok())?,
        currency: c.optional(Currency::new)?,
        received_at: c.time()?,
        result: c.named()?,
        payload: c.raw::<&str>()?.into(),
    })
}

/// A remembered request from the columns [`REQUEST`].
pub(super) fn request(row: &Row) -> Result<RememberedRequest, Damaged> {
    let c = &mut Columns::of(row);
    let operation = c.named()?;
    let customer_id = c.checked(|text: &str| match text {
        "" => Some(None),
        text => CustomerId::new(text).ok().map(Some),
    })?;
    let key = c.checked(|text| IdempotencyKey::new(text).ok())?;
    Ok(RememberedRequest {
        key: RequestKey { operation, customer_id, key },
        request: c.raw::<&str>()?.into(),
        made: c.raw()?,
        created_at: c.time()?,
    })
}

/// A customer's units of a product, from the columns `product_id, customer_id, units`.
pub(super) fn customer(c: &mut Columns<'_>) -> Result<(ProductId, CustomerId, u32), Damaged> {
    let product_id = c.checked_number(ProductId::new)?;
    let customer_id = c.checked(|text| CustomerId::new(text).ok())?;
    Ok((product_id, customer_id, c.number()?))
}

/// A journal row from the columns [`journal::ROW`].
pub(super) fn journal(row: &Row) -> Result<journal::Row, Damaged> {
    let c = &mut Columns::of(row);
    Ok(journal::Row {
        product_id: c.checked_number(ProductId::new)?,
        first_seq: c.number()?,
        last_seq: c.number()?,
        after: Counters { total: c.number()?, held: c.number()?, sold: c.number()? },
        entries: c.raw()?,
    })
}
