//! Where the live rows begin: what a restart reads, and how that stays little.

use rusqlite::{Connection, OptionalExtension, params};

/// How many rows one step looks at: few, because a buyer may be waiting meanwhile.
const STEP: i64 = 1_024;

/// What is true of the row of an active hold. Only of one that has not ended it is asked whether
/// there is an order.
pub(super) const ACTIVE: &str = "ended IS NULL AND NOT EXISTS
     (SELECT 1 FROM order_row WHERE order_row.hold_id = hold_row.hold_id)";

/// What is true of the row of a pending order.
const PENDING: &str = "state = 'pending'";

/// The first records among which live holds and orders are: all before are finished for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LiveFrom {
    pub(super) hold: i64,
    pub(super) order: i64,
}

impl LiveFrom {
    /// The first record of all.
    pub(super) const START: Self = Self { hold: 1, order: 1 };

    /// As the file has it.
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        connection.query_row("SELECT live_from_hold, live_from_order FROM upkeep_row", [], |row| {
            Ok(Self { hold: row.get(0)?, order: row.get(1)? })
        })
    }

    /// Moves on over what has finished, one step, and returns whether there may be more of it.
    pub(super) fn advance(&mut self, connection: &Connection) -> rusqlite::Result<bool> {
        let hold = first_live(connection, "hold_row", ACTIVE, self.hold)?;
        let order = first_live(connection, "order_row", PENDING, self.order)?;
        let moved = Self { hold, order };
        if moved == *self {
            return Ok(false);
        }
        let sql = "UPDATE upkeep_row SET live_from_hold = ?1, live_from_order = ?2";
        connection.prepare_cached(sql)?.execute(params![hold, order])?;
        let more = hold - self.hold >= STEP || order - self.order >= STEP;
        *self = moved;
        Ok(more)
    }
}

/// The first record of `table` at or after `from` of which `live` is true, as far as one step sees;
/// where it sees none, the one after the last it looked at.
fn first_live(
    connection: &Connection,
    table: &str,
    live: &str,
    from: i64,
) -> rusqlite::Result<i64> {
    let step = format!("(SELECT * FROM {table} WHERE record >= ?1 ORDER BY record LIMIT ?2)");
    let first = format!("SELECT record FROM {step} AS {table} WHERE {live} LIMIT 1");
    let bounds = params![from, STEP];
    let first =
        connection.prepare_cached(&first)?.query_row(bounds, |row| row.get(0)).optional()?;
    if let Some(record) = first {
        return Ok(record);
    }
    let last = format!("SELECT max(record) FROM {step}");
    let last: Option<i64> =
        connection.prepare_cached(&last)?.query_row(bounds, |row| row.get(0))?;
    Ok(last.map_or(from, |last| last + 1))
}
