//! Creating and changing products.

use crate::ledger::{Ledger, Move};
use crate::{
    ChangeProduct, CreateProduct, Effect, EntryKind, Outcome, Product, ProductCode, ProductId,
    Refusal, StockChange, Terms, Timestamp, TotalStock,
};

use super::expiry::make_room;

/// Puts a product on sale.
pub(super) fn create(ledger: &mut Ledger, now: Timestamp, create: &CreateProduct) -> Outcome {
    check_terms(&create.terms)?;
    let id = match create.id {
        Some(id) if ledger.product(id).is_some() => {
            return Err(Refusal::ProductExists { what: "id" });
        }
        Some(id) => id,
        None => next_id(ledger)?,
    };
    check_code(ledger, id, create.terms.code.as_ref())?;
    let nothing = TotalStock::new(0).ok_or(Refusal::StockOutOfRange)?;
    let product = Product {
        id,
        terms: create.terms.clone(),
        total: nothing,
        held: 0,
        sold: 0,
        version: 0,
        journal_seq: 0,
        created_at: now,
    };
    ledger.products.create(id, product);
    ledger.highest_product_id = ledger.highest_product_id.max(Some(id));
    set_code(ledger, id, None, create.terms.code.as_ref());
    let qty = create.total.get().into();
    ledger.record(now, &Move::of_stock(id, EntryKind::ProductCreated, qty));
    shown(ledger, id)
}

/// Changes a product: everything that is asked for, or nothing.
pub(super) fn change(ledger: &mut Ledger, now: Timestamp, change: &ChangeProduct) -> Outcome {
    let id = change.product_id;
    let old = ledger.product(id).ok_or(Refusal::ProductNotFound)?.terms.clone();
    let terms = changed(&old, change);
    check_terms(&terms)?;
    check_code(ledger, id, terms.code.as_ref())?;
    let moved = stock_move(ledger, now, id, change.stock)?;

    let terms_differ = terms != old;
    set_code(ledger, id, old.code.as_ref(), terms.code.as_ref());
    if terms_differ && let Some(product) = ledger.products.edit(&id) {
        product.terms = terms;
    }
    if moved != 0 {
        // Recording a move makes a new version too, so one change makes one version.
        ledger.record(now, &Move::of_stock(id, EntryKind::StockChanged, moved));
    } else if terms_differ && let Some(product) = ledger.products.edit(&id) {
        product.version = product.version.saturating_add(1);
    }
    shown(ledger, id)
}

fn changed(old: &Terms, change: &ChangeProduct) -> Terms {
    let change = change.clone();
    Terms {
        name: change.name.unwrap_or_else(|| old.name.clone()),
        code: change.code.unwrap_or_else(|| old.code.clone()),
        price: change.price.unwrap_or(old.price),
        currency: change.currency.unwrap_or(old.currency),
        opens_at: change.opens_at.unwrap_or(old.opens_at),
        closes_at: change.closes_at.unwrap_or(old.closes_at),
        paused: change.paused.unwrap_or(old.paused),
        max_per_customer: change.max_per_customer.unwrap_or(old.max_per_customer),
        hold_seconds: change.hold_seconds.unwrap_or(old.hold_seconds),
        payment_seconds: change.payment_seconds.unwrap_or(old.payment_seconds),
        max_extensions: change.max_extensions.unwrap_or(old.max_extensions),
    }
}

fn check_terms(terms: &Terms) -> Result<(), Refusal> {
    if !terms.window_is_sound() {
        return Err(Refusal::UnsoundWindow);
    }
    if terms.max_extensions > Terms::MAX_EXTENSIONS {
        return Err(Refusal::TooManyExtensions);
    }
    Ok(())
}

fn check_code(ledger: &Ledger, id: ProductId, code: Option<&ProductCode>) -> Result<(), Refusal> {
    match code.and_then(|code| ledger.codes.get(code)) {
        Some(&owner) if owner != id => Err(Refusal::ProductExists { what: "code" }),
        Some(_) | None => Ok(()),
    }
}

fn set_code(
    ledger: &mut Ledger,
    id: ProductId,
    old: Option<&ProductCode>,
    new: Option<&ProductCode>,
) {
    if let Some(old) = old {
        ledger.codes.remove(old);
    }
    if let Some(new) = new {
        ledger.codes.insert(new.clone(), id);
    }
}

fn next_id(ledger: &Ledger) -> Result<ProductId, Refusal> {
    let highest = ledger.highest_product_id.map_or(0, ProductId::get);
    ProductId::new(highest + 1).ok_or(Refusal::ProductExists { what: "id" })
}

/// By how many units the stock changes. Units that somebody has cannot be taken away.
fn stock_move(
    ledger: &mut Ledger,
    now: Timestamp,
    id: ProductId,
    change: Option<StockChange>,
) -> Result<i64, Refusal> {
    let Some(change) = change else { return Ok(0) };
    let old = i64::from(ledger.product(id).ok_or(Refusal::ProductNotFound)?.total.get());
    let new = match change {
        StockChange::SetTotal(total) => i64::from(total.get()),
        StockChange::Add(units) => old.saturating_add(units),
    };
    // Below nothing is below what somebody has, however much that is.
    let total = u32::try_from(new.max(0)).ok().and_then(TotalStock::new);
    let total = total.ok_or(Refusal::StockOutOfRange)?.get();
    let committed = |ledger: &Ledger| ledger.product(id).map_or(0, Product::committed);
    make_room(ledger, now, id, |ledger| committed(ledger) <= total);
    if committed(ledger) > total || new < 0 {
        return Err(Refusal::StockCommitted { committed: committed(ledger) });
    }
    Ok(new - old)
}

fn shown(ledger: &Ledger, id: ProductId) -> Outcome {
    let product = ledger.product(id).ok_or(Refusal::ProductNotFound)?;
    Ok(Effect::Product(product.clone()))
}
