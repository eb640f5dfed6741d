//! Random products: few, small, short-lived.

use doorbuster_domain::*;
use proptest::option;
use proptest::prelude::*;

pub(super) fn any_creation() -> impl Strategy<Value = CreateProduct> {
    let id = prop_oneof![
        30 => Just(None),
        10 => (1u64..5).prop_map(ProductId::new),
        1 => Just(Some(ProductId::MAX)),
    ];
    (id, any_terms(), any_total()).prop_map(|(id, terms, total)| CreateProduct { id, terms, total })
}

/// A product that something can be bought of.
pub(super) fn a_creation() -> impl Strategy<Value = CreateProduct> {
    (any_terms(), any_total()).prop_map(|(mut terms, total)| {
        terms.opens_at = terms.opens_at.filter(|_| terms.window_is_sound());
        terms.max_extensions = terms.max_extensions.min(2);
        CreateProduct { id: None, terms, total }
    })
}

pub(super) fn any_change() -> impl Strategy<Value = ChangeProduct> {
    let product = prop_oneof![5 => Just(1u64), 3 => Just(2), 1 => 3u64..5];
    let worth = (option::weighted(0.2, any_price()), option::weighted(0.1, any_currency()));
    let window = (option::weighted(0.2, any_opening()), option::weighted(0.2, any_closing()));
    let times = (option::weighted(0.15, any_wait()), option::weighted(0.15, any_wait()));
    let rest = (
        option::weighted(0.2, any_code()),
        option::weighted(0.2, prop::bool::weighted(0.2)),
        option::weighted(0.3, any_customer_limit()),
        option::weighted(0.1, any_extensions()),
        option::weighted(0.5, any_stock_change()),
    );
    (product, worth, window, times, rest).prop_map(
        |(product, worth, window, times, (code, paused, limit, extensions, stock))| ChangeProduct {
            code,
            price: worth.0,
            currency: worth.1,
            opens_at: window.0,
            closes_at: window.1,
            paused,
            max_per_customer: limit,
            hold_seconds: times.0,
            payment_seconds: times.1,
            max_extensions: extensions,
            stock,
            ..ChangeProduct::of(ProductId::new(product).unwrap())
        },
    )
}

fn any_terms() -> impl Strategy<Value = Terms> {
    let worth = (any_price(), any_currency());
    let window = (any_opening(), any_closing());
    let times = (any_wait(), any_wait());
    let rest = (any_code(), any_customer_limit(), any_extensions());
    (worth, window, times, rest).prop_map(|(worth, window, times, (code, limit, extensions))| {
        Terms {
            currency: worth.1,
            code,
            opens_at: window.0,
            closes_at: window.1,
            max_per_customer: limit,
            hold_seconds: times.0,
            payment_seconds: times.1,
            max_extensions: extensions,
            ..Terms::new(ProductName::new("Flash Sale Item").unwrap(), worth.0)
        }
    })
}

fn any_price() -> impl Strategy<Value = Price> {
    prop_oneof![8 => Just(100u64), 2 => Just(50), 1 => Just(0), 1 => Just(Price::MAX.get())]
        .prop_map(|price| Price::new(price).unwrap())
}

fn any_currency() -> impl Strategy<Value = Currency> {
    prop_oneof![9 => Just("USD"), 1 => Just("EUR")].prop_map(|code| Currency::new(code).unwrap())
}

fn any_code() -> impl Strategy<Value = Option<ProductCode>> {
    prop_oneof![2 => Just(None), 1 => Just(Some("sku-1")), 1 => Just(Some("sku-2"))]
        .prop_map(|code| code.map(|code| ProductCode::new(code).unwrap()))
}

fn any_opening() -> impl Strategy<Value = Option<Timestamp>> {
    prop_oneof![9 => Just(None), 1 => (0i64..8).prop_map(Some)]
        .prop_map(|at| at.map(|seconds| Timestamp::from_millis(seconds * 1000)))
}

fn any_closing() -> impl Strategy<Value = Option<Timestamp>> {
    prop_oneof![
        16 => Just(None),
        2 => (4_000i64..30_000).prop_map(|millis| Some(millis / 500 * 500)),
        1 => (0i64..4_000).prop_map(Some),
        1 => Just(Some(i64::MAX)),
    ]
    .prop_map(|at| at.map(Timestamp::from_millis))
}

fn any_wait() -> impl Strategy<Value = Seconds> {
    prop_oneof![20 => 1u32..6, 1 => Just(Seconds::MAX.get())]
        .prop_map(|seconds| Seconds::new(seconds).unwrap())
}

fn any_customer_limit() -> impl Strategy<Value = Option<Quantity>> {
    prop_oneof![2 => Just(None), 2 => (1u32..5).prop_map(Quantity::new)]
}

fn any_extensions() -> impl Strategy<Value = u32> {
    prop_oneof![20 => 0u32..3, 1 => Just(1000), 1 => Just(1001), 1 => Just(u32::MAX)]
}

fn any_total() -> impl Strategy<Value = TotalStock> {
    prop_oneof![20 => 1u32..8, 1 => Just(0), 1 => Just(TotalStock::MAX.get())]
        .prop_map(|units| TotalStock::new(units).unwrap())
}

fn any_stock_change() -> impl Strategy<Value = StockChange> {
    let add = prop_oneof![12 => -4i64..5, 1 => Just(i64::MAX), 1 => Just(i64::MIN)];
    prop_oneof![
        1 => any_total().prop_map(StockChange::SetTotal),
        2 => add.prop_map(StockChange::Add),
    ]
}
