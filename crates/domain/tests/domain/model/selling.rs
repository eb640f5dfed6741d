//! What the operator does to products.

use doorbuster_domain::*;

use super::Model;

impl Model {
    pub(super) fn create_product(&mut self, now: Timestamp, create: &CreateProduct) -> Outcome {
        sound(&create.terms)?;
        let highest = self.products.iter().map(|product| product.id.get()).max().unwrap_or(0);
        let id = create.id.or(ProductId::new(highest + 1));
        let free = id.filter(|id| self.product(*id).is_none());
        let Some(id) = free else {
            return Err(Refusal::ProductExists { what: "id" });
        };
        self.code_is_free(create.terms.code.as_ref(), id)?;
        self.products.push(Product {
            id,
            terms: create.terms.clone(),
            total: create.total,
            held: 0,
            sold: 0,
            version: 0,
            journal_seq: 0,
            created_at: now,
        });
        self.show_product(id)
    }

    pub(super) fn change_product(&mut self, change: &ChangeProduct) -> Outcome {
        let id = change.product_id;
        let before = self.product(id).ok_or(Refusal::ProductNotFound)?.clone();
        let terms = changed(&before.terms, change);
        sound(&terms)?;
        self.code_is_free(terms.code.as_ref(), id)?;
        let total = match change.stock {
            None => i128::from(before.total.get()),
            Some(StockChange::SetTotal(total)) => i128::from(total.get()),
            Some(StockChange::Add(by)) => i128::from(before.total.get()) + i128::from(by),
        };
        let Counters { held, sold, .. } = self.counters(id);
        if total < i128::from(held + sold) {
            return Err(Refusal::StockCommitted { committed: held + sold });
        }
        let total = u32::try_from(total).ok().and_then(TotalStock::new);
        let total = total.ok_or(Refusal::StockOutOfRange)?;
        let product = self.products.iter_mut().find(|product| product.id == id).unwrap();
        product.terms = terms;
        product.total = total;
        self.show_product(id)
    }

    fn code_is_free(&self, code: Option<&ProductCode>, id: ProductId) -> Result<(), Refusal> {
        let taken = |other: &&Product| other.id != id && other.terms.code.as_ref() == code;
        match code.and(self.products.iter().find(taken)) {
            Some(_) => Err(Refusal::ProductExists { what: "code" }),
            None => Ok(()),
        }
    }

    /// The product with its counters; `version` and `journal_seq` are not the model's concern.
    pub(crate) fn show_product(&self, id: ProductId) -> Outcome {
        let Counters { held, sold, .. } = self.counters(id);
        let product = self.product(id).unwrap().clone();
        Ok(Effect::Product(Product { held, sold, ..product }))
    }
}

fn sound(terms: &Terms) -> Result<(), Refusal> {
    if let (Some(opens_at), Some(closes_at)) = (terms.opens_at, terms.closes_at)
        && closes_at <= opens_at
    {
        return Err(Refusal::UnsoundWindow);
    }
    if terms.max_extensions > 1000 {
        return Err(Refusal::TooManyExtensions);
    }
    Ok(())
}

fn changed(terms: &Terms, change: &ChangeProduct) -> Terms {
    Terms {
        name: change.name.clone().unwrap_or(terms.name.clone()),
        code: change.code.clone().unwrap_or(terms.code.clone()),
        price: change.price.unwrap_or(terms.price),
        currency: change.currency.unwrap_or(terms.currency),
        opens_at: change.opens_at.unwrap_or(terms.opens_at),
        closes_at: change.closes_at.unwrap_or(terms.closes_at),
        paused: change.paused.unwrap_or(terms.paused),
        max_per_customer: change.max_per_customer.unwrap_or(terms.max_per_customer),
        hold_seconds: change.hold_seconds.unwrap_or(terms.hold_seconds),
        payment_seconds: change.payment_seconds.unwrap_or(terms.payment_seconds),
        max_extensions: change.max_extensions.unwrap_or(terms.max_extensions),
    }
}
