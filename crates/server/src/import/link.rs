//! Which old row is meant by which.

use std::collections::HashMap;

use doorbuster_domain::{Currency, Price, ProductId, Terms};

use super::ids::{Ids, kept};
use super::plan::{Fate, LeftOut, Old, Purchase};
use super::rows::{HoldRow, OrderRow};
use super::table::{Problem, Problems};

/// The places of all rows by their names.
pub(super) struct Links {
    products: HashMap<ProductId, usize>,
    holds: HashMap<Box<str>, usize>,
    orders: HashMap<Box<str>, usize>,
}

impl Links {
    /// Those of `old`; two rows with one name are a problem.
    pub(super) fn of(old: &Old, problems: &mut Problems) -> Self {
        let products = old.products.iter().enumerate().map(|(place, row)| (row.id, place));
        let mut links =
            Self { products: products.collect(), holds: HashMap::new(), orders: HashMap::new() };
        let mut twice = |file: &String, line: u64| {
            problems.add(Problem {
                file: file.clone(),
                line: Some(line),
                column: Some("id".into()),
                why: "is the id of another row as well".into(),
            });
        };
        for (place, row) in old.holds.iter().enumerate() {
            if links.holds.insert(row.id.clone(), place).is_some() {
                twice(&old.files[1], row.line);
            }
        }
        for (place, row) in old.holds.iter().enumerate() {
            // Whoever asks by id means the id, even where some token looks like it.
            if let Some(token) = &row.token {
                links.holds.entry(token.clone()).or_insert(place);
            }
        }
        for (place, row) in old.orders.iter().enumerate() {
            if links.orders.insert(row.id.clone(), place).is_some() {
                twice(&old.files[2], row.line);
            }
        }
        for (place, row) in old.orders.iter().enumerate() {
            for name in &row.other_names {
                let first = *links.orders.entry(name.clone()).or_insert(place);
                if first != place && kept(name).is_some() {
                    twice(&old.files[2], row.line);
                }
            }
        }
        links
    }

    pub(super) fn shelf(&self, id: ProductId) -> Option<usize> {
        self.products.get(&id).copied()
    }

    pub(super) fn order(&self, name: &str) -> Option<usize> {
        self.orders.get(name).copied()
    }

    /// The order with its hold and its product.
    pub(super) fn purchase(
        &self,
        old: &Old,
        row: &OrderRow,
        used: &mut [bool],
        ids: &mut Ids,
        left_out: &mut LeftOut,
    ) -> Result<Purchase, Problem> {
        let problem = |column: &str, why: &str| Problem {
            file: old.files[2].clone(),
            line: Some(row.line),
            column: Some(column.to_owned()),
            why: why.to_owned(),
        };
        let place = row.hold.as_ref().and_then(|hold| self.holds.get(hold).copied());
        let hold: Option<&HoldRow> = place.map(|place| &old.holds[place]);
        let product_id = row.product_id.or(hold.map(|hold| hold.product_id));
        let (Some(product_id), Some(qty)) = (product_id, row.qty.or(hold.and_then(|h| h.qty)))
        else {
            let why = match hold {
                Some(_) => "its hold has no quantity that could be ordered",
                None => "there is no such hold, and the order has no product_id and qty itself",
            };
            return Err(problem("hold_id", why));
        };
        if hold.is_some_and(|hold| hold.product_id != product_id) {
            return Err(problem("product_id", "is not that of its hold"));
        }
        let shelf = self.shelf(product_id);
        let shelf = shelf.ok_or_else(|| problem("product_id", "there is no such product"))?;
        let listed = old.products[shelf].terms.price;
        // What is paid is the amount; a price of one unit beside it may be without a discount.
        let unit_price = match (row.total, row.unit_price) {
            (Some(total), _) => unit_price(total, qty.get()).ok_or_else(|| {
                let why = "is not a whole number of units times a price: without an amount the \
                           order has the price of its row, or else of its product";
                problem("amount", why)
            })?,
            (None, Some(price)) => price,
            (None, None) => listed,
        };
        let mut shares_hold = false;
        let hold_id = match place.zip(hold) {
            Some((place, hold)) if !used[place] => {
                used[place] = true;
                ids.hold(hold.token.as_deref().unwrap_or(&hold.id))
            }
            other => {
                shares_hold = other.is_some();
                left_out.shared_holds += usize::from(shares_hold);
                ids.hold_of_order(&row.id)
            }
        };
        let held_at = hold.and_then(|hold| hold.created_at);
        let ordered_at = row.created_at.or(held_at).or(row.ended_at).unwrap_or(old.now);
        Ok(Purchase {
            old: row.id.clone(),
            order_id: ids.order(&row.id, &row.other_names),
            hold_id,
            shares_hold,
            shelf,
            qty,
            unit_price,
            customer_id: row.customer_id.clone().or_else(|| hold?.customer_id.clone()),
            placed_at: held_at.unwrap_or(ordered_at).min(ordered_at),
            hold_seconds: Terms::DEFAULT_HOLD_SECONDS,
            ordered_at,
            payment_seconds: Terms::DEFAULT_PAYMENT_SECONDS,
            ended_at: row.ended_at.unwrap_or(ordered_at).max(ordered_at),
            fate: Fate::Pending,
            refunded: false,
            reports: Vec::new(),
        })
    }
}

/// What one unit costs, where `units` of them cost `total` in minor units.
fn unit_price(total: u64, units: u32) -> Option<Price> {
    let units = u64::from(units);
    total.is_multiple_of(units).then(|| Price::new(total / units)).flatten()
}

/// The currencies of orders, which their own rows do not say.
pub(super) struct Currencies {
    products: HashMap<ProductId, Currency>,
    holds: HashMap<Box<str>, ProductId>,
    otherwise: Currency,
}

impl Currencies {
    /// Those of products and of holds; `otherwise` where neither is known.
    pub(super) fn of(old: &Old, otherwise: Currency) -> Self {
        let products: HashMap<_, _> =
            old.products.iter().map(|row| (row.id, row.terms.currency)).collect();
        let mut holds = HashMap::new();
        // Nearly always there is one currency, and then nobody need look.
        if products.values().any(|currency| *currency != otherwise) {
            for row in &old.holds {
                holds.insert(row.id.clone(), row.product_id);
                holds.extend(row.token.clone().map(|token| (token, row.product_id)));
            }
        }
        Self { products, holds, otherwise }
    }

    pub(super) fn of_order(&self, product: Option<ProductId>, hold: Option<&str>) -> Currency {
        let product = product.or_else(|| self.holds.get(hold?).copied());
        let known = product.and_then(|product| self.products.get(&product));
        known.copied().unwrap_or(self.otherwise)
    }
}
