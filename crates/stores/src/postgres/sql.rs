//! Every statement of a batch. Rows go in and out as arrays, so that a batch is a handful of
//! statements however many commands it has.

use std::sync::LazyLock;

use super::row::{EVENT, HOLD, ORDER, PRODUCT, REQUEST};

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        /// A statement.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(clippy::enum_variant_names, reason = "some statements are about names")]
        pub(super) enum Name { $($(#[$doc])* $name),* }

        /// The texts of all statements, in the order of their names.
        pub(super) static ALL: LazyLock<Vec<String>> =
            LazyLock::new(|| vec![$(String::from($sql)),*]);
    };
}

/// The server's clock, in milliseconds since 1970.
pub(super) const CLOCK: &str = "floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/// Ids of what requests of one operation made; $n and $m: their customers and keys.
fn made(operation: &str, n: usize, m: usize) -> String {
    format!(
        "SELECT made FROM request_row WHERE operation = '{operation}' AND
             (customer_id, idempotency_key) IN (SELECT * FROM unnest(${n}::text[], ${m}::text[]))"
    )
}

/// The statement fails unless `changes` changes exactly `$n` rows: otherwise somebody else was
/// here.
fn exactly(with: &str, changes: &str, n: usize) -> String {
    format!(
        "WITH {with}, changed AS ({changes} RETURNING 1)
         SELECT 1 / (count(*) = ${n}::bigint)::int FROM changed"
    )
}

/// Rows that are overdue at $3, the first $2 of each product of $1, and their customers' units. The
/// rows are those of `table`, called `alias`, that are in `state` and fall due at `at`.
fn overdue(columns: &str, table: &str, alias: &str, at: &str, state: &str, holds: &str) -> String {
    format!(
        "SELECT {columns}, c.units
         FROM unnest($1::bigint[], $2::bigint[]) AS due(product_id, most)
         CROSS JOIN LATERAL (
             SELECT * FROM {table} WHERE product_id = due.product_id AND state = '{state}'
                 AND {at} <= $3 ORDER BY {at} LIMIT due.most) AS {alias}
         {holds} {WITH_UNITS}"
    )
}

fn hold_columns() -> String {
    prefixed("h", HOLD)
}

/// Each of the columns with the name of its table.
pub(super) fn prefixed(table: &str, columns: &str) -> String {
    let columns: Vec<_> = columns.split(", ").map(|column| format!("{table}.{column}")).collect();
    columns.join(", ")
}

const WITH_UNITS: &str =
    "LEFT JOIN customer_row c ON c.product_id = h.product_id AND c.customer_id = h.customer_id";

statements! {
    Begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
    Rollback = "ROLLBACK";
    Commit = "COMMIT";

    /// $1: order ids that may not exist yet. Whoever names the same ones waits here. The order of
    /// locking, first these and then products, each in order, keeps batches from deadlocks.
    NameOrders = "
        INSERT INTO named_order_row (order_id)
        SELECT named.id FROM unnest($1::uuid[]) AS named(id)
        WHERE NOT EXISTS (SELECT 1 FROM order_row o WHERE o.order_id = named.id)
        ORDER BY named.id
        ON CONFLICT (order_id) DO UPDATE SET order_id = excluded.order_id";
    /// $1: products.
    LockProducts = format!(
        "SELECT {PRODUCT} FROM product_row WHERE product_id = ANY ($1::bigint[])
         ORDER BY product_id FOR UPDATE");
    /// $1: products, and those of $2: holds, $3: orders, of the holds that requests of $4:
    /// customers and $5: keys made, and of orders likewise, $6 and $7.
    LockRows = format!(
        "SELECT {PRODUCT} FROM product_row WHERE product_id IN (
             SELECT unnest($1::bigint[])
             UNION SELECT product_id FROM hold_row WHERE hold_id = ANY ($2::uuid[])
             UNION SELECT product_id FROM order_row WHERE order_id = ANY ($3::uuid[])
             UNION SELECT product_id FROM hold_row WHERE hold_id IN ({})
             UNION SELECT product_id FROM order_row WHERE order_id IN ({}))
         ORDER BY product_id FOR UPDATE", made("place_hold", 4, 5), made("create_order", 6, 7));
    /// The time at which the batch is decided. $1: the caller's, where the caller's counts.
    Clock = format!("SELECT coalesce($1::bigint, {CLOCK})");
    /// Products with something that may be overdue, of the lane $2 of $3 lanes, at most $4. Those
    /// that somebody works on are left to them. $1 as above.
    LockDue = format!(
        "SELECT {PRODUCT} FROM product_row
         WHERE next_deadline_ms <= (SELECT coalesce($1::bigint, {CLOCK}))
             AND product_id % $3::bigint = $2
         ORDER BY next_deadline_ms LIMIT $4::bigint FOR UPDATE SKIP LOCKED");
    /// $1: codes; $2: whether the product with the highest id is wanted.
    OtherProducts = format!(
        "SELECT {PRODUCT} FROM product_row WHERE code = ANY ($1::text[])
         UNION ALL (SELECT {PRODUCT} FROM product_row WHERE $2 ORDER BY product_id DESC LIMIT 1)");
    /// $1: operations, $2: customers, $3: keys.
    Requests = format!(
        "SELECT {REQUEST} FROM request_row WHERE (operation, customer_id, idempotency_key) IN
             (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))");
    /// $1: holds, and those that requests of $2: customers and $3: keys made.
    Holds = format!(
        "SELECT {}, c.units FROM hold_row h {WITH_UNITS}
         WHERE h.hold_id IN (SELECT unnest($1::uuid[]) UNION {})",
        hold_columns(), made("place_hold", 2, 3));
    /// $1: orders, those of $2: holds, and those that requests of $3: customers and $4: keys made.
    Orders = format!(
        "SELECT {ORDER}, c.units FROM order_row o JOIN hold_row h ON h.hold_id = o.hold_id {WITH_UNITS}
         WHERE o.order_id IN (SELECT unnest($1::uuid[])
             UNION SELECT order_id FROM order_row WHERE hold_id = ANY ($2::uuid[])
             UNION {})", made("create_order", 3, 4));
    /// The events $2 of the providers $1; those that wait for the same orders, in the order of
    /// their arrival, and those that wait for the orders $3.
    Events = format!(
        "SELECT {EVENT} FROM payment_row WHERE record IN (
             SELECT record FROM payment_row WHERE (provider, event_id) IN
                 (SELECT * FROM unnest($1::text[], $2::text[]))
             UNION SELECT record FROM payment_row
                 WHERE result = 'stored' AND order_id IN (SELECT unnest($3::uuid[])
                     UNION SELECT order_id FROM payment_row
                         WHERE result = 'stored' AND (provider, event_id) IN
                             (SELECT * FROM unnest($1::text[], $2::text[]))))
         ORDER BY record");
    /// $1: products, $2: customers.
    Customers = "
        SELECT product_id, customer_id, units FROM customer_row WHERE (product_id, customer_id) IN
            (SELECT * FROM unnest($1::bigint[], $2::text[]))";
    OverdueHolds = overdue(&hold_columns(), "hold_row", "h", "expires_at_ms", "active", "");
    OverdueOrders = overdue(ORDER, "order_row", "o", "pay_by_ms", "pending",
        "JOIN hold_row h ON h.hold_id = o.hold_id");
    /// Overdue at $3, of the customers $2 of the products $1.
    OverdueHoldsOfCustomers = format!(
        "SELECT {}, c.units FROM unnest($1::bigint[], $2::text[]) AS whose(product_id, customer_id)
         JOIN hold_row h ON h.customer_id = whose.customer_id
             AND h.product_id = whose.product_id {WITH_UNITS}
         WHERE h.state = 'active' AND h.expires_at_ms <= $3", hold_columns());
    OverdueOrdersOfCustomers = format!(
        "SELECT {ORDER}, c.units
         FROM unnest($1::bigint[], $2::text[]) AS whose(product_id, customer_id)
         JOIN hold_row h ON h.customer_id = whose.customer_id AND h.product_id = whose.product_id
         JOIN order_row o ON o.hold_id = h.hold_id {WITH_UNITS}
         WHERE o.state = 'pending' AND o.pay_by_ms <= $3");
    /// When the first of the products $1 falls due after $2.
    NextDeadlines = "
        SELECT due.product_id, least(
            (SELECT expires_at_ms FROM hold_row WHERE product_id = due.product_id
                 AND state = 'active' AND expires_at_ms > $2 ORDER BY expires_at_ms LIMIT 1),
            (SELECT pay_by_ms FROM order_row WHERE product_id = due.product_id
                 AND state = 'pending' AND pay_by_ms > $2 ORDER BY pay_by_ms LIMIT 1))
        FROM unnest($1::bigint[]) AS due(product_id)";

    InsertProducts = format!(
        "INSERT INTO product_row ({PRODUCT}, changed_at_ms)
         SELECT product.*, 1, $20 FROM unnest(
             $1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[],
             $7::bigint[], $8::boolean[], $9::bigint[], $10::bigint[], $11::bigint[],
             $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[],
             $17::bigint[], $18::bigint[], $19::bigint[]) AS product");
    /// Codes change hands within a batch: $1 give theirs away first.
    FreeCodes = "UPDATE product_row SET code = NULL WHERE product_id = ANY ($1::bigint[])";
    UpdateTerms = "
        UPDATE product_row p SET code = n.code, name = n.name, price = n.price,
            currency = n.currency, opens_at_ms = n.opens_at_ms, closes_at_ms = n.closes_at_ms,
            paused = n.paused, max_per_customer = n.max_per_customer,
            hold_seconds = n.hold_seconds, payment_seconds = n.payment_seconds,
            max_extensions = n.max_extensions
        FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[],
            $7::bigint[], $8::boolean[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[])
            AS n(product_id, code, name, price, currency, opens_at_ms, closes_at_ms, paused,
                 max_per_customer, hold_seconds, payment_seconds, max_extensions)
        WHERE p.product_id = n.product_id";
    /// Units, version, and $7: the deadline, which replaces the old one where $8 says so and is
    /// otherwise one more. $9: the number of its last journal entry before. $10: now.
    UpdateStock = exactly(
        "n AS (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[],
             $5::bigint[], $6::bigint[], $7::bigint[], $8::boolean[], $9::bigint[])
             AS n(product_id, total_stock, held_stock, sold_stock, version, journal_seq,
                  next_deadline_ms, replaces, seq_before))",
        "UPDATE product_row p SET total_stock = n.total_stock, held_stock = n.held_stock,
             sold_stock = n.sold_stock, version = n.version, journal_seq = n.journal_seq,
             next_deadline_ms = CASE WHEN n.replaces THEN n.next_deadline_ms
                 ELSE least(p.next_deadline_ms, n.next_deadline_ms) END,
             revision = p.revision + 1, changed_at_ms = $10
         FROM n WHERE p.product_id = n.product_id AND p.journal_seq = n.seq_before", 11);
    InsertHolds = format!(
        "INSERT INTO hold_row ({HOLD}) SELECT * FROM unnest(
             $1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[],
             $7::text[], $8::uuid[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[])");
    // A hold that is active has not ended. Said that way, nobody takes the index of active holds
    // for the way to find one.
    UpdateHolds = exactly(
        "n AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[], $5::bigint[],
             $6::bigint[])
             AS n(hold_id, state, order_id, extensions, expires_at_ms, ended_at_ms))",
        "UPDATE hold_row h SET state = n.state, order_id = n.order_id, extensions = n.extensions,
             expires_at_ms = n.expires_at_ms, ended_at_ms = n.ended_at_ms
         FROM n WHERE h.hold_id = n.hold_id AND h.ended_at_ms IS NULL", 7);
    InsertOrders = "
        INSERT INTO order_row (order_id, hold_id, product_id, state, refund_awaits_payment,
            created_at_ms, pay_by_ms, updated_at_ms)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::boolean[],
            $6::bigint[], $7::bigint[], $8::bigint[])";
    UpdateOrders = exactly(
        "n AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::boolean[], $4::bigint[])
             AS n(order_id, state, refund_awaits_payment, updated_at_ms))",
        "UPDATE order_row o SET state = n.state, updated_at_ms = n.updated_at_ms,
             refund_awaits_payment = n.refund_awaits_payment
         FROM n WHERE o.order_id = n.order_id", 5);
    InsertEvents = format!(
        "INSERT INTO payment_row ({EVENT})
         SELECT {EVENT}
         FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::bigint[], $6::text[],
             $7::bigint[], $8::text[], $9::text[]) WITH ORDINALITY
             AS n({EVENT}, place)
         ORDER BY place");
    UpdateEvents = exactly(
        &format!(
            "n AS (SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[],
                 $5::bigint[], $6::text[], $7::bigint[], $8::text[], $9::text[]) AS n({EVENT}))"),
        "UPDATE payment_row e SET amount = n.amount, currency = n.currency, result = n.result,
             payload = n.payload
         FROM n WHERE e.provider = n.provider AND e.event_id = n.event_id", 10);
    InsertRequests = format!(
        "INSERT INTO request_row ({REQUEST}) SELECT * FROM unnest(
             $1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::bigint[])");
    WriteCustomers = "
        INSERT INTO customer_row (product_id, customer_id, units)
        SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[])
        ON CONFLICT (product_id, customer_id) DO UPDATE SET units = excluded.units";
    DeleteCustomers = "
        DELETE FROM customer_row WHERE (product_id, customer_id) IN
            (SELECT * FROM unnest($1::bigint[], $2::text[]))";
    InsertJournal = format!(
        "INSERT INTO journal_row ({}) SELECT * FROM unnest(
             $1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
             $7::text[])", crate::journal::ROW);
    /// $1: the orders that exist from now on: nobody names them in advance any more.
    ForgetNames = "DELETE FROM named_order_row WHERE order_id = ANY ($1::uuid[])";
    /// $1: this batch. $2: now. $3: batches of this lane that nobody will ask about any more.
    NoteBatch = "
        WITH gone AS (DELETE FROM batch_row WHERE batch_id = ANY ($3::uuid[]))
        INSERT INTO batch_row (batch_id, committed, at_ms) VALUES ($1, true, $2)";

    /// For a copy, which takes as long as it takes.
    Unlimited = "SELECT set_config('statement_timeout', '0', false),
        set_config('idle_in_transaction_session_timeout', '0', false)";
    InsertAdminKeys = format!(
        "INSERT INTO admin_key_row (key_hash, created_at_ms)
         SELECT key_hash, {CLOCK} FROM unnest($1::bytea[]) AS given(key_hash)
         ON CONFLICT (key_hash) DO NOTHING");
    RecountDeadlines = "
        UPDATE product_row p SET next_deadline_ms = least(
            (SELECT min(expires_at_ms) FROM hold_row h
                 WHERE h.product_id = p.product_id AND h.state = 'active'),
            (SELECT min(pay_by_ms) FROM order_row o
                 WHERE o.product_id = p.product_id AND o.state = 'pending'))";

    /// What became of the batch $1. One that is not here cannot be committed afterwards. It writes
    /// in any case: its own commit then waits for the standby to have all that was before.
    ResolveBatch = format!(
        "INSERT INTO batch_row (batch_id, committed, at_ms) VALUES ($1, false, {CLOCK})
         ON CONFLICT (batch_id) DO UPDATE SET at_ms = excluded.at_ms RETURNING committed");
    /// $1: made before; $2: at most.
    ForgetRequests = "
        DELETE FROM request_row WHERE (operation, customer_id, idempotency_key) IN
            (SELECT operation, customer_id, idempotency_key FROM request_row
             WHERE created_at_ms < $1 ORDER BY created_at_ms LIMIT $2::bigint)
        RETURNING 1";
    ForgetEvents = "
        DELETE FROM payment_row WHERE (provider, event_id) IN
            (SELECT provider, event_id FROM payment_row
             WHERE result <> 'stored' AND received_at_ms < $1
             ORDER BY received_at_ms LIMIT $2::bigint)
        RETURNING 1";
    /// Batches of nodes that are gone.
    ForgetBatches = format!("DELETE FROM batch_row WHERE at_ms < {CLOCK} - 86400000");
    /// Names of orders that exist by now: whoever was about to name them was too late.
    ForgetStaleNames = "
        DELETE FROM named_order_row n
        WHERE EXISTS (SELECT 1 FROM order_row o WHERE o.order_id = n.order_id)";
}
