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
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        compatible: false,
        sql: include_str!("../../migrations/postgres/0001_first.sql"),
    },
    Migration {
        version: 2,
        compatible: false,
        sql: include_str!("../../migrations/postgres/0002_order_refunded.sql"),
    },
];

/// How often it is tried again when another node does the same.
const MAX_RETRIES: u32 = 20;

/// The wait between.
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// What another node that migrates at the same time makes of our statements: a table or type that
/// is there already, a key that is taken, a deadlock, a serialization failure, a row that changed.
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
            Ok(standing) => match step(client, migrations, standing.is_none()).await {
                Ok(standing) => standing,
                Err(error) => {
                    let _ = client.batch_execute("ROLLBACK").await; // it may have no transaction
                    if attempt == MAX_RETRIES || !is_race(&error) {
                        return Err(OpenError::Schema(error));
                    }
                    tokio::time::sleep(RETRY_AFTER).await;
                    continue;
                }
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

/// The table of the standing, in the first schema of the search path.
const SCHEMA_ROW: &str = "
    CREATE TABLE IF NOT EXISTS schema_row (
        only_row       int    PRIMARY KEY CHECK (only_row = 1),
        version        bigint NOT NULL,
        oldest_program bigint NOT NULL
    );
    INSERT INTO schema_row VALUES (1, 0, 0) ON CONFLICT (only_row) DO NOTHING";

/// Has the transaction see nothing but the schema that the standing is in.
const OURS_ALONE: &str = "
    SELECT set_config('search_path', quote_ident(nspname), true) FROM pg_namespace
    WHERE oid = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('schema_row'))";

/// Does all steps that are missing in one transaction.
async fn step(client: &Client, migrations: &[Migration], empty: bool) -> Result<Standing, Error> {
    client.batch_execute("BEGIN").await?;
    if empty {
        client.batch_execute(SCHEMA_ROW).await?;
    }
    // A search path may have several schemas, and a new one may have come before ours: the usual
    // one begins with the user's own. Ours is where it was first.
    client.batch_execute(OURS_ALONE).await?;
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

#[cfg(test)]
mod tests {
    use tokio::task::JoinSet;
    use tokio_postgres::NoTls;
    use uuid::Uuid;

    use super::*;

    const fn first(sql: &'static str) -> Migration {
        Migration { version: 1, compatible: false, sql }
    }

    const FIRST: Migration = first("CREATE TABLE done (step int); INSERT INTO done VALUES (1)");

    const fn second(compatible: bool) -> Migration {
        let sql = "ALTER TABLE done ADD note text; INSERT INTO done VALUES (2)";
        Migration { version: 2, compatible, sql }
    }

    const ONE: &[Migration] = &[FIRST];
    const TWO: &[Migration] = &[FIRST, second(true)];
    const BREAKING: &[Migration] = &[FIRST, second(false)];

    fn name() -> String {
        format!("migrate_{}", Uuid::new_v4().simple())
    }

    /// A connection with this search path; the schemas are made.
    async fn connected(schemas: &[&str]) -> Client {
        let url = std::env::var("TEST_POSTGRES");
        let url = url.expect("this test needs PostgreSQL: run scripts/test");
        let (client, driver) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(driver);
        for schema in schemas {
            let sql = format!("CREATE SCHEMA IF NOT EXISTS {schema}");
            client.batch_execute(&sql).await.unwrap();
        }
        let path = format!("SET search_path = {}", schemas.join(", "));
        client.batch_execute(&path).await.unwrap();
        client
    }

    async fn steps_done(client: &Client) -> Vec<i32> {
        let rows = client.query("SELECT step FROM done ORDER BY step", &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    async fn relations(client: &Client, schema: &str) -> i64 {
        let sql = "SELECT count(*) FROM pg_class WHERE relnamespace = $1::text::regnamespace";
        client.query_one(sql, &[&schema]).await.unwrap().get(0)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn many_nodes_at_once_do_each_step_once() {
        let name = name();
        let client = connected(&[&name]).await;
        for (migrations, done) in [(ONE, vec![1]), (TWO, vec![1, 2])] {
            let mut clients = Vec::new();
            for _ in 0..16 {
                clients.push(connected(&[&name]).await);
            }
            let mut nodes = JoinSet::new();
            for client in clients {
                nodes.spawn(async move { migrate(&client, migrations).await });
            }
            let version = i64::try_from(done.len()).unwrap();
            for standing in nodes.join_all().await {
                assert_eq!(standing.unwrap(), Standing { version, oldest_program: 1 });
            }
            assert_eq!(steps_done(&client).await, done);
        }
    }

    #[tokio::test]
    async fn an_older_program_goes_on_only_with_what_it_can_use() {
        for (newer, expected) in [(TWO, Ok(2)), (BREAKING, Err((2, 1)))] {
            let client = connected(&[&name()]).await;
            migrate(&client, newer).await.unwrap();
            let found = match migrate(&client, ONE).await {
                Ok(standing) => Ok(standing.version),
                Err(OpenError::Newer { version, known }) => Err((version, known)),
                Err(other) => panic!("{other}"),
            };
            assert_eq!(found, expected);
            assert_eq!(steps_done(&client).await, [1, 2]);
        }
    }

    #[tokio::test]
    async fn a_step_that_fails_leaves_nothing_behind() {
        const BAD: Migration = Migration { version: 2, compatible: true, sql: "SELECT 1 / 0" };
        let name = name();
        let client = connected(&[&name]).await;
        let failed = migrate(&client, &[FIRST, BAD]).await;
        assert!(matches!(failed, Err(OpenError::Schema(_))), "{failed:?}");
        assert_eq!(relations(&client, &name).await, 0);
        assert_eq!(read(&client).await.unwrap(), None);
        // The same connection can go on.
        migrate(&client, ONE).await.unwrap();
        migrate(&client, &[FIRST, BAD]).await.unwrap_err();
        let standing = Standing { version: 1, oldest_program: 1 };
        assert_eq!(read(&client).await.unwrap(), Some(standing));
        assert_eq!(steps_done(&client).await, [1]);
    }

    #[tokio::test]
    async fn a_schema_that_comes_first_later_is_not_taken_for_ours() {
        let (ours, later) = (name(), name());
        migrate(&connected(&[&ours]).await, ONE).await.unwrap();
        let client = connected(&[&later, &ours]).await;
        migrate(&client, TWO).await.unwrap();
        assert_eq!(relations(&client, &later).await, 0);
        assert_eq!(steps_done(&client).await, [1, 2]);
    }
}
