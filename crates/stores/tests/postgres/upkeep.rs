//! What is too old goes, and nodes that remove it at the same time do not wait for each other.

use std::time::Duration;

use doorbuster_domain::Timestamp;
use doorbuster_engine::Store as _;
use tokio::time::timeout;

use crate::schema::Schema;

/// Shorter than what a lock is waited for.
const AT_ONCE: Duration = Duration::from_secs(2);

const OLD_ROWS: &str = "
    INSERT INTO request_row SELECT 'place_hold', '', 'key ' || n, '', gen_random_uuid(), 1
        FROM generate_series(1, 3) AS n;
    INSERT INTO payment_row (provider, event_id, order_id, kind, received_at_ms, result, payload)
        SELECT 'generic', 'event ' || n, gen_random_uuid(), 'paid', 1, 'ignored', ''
        FROM generate_series(1, 3) AS n;
    INSERT INTO batch_row SELECT gen_random_uuid(), true, 1 FROM generate_series(1, 3);
    INSERT INTO order_row SELECT gen_random_uuid(), gen_random_uuid(), 1, 'paid', false, 1, 2, 1
        FROM generate_series(1, 3);
    INSERT INTO named_order_row SELECT order_id FROM order_row;";

const TABLES: [&str; 4] = ["request_row", "payment_row", "batch_row", "named_order_row"];

#[tokio::test]
async fn what_another_node_is_removing_is_left_to_it() {
    let schema = Schema::new();
    let mut store = schema.open(1).await.stores.remove(0);
    let other = schema.client().await;
    other.batch_execute(OLD_ROWS).await.unwrap();
    other.batch_execute("BEGIN").await.unwrap();
    for table in TABLES {
        let sql = format!("SELECT 1 FROM {table} ORDER BY {table}::text LIMIT 1 FOR UPDATE");
        assert_eq!(other.query(&sql, &[]).await.unwrap().len(), 1);
    }

    let far_later = Timestamp::from_millis(i64::MAX);
    let forgotten = timeout(AT_ONCE, store.forget(far_later, far_later, 100)).await.unwrap();
    assert_eq!(forgotten.unwrap(), (2, 2));
    timeout(AT_ONCE, store.tidy()).await.unwrap().unwrap();

    other.batch_execute("ROLLBACK").await.unwrap();
    for table in TABLES {
        let sql = format!("SELECT count(*) FROM {table}");
        let left: i64 = other.query_one(&sql, &[]).await.unwrap().get(0);
        assert_eq!(left, 1, "{table}");
    }
}
