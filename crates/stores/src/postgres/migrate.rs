//! The schema: which version a database has, and how it gets the newest.

use std::time::Duration;

use tokio_postgres::{Client, Error};

use super::OpenError;

/// One step of the schema.
pub(super) struct Migration {
    pub(super) version: i64,
    /// Whether programs that know the schema only up to the version before can go on using the
    /// database: then nodes may be upgraded one after the other.
    pub(super) compatible: bool,
    pub(super) sql: &'static str,
}

/// The schema, step by step.
pub(super) const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    compatible: false,
    sql: include_str!("../../migrations/postgres/0001_first.sql"),
}];

/// How often it is tried again when another node does the same.
const MAX_RETRIES: u32 = 20;

/// The wait between.
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// What another node that migrates at the same time makes of our statements: a table or type that is
/// there already, a key that is taken, a deadlock, a serialization failure, a row that changed.
const RACES: [&str; 6] = ["42P07", "42710", "23505", "40P01", "40001", "XX000"];

/// Where a database stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// The newest step that was done.
    pub(super) version: i64,
    /// Programs that know the schema up to here, or further, can use it.
    pub(super) oldest_program: i64,
}

impl Standing {
    /// Whether a program that knows the schema up to `known` can use it.
    pub(super) fn check(self, known: i64) -> Result<(), OpenError> {
        let Self { version, oldest_program } = self;
        if known < oldest_program { Err(OpenError::Newer { version, known }) } else { Ok(()) }
    }
}

/// Brings the database to the newest schema of `migrations`, whoever else does the same.
pub(super) async fn migrate(
    client: &Client,
    migrations: &[Migration],
) -> Result<Standing, OpenError> {
    let known = migrations.last().map_or(0, |last| last.version);
    for attempt in 0.. {
        let standing = match read(client).await {
            Ok(Some(standing)) if standing.version >= known => standing,
            Ok(Some(standing)) if standing.check(known).is_err() => standing,
            Ok(_) => match step(client, migrations).await {
                Ok(standing) => standing,
                Err(error) if attempt < MAX_RETRIES && is_race(&error) => {
                    let _ = client.batch_execute("ROLLBACK").await; // it may have no transaction
                    tokio::time::sleep(RETRY_AFTER).await;
                    continue;
                }
                Err(error) => return Err(OpenError::Schema(error)),
            },
            Err(error) => return Err(OpenError::Schema(error)),
        };
        standing.check(known)?;
        return Ok(standing);
    }
    unreachable!("the loop above ends by returning")
}

fn is_race(error: &Error) -> bool {
    error.code().is_some_and(|code| RACES.contains(&code.code()))
}

/// Where the database stands; `None`: it has no schema at all.
pub(super) async fn read(client: &Client) -> Result<Option<Standing>, Error> {
    let there = client.query_one("SELECT to_regclass('schema_row') IS NOT NULL", &[]).await?;
    if !there.try_get::<_, bool>(0)? {
        return Ok(None);
    }
    let row = client.query_opt("SELECT version, oldest_program FROM schema_row", &[]).await?;
    let standing = |row: &tokio_postgres::Row| {
        Ok::<_, Error>(Standing { version: row.try_get(0)?, oldest_program: row.try_get(1)? })
    };
    row.as_ref().map(standing).transpose()
}

/// Does all steps that are missing in one transaction.
async fn step(client: &Client, migrations: &[Migration]) -> Result<Standing, Error> {
    client
        .batch_execute(
            "BEGIN;
             CREATE TABLE IF NOT EXISTS schema_row (
                 only_row       int    PRIMARY KEY CHECK (only_row = 1),
                 version        bigint NOT NULL,
                 oldest_program bigint NOT NULL
             );
             INSERT INTO schema_row VALUES (1, 0, 0) ON CONFLICT (only_row) DO NOTHING",
        )
        .await?;
    let row = client.query_one("SELECT version, oldest_program FROM schema_row FOR UPDATE", &[]);
    let row = row.await?;
    let mut standing = Standing { version: row.try_get(0)?, oldest_program: row.try_get(1)? };
    let done = standing.version;
    for migration in migrations.iter().filter(|step| step.version > done) {
        client.batch_execute(migration.sql).await?;
        standing.version = migration.version;
        if !migration.compatible {
            standing.oldest_program = migration.version;
        }
    }
    client
        .execute(
            "UPDATE schema_row SET version = $1, oldest_program = $2",
            &[&standing.version, &standing.oldest_program],
        )
        .await?;
    client.batch_execute("COMMIT").await?;
    Ok(standing)
}
