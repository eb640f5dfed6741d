//! What a running node makes of a schema that another node has changed.

use std::future::pending;
use std::time::Duration;

use doorbuster_engine::{Clock, Engine, Options, Unobserved};
use doorbuster_stores::postgres::{FollowError, audit_database};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::schema::Schema;

/// Longer than a follower takes to look at the schema again, which is three seconds.
const A_WHILE: Duration = Duration::from_secs(5);

/// Follows a database, has another node change it, and says how following ended within a while.
async fn followed(change: &str) -> Option<Result<(), FollowError>> {
    let schema = Schema::new();
    let opened = schema.open(1).await;
    let lanes = opened.stores.into_iter().map(|store| (store, Unobserved));
    let (_engines, handle) =
        Engine::in_lanes(lanes, &Clock::system(), &Options::default()).unwrap();
    let mut follower = tokio::spawn(opened.follower.run(handle, pending()));
    schema.asked("%changed_at_ms >%least(%").await;
    schema.client().await.batch_execute(change).await.unwrap();
    let ended = timeout(A_WHILE, &mut follower).await;
    follower.abort();
    ended.ok().map(Result::unwrap)
}

#[tokio::test]
async fn a_database_of_version_1_becomes_new_and_older_programs_are_told() {
    let schema = Schema::new();
    drop(schema.open(1).await);
    let client = schema.client().await;
    let standing = async || {
        let row = client.query_one("SELECT version, oldest_program FROM schema_row", &[]).await;
        row.map(|row| (row.get::<_, i64>(0), row.get::<_, i64>(1))).unwrap()
    };
    assert_eq!(standing().await, (2, 2));
    let older = "UPDATE schema_row SET version = 1, oldest_program = 1";
    client.batch_execute(older).await.unwrap();
    // Nobody needs to have started a server for the audit: no table differs.
    let address = schema.address();
    let audit = spawn_blocking(move || audit_database(&address)).await.unwrap().unwrap();
    assert!(audit.is_ok(), "{audit:?}");
    drop(schema.open(1).await);
    assert_eq!(standing().await, (2, 2));
}

#[tokio::test]
async fn following_goes_on_with_a_schema_that_this_program_can_use() {
    let ended = followed("UPDATE schema_row SET version = 99").await;
    assert!(ended.is_none(), "{ended:?}");
}

#[tokio::test]
async fn following_ends_with_a_schema_that_this_program_cannot_use() {
    let ended = followed("UPDATE schema_row SET version = 99, oldest_program = 99").await;
    assert!(matches!(ended, Some(Err(FollowError::SchemaChanged))), "{ended:?}");
}

#[tokio::test]
async fn following_ends_when_what_it_reads_is_not_there_any_more() {
    let change = "UPDATE schema_row SET version = 99, oldest_program = 99;
                  ALTER TABLE product_row RENAME COLUMN revision TO revised";
    let ended = followed(change).await;
    assert!(matches!(ended, Some(Err(FollowError::SchemaChanged))), "{ended:?}");
}
