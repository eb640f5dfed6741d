//! Where the live rows begin: what a restart reads, and how that stays little.

use rusqlite::{Connection, OptionalExtension, params};

/// How many rows one step looks at. That takes less than a millisecond, so no buyer notices.
const STEP: i64 = 2_048;

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
        connection.query_row("SELECT hold_record, order_record FROM live_from_row", [], |row| {
            Ok(Self { hold: row.get(0)?, order: row.get(1)? })
        })
    }

    /// Moves on over what has finished, one step, and returns whether there may be more of it.
    pub(super) fn advance(&mut self, connection: &Connection) -> rusqlite::Result<bool> {
        let hold = first_live(connection, "hold_row", "active", self.hold)?;
        let order = first_live(connection, "order_row", "pending", self.order)?;
        let moved = Self { hold, order };
        if moved == *self {
            return Ok(false);
        }
        let sql = "UPDATE live_from_row SET hold_record = ?1, order_record = ?2";
        connection.prepare_cached(sql)?.execute(params![hold, order])?;
        let more = hold - self.hold >= STEP || order - self.order >= STEP;
        *self = moved;
        Ok(more)
    }
}

/// The first record of `table` at or after `from` that is in the `live` state, as far as one step
/// sees; where it sees none, the one after the last it looked at.
fn first_live(
    connection: &Connection,
    table: &str,
    live: &str,
    from: i64,
) -> rusqlite::Result<i64> {
    let step =
        format!("(SELECT record, state FROM {table} WHERE record >= ?1 ORDER BY record LIMIT ?2)");
    let first = format!("SELECT record FROM {step} WHERE state = '{live}' LIMIT 1");
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
