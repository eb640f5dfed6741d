//! `doorbuster copy`: moves a sale from one database to another.

use std::path::Path;

use anyhow::{Context, anyhow, bail};
use doorbuster_stores::Copied;
use doorbuster_stores::postgres::{Address, audit_database, copy_from_file};
use doorbuster_stores::sqlite::audit_file;

use crate::config::Database;
use crate::serve::say;

/// Copies everything, and audits both sides: they must be sound and the same.
pub(crate) fn run(from: &Database, to: &Database) -> anyhow::Result<()> {
    let (Database::Sqlite(file), Database::Postgres(address)) = (from, to) else {
        bail!("copies from sqlite:PATH to postgres://… only, not from {from} to {to}");
    };
    let (copied, audited) = copy_file(file, address)?;
    say(&told(&copied, audited))
}

/// Copies the file at `file`; how many rows that were, and how many products were audited.
pub(crate) fn copy_file(file: &Path, address: &Address) -> anyhow::Result<(Copied, usize)> {
    let from = file.display();
    let before = audit_file(file).map_err(|error| anyhow!(error));
    let before = before.with_context(|| format!("database sqlite:{from}"))?;
    if !before.is_ok() {
        bail!("sqlite:{from} breaks a rule; doorbuster audit says which. Nothing was copied");
    }
    let copied = copy_from_file(file, address).map_err(|error| anyhow!(error));
    let copied = copied.with_context(|| format!("copying sqlite:{from} to {address}"))?;
    let after = audit_database(address).with_context(|| format!("database {address}"))?;
    if after != before {
        bail!("the audit of {address} is not that of sqlite:{from}; do not use the copy");
    }
    Ok((copied, before.products.len()))
}

fn told(copied: &Copied, audited: usize) -> String {
    let Copied {
        products,
        customers,
        holds,
        orders,
        payments,
        requests,
        journal_entries,
        admin_keys,
    } = copied;
    format!(
        "copied {products} products, {customers} customers, {holds} holds, {orders} orders, \
         {payments} payments, {requests} idempotency keys, {journal_entries} journal entries and \
         {admin_keys} admin keys; the audits of {audited} products agree: all ten rules hold on \
         both sides"
    )
}
