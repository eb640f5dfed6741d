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

/// The rows of which the parameters from `$n` on are the columns, each given with its type. In the
/// list of results the server makes one row after the other; in FROM it would store all of them
/// first, which makes a hold a fifth dearer.
fn rows(n: usize, columns: &str) -> String {
    let column = |(column, n): (&str, usize)| {
        let (name, kind) = column.split_once(' ').unwrap_or((column, "text"));
        format!("unnest(${n}::{kind}[]) AS {name}")
    };
    let columns: Vec<_> = columns.split(", ").zip(n..).map(column).collect();
    format!("SELECT {}", columns.join(", "))
}

/// The same from $1 on, for a statement that calls them n.
fn n_rows(columns: &str) -> String {
    format!("n AS ({})", rows(1, columns))
}

/// New rows of `table`, as above.
fn insert(table: &str, n: usize, columns: &str) -> String {
    let name = |column: &str| column.split(' ').next().unwrap_or_default().to_owned();
    let names: Vec<_> = columns.split(", ").map(name).collect();
    format!("INSERT INTO {table} ({}) {}", names.join(", "), rows(n, columns))
}

/// The columns of the journal's rows.
const JOURNAL: &str = "product_id bigint, first_seq bigint, last_seq bigint, total_stock bigint, \
    held_stock bigint, sold_stock bigint, entries text";

/// Locks the products that `which` finds, and reads the clock once they are locked: it is in the
/// last column of each row, of which the last one counts. There is one row even if there is no
/// product. `$n`: the caller's time, where the caller's counts.
fn lock(which: &str, n: usize) -> String {
    format!(
        "SELECT locked.*, coalesce(${n}::bigint, {CLOCK})
         FROM (SELECT 1) AS always LEFT JOIN
             (SELECT {PRODUCT} FROM product_row WHERE {which} ORDER BY product_id FOR UPDATE)
             AS locked ON true"
    )
}

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
    /// $1: products. $2: the time, see [`lock`].
    LockProducts = lock("product_id = ANY ($1::bigint[])", 2);
    /// $1: products, and those of $2: holds, $3: orders, of the holds that requests of $4:
    /// customers and $5: keys made, and of orders likewise, $6 and $7. $8: the time.
    LockRows = lock(
        &format!(
            "product_id IN (
                 SELECT unnest($1::bigint[])
                 UNION SELECT product_id FROM hold_row WHERE hold_id = ANY ($2::uuid[])
                 UNION SELECT product_id FROM order_row WHERE order_id = ANY ($3::uuid[])
                 UNION SELECT product_id FROM hold_row WHERE hold_id IN ({})
                 UNION SELECT product_id FROM order_row WHERE order_id IN ({}))",
            made("place_hold", 4, 5), made("create_order", 6, 7)),
        8);
    /// Products with something that may be overdue, of the lane $2 of $3 lanes, at most $4. Those
    /// that somebody works on are left to them. $1: the time.
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
        "INSERT INTO product_row ({PRODUCT}, changed_at_ms) SELECT product.*, 1, $20 FROM ({})
             AS product",
        rows(1, "product_id bigint, code text, name text, price bigint, currency text, \
              opens_at_ms bigint, closes_at_ms bigint, paused boolean, max_per_customer bigint, \
              hold_seconds bigint, payment_seconds bigint, max_extensions bigint, \
              total_stock bigint, held_stock bigint, sold_stock bigint, version bigint, \
              journal_seq bigint, created_at_ms bigint, next_deadline_ms bigint"));
    /// Codes change hands within a batch: $1 give theirs away first.
    FreeCodes = "UPDATE product_row SET code = NULL WHERE product_id = ANY ($1::bigint[])";
    UpdateTerms = format!("
        UPDATE product_row p SET code = n.code, name = n.name, price = n.price,
            currency = n.currency, opens_at_ms = n.opens_at_ms, closes_at_ms = n.closes_at_ms,
            paused = n.paused, max_per_customer = n.max_per_customer,
            hold_seconds = n.hold_seconds, payment_seconds = n.payment_seconds,
            max_extensions = n.max_extensions
        FROM ({}) AS n WHERE p.product_id = n.product_id",
        rows(1, "product_id bigint, code text, name text, price bigint, currency text, \
              opens_at_ms bigint, closes_at_ms bigint, paused boolean, max_per_customer bigint, \
              hold_seconds bigint, payment_seconds bigint, max_extensions bigint"));
    /// Holds as most of them are made.
    InsertActiveHolds = format!(
        "INSERT INTO hold_row (hold_id, product_id, qty, unit_price, currency, customer_id,
             created_at_ms, expires_at_ms, state, extensions) {}, 'active', 0",
        rows(1, "hold_id uuid, product_id bigint, qty bigint, unit_price bigint, currency text, \
              customer_id text, created_at_ms bigint, expires_at_ms bigint"));
    InsertHolds = insert("hold_row", 1,
        "hold_id uuid, product_id bigint, qty bigint, unit_price bigint, currency text, \
         customer_id text, created_at_ms bigint, expires_at_ms bigint, state text, \
         extensions bigint, order_id uuid, ended_at_ms bigint");
    // A hold that is active has not ended. Said that way, nobody takes the index of active holds
    // for the way to find one.
    UpdateHolds = exactly(
        &n_rows("hold_id uuid, state text, order_id uuid, extensions bigint, expires_at_ms bigint, \
               ended_at_ms bigint"),
        "UPDATE hold_row h SET state = n.state, order_id = n.order_id, extensions = n.extensions,
             expires_at_ms = n.expires_at_ms, ended_at_ms = n.ended_at_ms
         FROM n WHERE h.hold_id = n.hold_id AND h.ended_at_ms IS NULL", 7);
    InsertOrders = insert("order_row", 1,
        "order_id uuid, hold_id uuid, product_id bigint, state text, \
         refund_awaits_payment boolean, created_at_ms bigint, pay_by_ms bigint, \
         updated_at_ms bigint");
    UpdateOrders = exactly(
        &n_rows("order_id uuid, state text, refund_awaits_payment boolean, updated_at_ms bigint"),
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
        &n_rows("provider text, event_id text, order_id uuid, kind text, amount bigint, \
               currency text, received_at_ms bigint, result text, payload text"),
        "UPDATE payment_row e SET amount = n.amount, currency = n.currency, result = n.result,
             payload = n.payload
         FROM n WHERE e.provider = n.provider AND e.event_id = n.event_id", 10);
    InsertRequests = insert("request_row", 1,
        "operation text, customer_id text, idempotency_key text, request text, made uuid, \
         created_at_ms bigint");
    WriteCustomers = format!(
        "{} ON CONFLICT (product_id, customer_id) DO UPDATE SET units = excluded.units",
        insert("customer_row", 1, "product_id bigint, customer_id text, units bigint"));
    DeleteCustomers = "
        DELETE FROM customer_row WHERE (product_id, customer_id) IN
            (SELECT * FROM unnest($1::bigint[], $2::text[]))";
    InsertJournal = insert("journal_row", 1, JOURNAL);
    /// $1: the orders that exist from now on: nobody names them in advance any more.
    ForgetNames = "DELETE FROM named_order_row WHERE order_id = ANY ($1::uuid[])";
    /// The end of every batch that writes, in one statement, because each has its own answer that
    /// the server sends and the caller wakes up for. Units, version, and $7: the deadline, which
    /// replaces the old one where $8 says so and is otherwise one more. $9: the number of its last
    /// journal entry before. $10: now, roughly. $11: how many products there are. From $12 on:
    /// journal entries. $19 and $20: this batch, and now. $21: batches of its lane that nobody will
    /// ask about any more.
    EndBatch = exactly(
        &format!("n AS ({}), entries AS ({}),
            noted AS (INSERT INTO batch_row (batch_id, committed, at_ms) VALUES ($19, true, $20)),
            gone AS (DELETE FROM batch_row WHERE batch_id = ANY ($21::uuid[]))",
            rows(1, "product_id bigint, total_stock bigint, held_stock bigint, sold_stock bigint, \
                 version bigint, journal_seq bigint, next_deadline_ms bigint, replaces boolean, \
                 seq_before bigint"),
            insert("journal_row", 12, JOURNAL)),
        "UPDATE product_row p SET total_stock = n.total_stock, held_stock = n.held_stock,
             sold_stock = n.sold_stock, version = n.version, journal_seq = n.journal_seq,
             next_deadline_ms = CASE WHEN n.replaces THEN n.next_deadline_ms
                 ELSE least(p.next_deadline_ms, n.next_deadline_ms) END,
             revision = p.revision + 1, changed_at_ms = $10
         FROM n WHERE p.product_id = n.product_id AND p.journal_seq = n.seq_before", 11);
    /// For a copy, which takes as long as it takes.
    Unlimited = "SELECT set_config('statement_timeout', '0', false),
        set_config('idle_in_transaction_session_timeout', '0', false)";
    InsertAdminKeys = format!(
        "INSERT INTO admin_key_row (key_hash, scope, name, created_at_ms, revoked_at_ms)
         SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
         ON CONFLICT (key_hash) DO NOTHING");
    /// Nobody writes while this is checked, nor afterwards.
    LockForCopy = "LOCK TABLE product_row, payment_row IN SHARE ROW EXCLUSIVE MODE";
    IsUsed = "
        SELECT EXISTS (SELECT 1 FROM product_row) OR EXISTS (SELECT 1 FROM payment_row)";
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
    // Every lane of every node cleans up. What one of them is removing the others leave to it.
    /// $1: made before; $2: at most.
    ForgetRequests = "
        DELETE FROM request_row WHERE (operation, customer_id, idempotency_key) IN
            (SELECT operation, customer_id, idempotency_key FROM request_row
             WHERE created_at_ms < $1 ORDER BY created_at_ms LIMIT $2::bigint
             FOR UPDATE SKIP LOCKED)
        RETURNING 1";
    ForgetEvents = "
        DELETE FROM payment_row WHERE (provider, event_id) IN
            (SELECT provider, event_id FROM payment_row
             WHERE result <> 'stored' AND received_at_ms < $1
             ORDER BY received_at_ms LIMIT $2::bigint
             FOR UPDATE SKIP LOCKED)
        RETURNING 1";
    /// Batches of nodes that are gone.
    ForgetBatches = format!(
        "DELETE FROM batch_row WHERE batch_id IN (
             SELECT batch_id FROM batch_row WHERE at_ms < {CLOCK} - 86400000
             FOR UPDATE SKIP LOCKED)
         RETURNING 1");
    /// Names of orders that exist by now: whoever was about to name them was too late.
    ForgetStaleNames = "
        DELETE FROM named_order_row WHERE order_id IN (
            SELECT n.order_id FROM named_order_row n
            WHERE EXISTS (SELECT 1 FROM order_row o WHERE o.order_id = n.order_id)
            FOR UPDATE OF n SKIP LOCKED)
        RETURNING 1";
}
