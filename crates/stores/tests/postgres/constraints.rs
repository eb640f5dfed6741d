//! What the database refuses, whoever writes it: a second line behind our own rules.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::schema::Schema;

/// A product with ten units, a hold of one of them that falls due at 2,000, and a journal row.
const GOOD: &str = "
    INSERT INTO product_row VALUES (1, 'code', 'Name', 100, 'EUR', NULL, NULL, false, NULL, 60, 60,
        0, 10, 1, 0, 1, 1, 1000, 2000, 1, 1000);
    INSERT INTO hold_row VALUES ('00000000-0000-0000-0000-000000000001', 1, 1, 100, 'EUR', NULL,
        'active', NULL, 0, 1000, 2000, NULL);
    INSERT INTO journal_row VALUES (1, 1, 2, 10, 1, 0, '[]');";

async fn schema_with_rows() -> (Schema, Client) {
    let schema = Schema::new();
    drop(schema.open(1).await);
    let client = schema.client().await;
    client.batch_execute(GOOD).await.unwrap();
    (schema, client)
}

async fn is_refused(client: &Client, sql: &str) -> bool {
    let _ = client.batch_execute("BEGIN").await;
    let done = client.execute(sql, &[]).await;
    client.batch_execute("ROLLBACK").await.unwrap();
    match done {
        Ok(rows) => {
            assert_eq!(rows, 1, "{sql}");
            false
        }
        Err(error) => {
            assert_eq!(error.code(), Some(&SqlState::CHECK_VIOLATION), "{sql}: {error}");
            true
        }
    }
}

#[tokio::test]
async fn units_and_terms_that_break_a_rule_are_refused() {
    let (_schema, client) = schema_with_rows().await;
    for (table, good, bad) in [
        ("product_row", "held_stock = 10", "held_stock = 11"),
        ("product_row", "held_stock = 4, sold_stock = 6", "held_stock = 5, sold_stock = 6"),
        ("product_row", "held_stock = 0", "held_stock = -1"),
        ("product_row", "sold_stock = 0", "sold_stock = -1"),
        ("product_row", "held_stock = 0, total_stock = 0", "held_stock = 0, total_stock = -1"),
        ("product_row", "product_id = 9007199254740991", "product_id = 0"),
        ("product_row", "price = 0", "price = -1"),
        ("product_row", "price = 1000000000000", "price = 1000000000001"),
        ("product_row", "currency = 'USD'", "currency = 'EURO'"),
        ("product_row", "max_per_customer = 1", "max_per_customer = 0"),
        ("product_row", "hold_seconds = 1", "hold_seconds = 0"),
        ("product_row", "payment_seconds = 2592000", "payment_seconds = 2592001"),
        ("product_row", "max_extensions = 1000", "max_extensions = 1001"),
        ("product_row", "opens_at_ms = 4, closes_at_ms = 5", "opens_at_ms = 5, closes_at_ms = 5"),
        ("hold_row", "qty = 2", "qty = 0"),
        ("journal_row", "held_stock = 10", "held_stock = 11"),
        ("journal_row", "held_stock = 0", "held_stock = -1"),
        ("journal_row", "sold_stock = 0", "sold_stock = -1"),
        ("journal_row", "last_seq = 1", "last_seq = 0"),
    ] {
        let good = format!("UPDATE {table} SET {good}");
        assert!(!is_refused(&client, &good).await, "{good} is refused");
        let bad = format!("UPDATE {table} SET {bad}");
        assert!(is_refused(&client, &bad).await, "{bad} is not refused");
    }
}

#[tokio::test]
async fn a_hold_is_in_one_of_its_states_and_in_time() {
    let (_schema, client) = schema_with_rows().await;
    for state in ["active", "used", "released", "expired", "lost"] {
        for ended_at_ms in [None, Some(1999), Some(2000)] {
            for order_id in [None, Some("00000000-0000-0000-0000-000000000002")] {
                let in_order = match state {
                    "active" => ended_at_ms.is_none() && order_id.is_none(),
                    "used" => ended_at_ms == Some(1999) && order_id.is_some(),
                    "released" => ended_at_ms.is_some() && order_id.is_none(),
                    "expired" => ended_at_ms == Some(2000) && order_id.is_none(),
                    _ => false,
                };
                let ended_at_ms = ended_at_ms.map_or_else(|| "NULL".into(), |ms| ms.to_string());
                let order_id = order_id.map_or_else(|| "NULL".into(), |id| format!("'{id}'"));
                let sql = format!(
                    "UPDATE hold_row SET state = '{state}', ended_at_ms = {ended_at_ms},
                         order_id = {order_id}"
                );
                assert_eq!(is_refused(&client, &sql).await, !in_order, "{sql}");
            }
        }
    }
}
