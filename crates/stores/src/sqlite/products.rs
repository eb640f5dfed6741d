//! Writing products.

use doorbuster_domain::{Change, Ledger, Product, ProductCode, Quantity};
use rusqlite::{Connection, params};

use super::write::{Lazy, WriteError, fits, ms};
use crate::journal::Batch;

/// Writes the products that a batch created or changed.
pub(super) fn write(
    connection: &Connection,
    ledger: &Ledger,
    journal: &Batch<'_>,
) -> Result<(), WriteError> {
    let mut insert = Lazy::new(
        connection,
        "INSERT INTO product_row (code, name, price, currency, opens_at_ms, closes_at_ms, paused,
             max_per_customer, hold_seconds, payment_seconds, max_extensions, total_stock,
             held_stock, sold_stock, version, journal_seq, created_at_ms, product_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    );
    // Between the number of its last journal entry and the batch's first there is no gap, or
    // another engine has been here.
    let mut update = Lazy::new(
        connection,
        "UPDATE OR ROLLBACK product_row SET code = ?1, name = ?2, price = ?3, currency = ?4,
             opens_at_ms = ?5, closes_at_ms = ?6, paused = ?7, max_per_customer = ?8,
             hold_seconds = ?9, payment_seconds = ?10, max_extensions = ?11, total_stock = ?12,
             held_stock = ?13, sold_stock = ?14, version = ?15, journal_seq = ?16,
             created_at_ms = ?17
         WHERE product_id = ?18 AND journal_seq = ?19",
    );
    free_codes(connection, ledger)?;
    for (change, product) in ledger.changed_products() {
        let Product { id, terms, total, held, sold, version, journal_seq, created_at } = product;
        let (statement, last_seq) = match change {
            Change::Created => (insert.get()?, None),
            Change::Updated => (update.get()?, Some(last_seq_before(journal, product))),
        };
        let values = params![
            terms.code.as_ref().map(ProductCode::as_str),
            terms.name.as_str(),
            terms.price.get(),
            terms.currency.as_str(),
            terms.opens_at.map(ms),
            terms.closes_at.map(ms),
            terms.paused,
            terms.max_per_customer.map(Quantity::get),
            terms.hold_seconds.get(),
            terms.payment_seconds.get(),
            terms.max_extensions,
            total.get(),
            held,
            sold,
            version,
            journal_seq,
            ms(*created_at),
            id.get(),
            last_seq,
        ];
        let known = if last_seq.is_some() { values } else { &values[..values.len() - 1] };
        fits(statement.execute(known)? == 1, "a product's journal has gone on without it")?;
    }
    Ok(())
}

/// Takes codes from products that have others now, so that what one product gives up in a batch
/// another can have in the same, whichever is written first.
fn free_codes(connection: &Connection, ledger: &Ledger) -> Result<(), WriteError> {
    if ledger.changed_products().nth(1).is_none() {
        return Ok(()); // it has nobody to give its code to
    }
    let mut free = Lazy::new(
        connection,
        "UPDATE OR ROLLBACK product_row SET code = NULL WHERE product_id = ?1 AND code <> ?2",
    );
    for (_, product) in ledger.changed_products() {
        let code = product.terms.code.as_ref().map_or("", ProductCode::as_str);
        free.get()?.execute(params![product.id.get(), code])?;
    }
    Ok(())
}

/// The number of a product's last journal entry before the batch.
fn last_seq_before(journal: &Batch<'_>, product: &Product) -> u64 {
    let first = journal.first_of(product.id);
    first.map_or(product.journal_seq, |entry| entry.seq.saturating_sub(1))
}
