//! Runs Doorbuster's rules over a durable store.
//!
//! [`Engine`] takes commands from a bounded mailbox, decides whatever waits as one batch, commits
//! it once, and answers. Everyone else talks to it through a [`Handle`]. A [`Store`] keeps the
//! rows, a [`Reader`] lists them, a [`Snapshot`] shows every product as of the last commit, a
//! [`Clock`] tells the time and an [`Observer`] watches. Nothing here knows a database or HTTP.

pub mod conformance;

mod clock;
mod engine;
mod fetch;
mod handle;
mod ids;
mod lanes;
mod memory;
mod observe;
mod read;
mod snapshot;
mod store;
mod sync;

pub use clock::Clock;
pub use engine::{Engine, EngineError, Options};
pub use fetch::{Rows, fetch};
pub use handle::{Handle, SubmitError};
pub use ids::fresh_uuid;
pub use lanes::{Lanes, NotLanes};
pub use memory::{MemoryReader, MemoryStore};
pub use observe::{BatchReport, Observer, Trace, Unobserved};
pub use read::{
    HoldFilter, HoldStatus, Node, OrderFilter, OrderStatus, Page, PaymentFilter, ReadError, Reader,
    Reading,
};
pub use snapshot::{Published, Snapshot};
pub use store::{CommitError, LoadError, Resolved, Store, StoreError};
