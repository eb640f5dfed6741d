//! Filling an empty database from another store.

use doorbuster_domain::{Hold, Order, PaymentEvent, Product, RememberedRequest, Timestamp};
use doorbuster_engine::StoreError;
use tokio::sync::mpsc;

use super::address::Address;
use super::connection::{Connection, Params, Request};
use super::migrate::{self, MIGRATIONS};
use super::open::connect;
use super::sql::Name;
use super::wanted::number;
use super::write;
use crate::admin_key::StoredKey;
use crate::copy::{Copied, Rows};
use crate::journal;
use crate::names::name;

/// A part of a copy.
pub(crate) enum Part {
    Rows(Rows),
    /// That was all. Without it the copy is not whole.
    End,
}

/// Writes all `rows` that come into the database at `address`, which must have none: all of them,
/// or, where something fails, none.
pub(crate) async fn import(
    address: &Address,
    mut rows: mpsc::Receiver<Part>,
) -> Result<Copied, StoreError> {
    let client = connect(address).await?;
    migrate::migrate(&client, MIGRATIONS).await?;
    drop(client);
    let connection = Connection::open(address).await?;
    let begin = [Name::Unlimited, Name::Begin, Name::LockForCopy, Name::IsUsed];
    let begin = begin.map(|name| (name, Vec::new())).into();
    let answers = connection.send_unhurried(begin).await?;
    let used = answers.last().and_then(|rows| rows.first()).ok_or("the database says nothing")?;
    if used.try_get(0)? {
        return Err("it has products or payments already; choose an empty database".into());
    }
    let mut copied = Copied::default();
    loop {
        match rows.recv().await {
            Some(Part::Rows(rows)) => {
                copied.count(&rows);
                connection.send_unhurried(vec![request(&rows)?]).await?;
            }
            Some(Part::End) => break,
            None => return Err("the rows ended before their end".into()),
        }
    }
    let end = vec![(Name::RecountDeadlines, Vec::new()), (Name::Commit, Vec::new())];
    connection.commit_unhurried(end).await?;
    Ok(copied)
}

/// The statement that inserts these rows.
fn request(rows: &Rows) -> Result<Request<'_>, StoreError> {
    Ok(match rows {
        Rows::Products(rows) => {
            let rows: Vec<&Product> = rows.iter().collect();
            let mut params = write::product_columns(&rows, |_| None);
            params.push(Box::new(0_i64));
            (Name::InsertProducts, params)
        }
        Rows::Customers(rows) => {
            let params: Params<'_> = vec![
                Box::new(rows.iter().map(|(id, _, _)| number(*id)).collect::<Vec<_>>()),
                Box::new(rows.iter().map(|(_, id, _)| id.as_str()).collect::<Vec<_>>()),
                Box::new(rows.iter().map(|(_, _, n)| i64::from(*n)).collect::<Vec<_>>()),
            ];
            (Name::WriteCustomers, params)
        }
        Rows::Holds(rows) => {
            (Name::InsertHolds, write::hold_columns(&rows.iter().collect::<Vec<&Hold>>()))
        }
        Rows::Orders(rows) => {
            (Name::InsertOrders, write::order_columns(&rows.iter().collect::<Vec<&Order>>()))
        }
        Rows::Events(rows) => {
            let rows: Vec<&PaymentEvent> = rows.iter().collect();
            (Name::InsertEvents, write::event_columns(&rows))
        }
        Rows::Requests(rows) => {
            let rows: Vec<&RememberedRequest> = rows.iter().collect();
            (Name::InsertRequests, write::request_columns(&rows))
        }
        Rows::Journal(entries) => {
            (Name::InsertJournal, write::journal_columns(&journal::Batch::of(entries))?)
        }
        Rows::AdminKeys(keys) => {
            let revoked_at = |key: &StoredKey| key.revoked_at.map(Timestamp::as_millis);
            let params: Params<'_> = vec![
                Box::new(keys.iter().map(|key| key.hash.to_vec()).collect::<Vec<_>>()),
                Box::new(keys.iter().map(|key| name(key.scope)).collect::<Vec<_>>()),
                Box::new(keys.iter().map(|key| key.name.as_deref()).collect::<Vec<_>>()),
                Box::new(keys.iter().map(|key| key.created_at.as_millis()).collect::<Vec<_>>()),
                Box::new(keys.iter().map(revoked_at).collect::<Vec<_>>()),
            ];
            (Name::InsertAdminKeys, params)
        }
    })
}
