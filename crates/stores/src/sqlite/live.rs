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
        let hold = first_live(
            connection,
            self.hold,
            "SELECT record FROM
                 (SELECT record, state FROM hold_row WHERE record >= ?1 ORDER BY record LIMIT ?2)
             WHERE state = 'active' LIMIT 1",
            "SELECT max(record) FROM
                 (SELECT record FROM hold_row WHERE record >= ?1 ORDER BY record LIMIT ?2)",
        )?;
        let order = first_live(
            connection,
            self.order,
            "SELECT record FROM
                 (SELECT record, state FROM order_row WHERE record >= ?1 ORDER BY record LIMIT ?2)
             WHERE state = 'pending' LIMIT 1",
            "SELECT max(record) FROM
                 (SELECT record FROM order_row WHERE record >= ?1 ORDER BY record LIMIT ?2)",
        )?;
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

/// The first live record at or after `from`, as far as one step sees; where it sees none, the one
/// after the last it looked at.
fn first_live(connection: &Connection, from: i64, live: &str, last: &str) -> rusqlite::Result<i64> {
    let step = params![from, STEP];
    let live = connection.prepare_cached(live)?.query_row(step, |row| row.get(0)).optional()?;
    if let Some(record) = live {
        return Ok(record);
    }
    let last: Option<i64> = connection.prepare_cached(last)?.query_row(step, |row| row.get(0))?;
    Ok(last.map_or(from, |last| last + 1))
}
