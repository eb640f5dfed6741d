//! The shared store: a PostgreSQL database that any number of nodes write.
//!
//! A node has several lanes, each an engine with a [`PostgresStore`] and a connection of its own.
//! A batch is one transaction: it locks the rows of the products that it touches, reads what it
//! needs, has it decided, and writes what changed, in two exchanges with the server, or three where
//! something is overdue. The database does the locking; nothing here elects or leases anything.

mod address;
mod admin_keys;
mod audit;
mod connection;
mod deadlines;
mod follow;
mod import;
mod list;
mod load;
mod migrate;
mod open;
mod read;
mod row;
mod sql;
mod store;
mod tls;
mod trust;
mod wanted;
mod write;

pub use address::{Address, node_name};
pub use admin_keys::{add_admin_key, add_first_admin_key, admin_keys, revoke_admin_key};
pub use follow::{FollowError, Follower};
pub use open::{OpenError, Opened, audit_database, open};
pub use read::PostgresReader;
pub use store::PostgresStore;

use std::path::Path;

use doorbuster_engine::StoreError;
use tokio::runtime;
use tokio::sync::mpsc;

use crate::copy::Copied;
use crate::sqlite;

/// How many parts of a copy wait to be written.
const PARTS_WAITING: usize = 2;

/// Copies everything from the file at `from`, which no server may be using, to the empty database
/// at `to`, and returns how many rows that were.
///
/// # Errors
/// When the file cannot be read, or the database is not empty or cannot be written. Nothing is
/// there then.
pub fn copy_from_file(from: &Path, to: &Address) -> Result<Copied, StoreError> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let (sender, receiver) = mpsc::channel(PARTS_WAITING);
    std::thread::scope(|threads| {
        let reading = threads.spawn(move || {
            let mut taken = true;
            let read = sqlite::export(from, |rows| {
                taken = sender.blocking_send(import::Part::Rows(rows)).is_ok();
                if taken { Ok(()) } else { Err("nobody takes the rows".into()) }
            });
            if !taken {
                return Ok(());
            }
            read?;
            let _ = sender.blocking_send(import::Part::End); // or the writer failed
            Ok::<(), StoreError>(())
        });
        let written = runtime.block_on(import::import(to, receiver));
        let read = reading.join().map_err(|_| "reading the file panicked")?;
        read?; // where that failed, the writer only knows that the rows ended
        written
    })
}
