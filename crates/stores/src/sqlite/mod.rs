//! The embedded store: one SQLite file, written by one engine.
//!
//! [`SqliteStore::open`] locks the file, brings it to the newest schema and recovers the live rows.
//! Commits go through one connection in WAL mode with `synchronous=FULL`; lists, single rows and
//! the audit are read through connections of their own, so that no reader makes a buyer wait.

mod admin_keys;
mod audit;
mod checkpoint;
mod export;
mod insert;
mod journal;
mod keys;
mod list;
mod live;
mod open;
mod place;
mod products;
mod read;
mod row;
mod store;
mod write;

pub use admin_keys::{add_admin_key, admin_keys, revoke_admin_key};
pub(crate) use export::export;
pub use open::OpenError;
pub use read::SqliteReader;
pub use store::SqliteStore;

use std::path::Path;

use doorbuster_domain::AuditReport;
use doorbuster_engine::StoreError;

/// Audits the file at `path` without changing it; a server may be using it meanwhile.
///
/// # Errors
/// When it does not exist, is not a Doorbuster file, or cannot be read.
pub fn audit_file(path: &Path) -> Result<AuditReport, StoreError> {
    let mut connection = open::for_reading(path)?;
    Ok(audit::audit(&mut connection)?)
}
