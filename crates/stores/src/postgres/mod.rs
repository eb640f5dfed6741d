//! The shared store: a PostgreSQL database that any number of nodes write.
//!
//! A node has several lanes, each an engine with a [`PostgresStore`] and a connection of its own.
//! A batch is one transaction: it locks the rows of the products that it touches, reads what it
//! needs, has it decided, and writes what changed, in two exchanges with the server, or three where
//! something is overdue. The database does the locking; nothing here elects or leases anything.

mod address;
mod audit;
mod connection;
mod deadlines;
mod follow;
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

pub use address::Address;
pub use follow::{FollowError, Follower};
pub use open::{OpenError, Opened, add_first_admin_key, audit_database, open};
pub use read::PostgresReader;
pub use store::PostgresStore;
