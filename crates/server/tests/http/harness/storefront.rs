//! What most tests do: put something on sale, hold, order, pay.

use serde_json::{Value, json};

use super::{Answer, Call, Client, SECRET, now_millis, sign, text, uuid};

/// A product's counters, as tests compare them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stock {
    pub(crate) available: i64,
    pub(crate) held: i64,
    pub(crate) sold: i64,
}

impl Stock {
    pub(crate) const fn of(available: i64, held: i64, sold: i64) -> Self {
        Self { available, held, sold }
    }
}

impl Client {
    /// Puts a product on sale, with `fields` over the defaults of these tests; its id.
    #[track_caller]
    pub(crate) fn product(&self, fields: Value) -> i64 {
        let mut body = json!({"name": "Black Box", "price": 1999, "total_stock": 100});
        let Value::Object(fields) = fields else { panic!("not an object: {fields}") };
        body.as_object_mut().unwrap().extend(fields);
        let product = self.post("/api/products").admin().json(&body).send();
        product.expect(201)["id"].as_i64().unwrap()
    }

    /// Puts `total_stock` units on sale; the product's id.
    #[track_caller]
    pub(crate) fn units(&self, total_stock: u32) -> i64 {
        self.product(json!({"total_stock": total_stock}))
    }

    #[track_caller]
    pub(crate) fn stock(&self, product: i64) -> Stock {
        let found = self.get(&format!("/api/products/{product}")).send();
        let found = found.expect(200);
        let count = |field: &str| found[field].as_i64().unwrap();
        let stock = Stock::of(count("available_stock"), count("held_stock"), count("sold_stock"));
        assert_eq!(count("total_stock"), stock.available + stock.held + stock.sold, "{found}");
        stock
    }

    /// Asks for units.
    pub(crate) fn place(&self, product: i64, qty: u32) -> Call<'_> {
        self.post("/api/holds").json(&json!({"product_id": product, "qty": qty}))
    }

    /// Takes units; the hold.
    #[track_caller]
    pub(crate) fn hold(&self, product: i64, qty: u32) -> Value {
        self.place(product, qty).send().expect(201)
    }

    /// The id of a fresh hold.
    #[track_caller]
    pub(crate) fn hold_id(&self, product: i64, qty: u32) -> String {
        text(&self.hold(product, qty)["hold_id"]).into()
    }

    /// Asks for an order.
    pub(crate) fn order(&self, hold_id: &str) -> Call<'_> {
        self.post("/api/orders").json(&json!({"hold_id": hold_id}))
    }

    /// The id of a fresh order on a fresh hold.
    #[track_caller]
    pub(crate) fn order_id(&self, product: i64, qty: u32) -> String {
        let hold_id = self.hold_id(product, qty);
        text(&self.order(&hold_id).send().expect(201)["order_id"]).into()
    }

    /// The id of a fresh order that is paid.
    #[track_caller]
    pub(crate) fn paid_order_id(&self, product: i64, qty: u32) -> String {
        let order_id = self.order_id(product, qty);
        let paid = self.report(&order_id, "paid").expect(200);
        assert_eq!(paid["order_status"], "paid");
        order_id
    }

    /// A correctly signed webhook with this body.
    pub(crate) fn webhook(&self, body: &Value) -> Call<'_> {
        self.webhook_bytes(body.to_string().into_bytes())
    }

    /// The same for bytes that need not be JSON.
    pub(crate) fn webhook_bytes(&self, body: Vec<u8>) -> Call<'_> {
        let (id, timestamp) = (format!("msg_{}", uuid()), unix_seconds());
        let signature = sign(SECRET, &id, &timestamp, &body);
        self.post("/api/payments/webhook")
            .header("Content-Type", "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", &timestamp)
            .header("webhook-signature", &signature)
            .bytes(body)
    }

    /// Delivers a payment event.
    #[track_caller]
    pub(crate) fn deliver(&self, event_id: &str, order_id: &str, status: &str) -> Answer {
        self.webhook(&json!({"event_id": event_id, "order_id": order_id, "status": status})).send()
    }

    /// Delivers a payment event that nobody delivered before.
    #[track_caller]
    pub(crate) fn report(&self, order_id: &str, status: &str) -> Answer {
        self.deliver(&format!("evt_{}", uuid()), order_id, status)
    }

    /// Every row of a list, page by page, `limit` to a page; no row may come twice.
    #[track_caller]
    pub(crate) fn walk(&self, list: &str, key: &str, limit: usize) -> Vec<Value> {
        let mut rows: Vec<Value> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut cursor: Option<String> = None;
        let joint = if list.contains('?') { '&' } else { '?' };
        loop {
            let next = cursor.map_or(String::new(), |cursor| format!("&cursor={cursor}"));
            let path = format!("{list}{joint}limit={limit}{next}");
            let page = self.get(&path).admin().send().expect(200);
            let data = page["data"].as_array().unwrap();
            assert!(data.len() <= limit, "{} rows on a page of {limit}", data.len());
            for row in data {
                assert!(seen.insert(row[key].to_string()), "{} twice", row[key]);
            }
            rows.extend_from_slice(data);
            if page["next_cursor"].is_null() {
                return rows;
            }
            assert!(!data.is_empty(), "an empty page with a next one");
            cursor = Some(text(&page["next_cursor"]).into());
        }
    }

    #[track_caller]
    pub(crate) fn assert_audit_is_clean(&self) {
        let audit = self.get("/api/audit").admin().send().expect(200);
        assert_eq!(audit["ok"], true, "{audit}");
    }
}

/// The time as a webhook carries it.
pub(crate) fn unix_seconds() -> String {
    (now_millis() / 1000).to_string()
}
