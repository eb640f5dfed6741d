//! The conformance suite: what [`Store`] and [`Reader`] promise, as tests that every store runs.
//!
//! A store brings a [`Bench`] and has all of them, each under its own name:
//!
//! ```
//! use doorbuster_engine::conformance::Bench;
//! use doorbuster_engine::{MemoryReader, MemoryStore};
//!
//! struct InMemory(MemoryReader);
//!
//! impl Bench for InMemory {
//!     type Store = MemoryStore;
//!     type Reader = MemoryReader;
//!
//!     fn new() -> Self {
//!         Self(MemoryStore::new().reader())
//!     }
//!
//!     async fn open(&mut self) -> (MemoryStore, MemoryReader) {
//!         (self.0.reopen(), self.0.clone())
//!     }
//! }
//!
//! doorbuster_engine::conformance!(InMemory);
//! ```
//!
//! Most tests give the same commands to the store and to one plain ledger that is never settled,
//! never written and never read back: whatever the two answer differently, the store lost or made
//! up. The random histories do that at length; `PROPERTY_CASES` says how many of them.

#![expect(clippy::unwrap_used, reason = "a test that fails must panic, and says where")]

pub mod audit;
pub mod constraints;
pub mod early_events;
pub mod forgetting;
pub mod history;
pub mod lists;
pub mod memory;
pub mod rows;

mod dice;
mod every_state;
mod script;
mod values;
mod witness;

use std::future::Future;

use crate::{Reader, Store};

/// One set of rows, and how to open it.
pub trait Bench: Sized {
    /// The store to be tested.
    type Store: Store;
    /// Who reads its rows.
    type Reader: Reader;

    /// Whether the store keeps the live rows in memory from batch to batch. Where others write the
    /// same rows it cannot, and reads them anew for each batch.
    const KEEPS_LIVE_ROWS: bool = true;

    /// A set of rows of its own, without any row yet.
    fn new() -> Self;

    /// Opens the rows as last committed, as after a restart of the process. The store and the
    /// reader opened before have been dropped.
    fn open(&mut self) -> impl Future<Output = (Self::Store, Self::Reader)>;
}

/// Runs one test of the suite on a new set of rows.
///
/// # Panics
/// When the store breaks the guarantee.
pub fn run<B: Bench, F: Future<Output = ()>>(guarantee: impl FnOnce(B) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(guarantee(B::new()));
}

/// Makes every test of the [conformance suite](mod@crate::conformance) a `#[test]` of its own for
/// the stores of one [`Bench`](crate::conformance::Bench). Those about what stays in memory are
/// left out after `reads_anew`, for a bench that does not keep live rows.
#[macro_export]
macro_rules! conformance {
    ($bench:ty) => {
        $crate::conformance! { $bench, reads_anew }
        $crate::conformance! { $bench:
            memory::customers_stay_while_they_have_live_rows
            memory::only_live_rows_stay_in_memory
            memory::rows_read_for_a_batch_leave_with_it
        }
    };
    ($bench:ty, reads_anew) => {
        $crate::conformance! { $bench:
            audit::a_sound_store_passes_the_audit
            audit::the_audit_counts_every_row
            constraints::a_hold_id_is_used_once
            constraints::an_event_id_is_recorded_once
            constraints::an_idempotency_key_is_remembered_once
            constraints::an_order_id_is_used_once
            constraints::a_hold_makes_one_order
            constraints::a_journal_number_is_given_once
            constraints::a_product_id_is_given_once
            constraints::a_product_code_is_given_once
            constraints::units_never_exceed_the_total
            early_events::early_events_apply_in_order_of_arrival
            early_events::early_events_keep_their_order_beside_a_repeated_one
            early_events::early_events_wait_for_their_own_order_only
            forgetting::a_forgotten_event_is_taken_anew
            forgetting::a_forgotten_key_is_free_again
            forgetting::events_that_wait_are_never_forgotten
            forgetting::forgetting_goes_in_bounded_steps
            forgetting::only_what_is_old_is_forgotten
            history::random_histories_agree_with_one_ledger
            lists::a_list_has_no_more_rows_than_asked_for
            lists::a_journal_is_paged_by_its_numbers
            lists::a_walk_is_not_disturbed_by_new_rows
            lists::holds_pass_every_filter
            lists::orders_pass_every_filter
            lists::payments_pass_every_filter
            lists::single_rows_are_found_by_id
            lists::the_story_of_a_refunded_order_ends_with_its_refund
            rows::a_large_batch_is_one_commit
            rows::a_reader_sees_a_commit_at_once
            rows::deadlines_are_recovered
            rows::finished_rows_are_loaded_on_demand
            rows::names_that_look_alike_are_different
            rows::nothing_is_durable_before_its_commit
            rows::product_ids_and_codes_are_recovered
            rows::rows_survive_reopening_in_every_state
            rows::rows_survive_reopening_with_extreme_values
            rows::times_survive_at_both_ends
        }
    };
    ($bench:ty: $($module:ident::$guarantee:ident)*) => {
        $(
            #[test]
            fn $guarantee() {
                $crate::conformance::run::<$bench, _>($crate::conformance::$module::$guarantee);
            }
        )*
    };
}
