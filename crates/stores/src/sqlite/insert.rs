//! Inserting many rows with few statements: what SQLite does around a statement costs it as much
//! as the row itself.

use rusqlite::{CachedStatement, Connection, ToSql};

/// How many rows one statement inserts, the most first. A batch is cut into as few as these make.
const ROWS: [usize; 7] = [64, 32, 16, 8, 4, 2, 1];

/// Inserts rows into one table.
pub(super) struct Insert {
    columns: usize,
    /// The statement's text for each of [`ROWS`].
    sql: [String; ROWS.len()],
}

impl Insert {
    /// Into `table` with its columns named in `columns`. What is not named is NULL or the default.
    pub(super) fn into(table: &str, columns: &str) -> Self {
        // A row that breaks a constraint must not be there: the transaction is over. To take back
        // only its own statement, the default, SQLite would note how every page was before.
        Self::or("ROLLBACK", table, columns)
    }

    /// The same; rows that are there already are left alone.
    pub(super) fn or_ignore_into(table: &str, columns: &str) -> Self {
        Self::or("IGNORE", table, columns)
    }

    fn or(conflict: &str, table: &str, columns: &str) -> Self {
        let count = columns.split(',').count();
        let row = format!("({})", vec!["?"; count].join(", "));
        let sql = ROWS.map(|rows| {
            let values = vec![row.as_str(); rows].join(", ");
            format!("INSERT OR {conflict} INTO {table} ({columns}) VALUES {values}")
        });
        Self { columns: count, sql }
    }

    /// Inserts all `rows`, each of which `bind` gives value by value, in the order of the columns.
    pub(super) fn all<R>(
        &self,
        connection: &Connection,
        rows: &[R],
        bind: impl Fn(&R, &mut Values<'_, '_>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let mut rest = rows;
        for (sql, size) in self.sql.iter().zip(ROWS) {
            let mut chunks = rest.chunks_exact(size);
            if chunks.len() > 0 {
                let mut statement = connection.prepare_cached(sql)?;
                for chunk in &mut chunks {
                    let mut values = Values { statement: &mut statement, bound: 0 };
                    for row in chunk {
                        bind(row, &mut values)?;
                    }
                    debug_assert_eq!(values.bound, self.columns * size);
                    statement.raw_execute()?;
                }
            }
            rest = chunks.remainder();
        }
        Ok(())
    }
}

/// The values of a statement's rows, one after the other.
pub(super) struct Values<'s, 'c> {
    statement: &'s mut CachedStatement<'c>,
    bound: usize,
}

impl Values<'_, '_> {
    /// Gives the next value.
    pub(super) fn put(&mut self, value: impl ToSql) -> rusqlite::Result<()> {
        self.bound += 1;
        self.statement.raw_bind_parameter(self.bound, value)
    }
}
