-- The first schema of the embedded store.
--
-- Tables end in _row and are what the server writes: ids as 16 bytes, times as milliseconds since
-- 1970-01-01T00:00:00Z. For reading use the views at the end, which show both in readable form:
--     SELECT * FROM orders WHERE status = 'refund_due';
-- Every rule that a single row or a key can express is a constraint here too, so that a bug in the
-- server is refused by the database rather than sold to a buyer; but for the keys of payments and
-- requests, which the store checks before it writes. (A longer list of values is
-- spelled "a OR b": for "IN (a, b, c)" SQLite builds a table each time it checks a row.)

CREATE TABLE product_row (
    product_id       INTEGER PRIMARY KEY CHECK (product_id BETWEEN 1 AND 9007199254740991),
    code             TEXT UNIQUE,
    name             TEXT    NOT NULL,
    price            INTEGER NOT NULL CHECK (price BETWEEN 0 AND 1000000000000), -- minor units
    currency         TEXT    NOT NULL CHECK (length(currency) = 3),
    opens_at_ms      INTEGER,                                                    -- NULL: at once
    closes_at_ms     INTEGER,                                                    -- NULL: never
    paused           INTEGER NOT NULL CHECK (paused IN (0, 1)),
    max_per_customer INTEGER CHECK (max_per_customer BETWEEN 1 AND 1000000),     -- NULL: no limit
    hold_seconds     INTEGER NOT NULL CHECK (hold_seconds BETWEEN 1 AND 2592000),
    payment_seconds  INTEGER NOT NULL CHECK (payment_seconds BETWEEN 1 AND 2592000),
    max_extensions   INTEGER NOT NULL CHECK (max_extensions BETWEEN 0 AND 1000),
    total_stock      INTEGER NOT NULL CHECK (total_stock BETWEEN 0 AND 1000000000),
    held_stock       INTEGER NOT NULL CHECK (held_stock >= 0),
    sold_stock       INTEGER NOT NULL CHECK (sold_stock >= 0),
    version          INTEGER NOT NULL CHECK (version >= 1),
    journal_seq      INTEGER NOT NULL CHECK (journal_seq >= 1),  -- number of its last journal entry
    created_at_ms    INTEGER NOT NULL,
    -- Nothing is sold twice.
    CHECK (held_stock + sold_stock <= total_stock),
    CHECK (opens_at_ms < closes_at_ms)
) STRICT;

-- Holds and journal entries, the rows of which every click makes one, name their product without a
-- foreign key: products are never removed, the audit finds an unknown one, and looking it up for
-- each row is 2 % of all a hold costs.
--
-- Holds and orders are kept in the order in which they came (record), so that a batch's new rows
-- lie side by side on the last pages and only the narrow index of their ids is spread.
--
-- A hold that became an order is not written again: that there is an order says so. Until it
-- ends otherwise, ended stays NULL.
CREATE TABLE hold_row (
    record        INTEGER PRIMARY KEY,
    hold_id       BLOB    NOT NULL UNIQUE CHECK (length(hold_id) = 16),
    product_id    INTEGER NOT NULL,
    qty           INTEGER NOT NULL CHECK (qty BETWEEN 1 AND 1000000),
    unit_price    INTEGER NOT NULL CHECK (unit_price BETWEEN 0 AND 1000000000000),
    currency      TEXT    NOT NULL CHECK (length(currency) = 3),
    customer_id   TEXT,
    extensions    INTEGER NOT NULL CHECK (extensions >= 0),
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    ended         TEXT    CHECK (ended = 'released' OR ended = 'expired'),
    ended_at_ms   INTEGER,
    CHECK ((ended IS NULL) = (ended_at_ms IS NULL)),
    -- A hold is never expired before its time.
    CHECK (ended <> 'expired' OR ended_at_ms >= expires_at_ms)
) STRICT;

-- Whose holds and orders they were.
CREATE INDEX hold_customer ON hold_row (customer_id, hold_id) WHERE customer_id IS NOT NULL;

-- What an order is for, at what price and for whom, is in its hold.
CREATE TABLE order_row (
    record                INTEGER PRIMARY KEY,
    order_id              BLOB    NOT NULL UNIQUE CHECK (length(order_id) = 16),
    -- A hold makes at most one order.
    hold_id               BLOB    NOT NULL UNIQUE REFERENCES hold_row (hold_id),
    -- A refunded order either keeps its units sold (refunded), has put them back on sale
    -- (restocked), or never had them (refunded_late: it was paid when they were gone).
    state                 TEXT    NOT NULL CHECK (
        state = 'pending' OR state = 'paid' OR state = 'cancelled' OR state = 'expired' OR
        state = 'refund_due' OR state = 'refunded' OR state = 'restocked' OR
        state = 'refunded_late'),
    refund_awaits_payment INTEGER NOT NULL CHECK (refund_awaits_payment IN (0, 1)),
    created_at_ms         INTEGER NOT NULL,
    hold_expires_at_ms    INTEGER NOT NULL,
    pay_by_ms             INTEGER NOT NULL,
    updated_at_ms         INTEGER NOT NULL,
    -- A hold is never used at or after its time.
    CHECK (created_at_ms < hold_expires_at_ms),
    -- An order never expires before its time.
    CHECK (state <> 'expired' OR updated_at_ms >= pay_by_ms)
) STRICT;

-- How far the upkeep has come, and what it needs.
CREATE TABLE upkeep_row (
    only_row         INTEGER PRIMARY KEY CHECK (only_row = 1),
    -- Where a restart begins to look for active holds and pending orders: those before are
    -- finished. It follows the oldest live row a moment later, and replaces an index of live rows,
    -- which would cost every hold two more changes of a page.
    live_from_hold   INTEGER NOT NULL,
    live_from_order  INTEGER NOT NULL,
    -- Payments and requests up to these records have their key in the index below. Those of later
    -- ones are in the server's memory, and are read from the rows again when it starts.
    payments_indexed INTEGER NOT NULL,
    requests_indexed INTEGER NOT NULL,
    -- What keys are hashed with (SipHash-1-3), so that nobody can choose keys that collide.
    hash_key         BLOB    NOT NULL CHECK (length(hash_key) = 16)
) STRICT;
INSERT INTO upkeep_row VALUES (1, 1, 1, 0, 0, randomblob(16));

CREATE TABLE payment_row (
    record         INTEGER PRIMARY KEY,  -- in the order of arrival
    provider       TEXT    NOT NULL CHECK (
        provider = 'generic' OR provider = 'stripe'),
    event_id       TEXT    NOT NULL,
    order_id       BLOB    NOT NULL CHECK (length(order_id) = 16),  -- which may not exist yet
    kind           TEXT    NOT NULL CHECK (
        kind = 'paid' OR kind = 'failed' OR kind = 'refunded' OR kind = 'noted'),
    amount         INTEGER CHECK (amount >= 0),
    currency       TEXT    CHECK (length(currency) = 3),
    received_at_ms INTEGER NOT NULL,
    result         TEXT    NOT NULL CHECK (
        result = 'applied' OR result = 'ignored' OR result = 'stored' OR
        result = 'amount_mismatch'),
    payload        TEXT    NOT NULL
) STRICT;

CREATE INDEX payment_order ON payment_row (order_id);

-- An event is taken once, however often it is delivered: its payment is found by the hash of
-- (provider, event_id). Event ids come in no order, so each changes a page of an index by itself.
-- This one is narrow, and is written later, many neighbours at a time (see upkeep_row).
CREATE TABLE payment_key_row (
    hash   INTEGER NOT NULL,
    record INTEGER NOT NULL,
    PRIMARY KEY (hash, record)
) STRICT, WITHOUT ROWID;

-- The entries that one batch made for one product are one row: a row for each would cost more than
-- the hold that it is about. The view journal shows them one by one.
CREATE TABLE journal_row (
    record      INTEGER PRIMARY KEY,
    product_id  INTEGER NOT NULL,
    first_seq   INTEGER NOT NULL CHECK (first_seq >= 1),
    last_seq    INTEGER NOT NULL CHECK (last_seq >= first_seq),
    -- The product's counters after the last entry.
    total_stock INTEGER NOT NULL CHECK (total_stock >= 0),
    held_stock  INTEGER NOT NULL CHECK (held_stock >= 0),
    sold_stock  INTEGER NOT NULL CHECK (sold_stock >= 0),
    -- JSON: [[at_ms, kind, qty, total_stock, held_stock, sold_stock, hold_id, order_id, provider,
    -- event_id], ...], the counters as they are after each entry.
    entries     TEXT    NOT NULL,
    UNIQUE (product_id, last_seq),
    CHECK (held_stock + sold_stock <= total_stock)
) STRICT;

-- Units that a customer has of a product: held, pending and paid ones.
CREATE TABLE customer_row (
    product_id  INTEGER NOT NULL REFERENCES product_row,
    customer_id TEXT    NOT NULL,
    units       INTEGER NOT NULL CHECK (units > 0),
    PRIMARY KEY (product_id, customer_id)
) STRICT, WITHOUT ROWID;

-- Requests that came with an idempotency key, and what they made.
CREATE TABLE request_row (
    record          INTEGER PRIMARY KEY,  -- in the order of arrival
    operation       TEXT    NOT NULL CHECK (
        operation = 'place_hold' OR operation = 'create_order'),
    customer_id     TEXT    NOT NULL,     -- '' where the request names none
    idempotency_key TEXT    NOT NULL,
    request         TEXT    NOT NULL,     -- what was asked for, in canonical form
    made            BLOB    NOT NULL CHECK (length(made) = 16),
    created_at_ms   INTEGER NOT NULL
) STRICT;

-- A key is remembered once: found by the hash of (operation, customer_id, idempotency_key), as
-- payments are.
CREATE TABLE request_key_row (
    hash   INTEGER NOT NULL,
    record INTEGER NOT NULL,
    PRIMARY KEY (hash, record)
) STRICT, WITHOUT ROWID;

-- Keys of the admin API; only their SHA-256 is kept. A key that was revoked stays, so that it can
-- be seen that there was one.
CREATE TABLE admin_key_row (
    key_hash      BLOB    NOT NULL PRIMARY KEY CHECK (length(key_hash) = 32),
    scope         TEXT    NOT NULL CHECK (scope = 'admin' OR scope = 'read'),
    name          TEXT,  -- NULL: made by a server at its first start
    created_at_ms INTEGER NOT NULL,
    revoked_at_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE VIEW products AS
SELECT product_id, code, name, price, currency,
       total_stock, total_stock - held_stock - sold_stock AS available_stock,
       held_stock, sold_stock, paused,
       strftime('%Y-%m-%dT%H:%M:%fZ', opens_at_ms / 1000.0, 'unixepoch') AS opens_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', closes_at_ms / 1000.0, 'unixepoch') AS closes_at,
       max_per_customer, hold_seconds, payment_seconds, max_extensions, version,
       strftime('%Y-%m-%dT%H:%M:%fZ', created_at_ms / 1000.0, 'unixepoch') AS created_at
FROM product_row;

CREATE VIEW holds AS
SELECT lower(format('%s-%s-%s-%s-%s', substr(h, 1, 8), substr(h, 9, 4),
           substr(h, 13, 4), substr(h, 17, 4), substr(h, 21))) AS hold_id,
       product_id, qty, unit_price, currency, customer_id,
       coalesce(ended, iif(order_id IS NULL, 'active', 'used')) AS status,
       nullif(lower(format('%s-%s-%s-%s-%s', substr(o, 1, 8), substr(o, 9, 4),
           substr(o, 13, 4), substr(o, 17, 4), substr(o, 21))), '----') AS order_id,
       extensions,
       strftime('%Y-%m-%dT%H:%M:%fZ', created_at_ms / 1000.0, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', expires_at_ms / 1000.0, 'unixepoch') AS expires_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', coalesce(ended_at_ms, used_at_ms) / 1000.0, 'unixepoch')
           AS ended_at
FROM (SELECT hold_row.*, order_id, order_row.created_at_ms AS used_at_ms,
             hex(hold_row.hold_id) AS h, hex(order_id) AS o
      FROM hold_row LEFT JOIN order_row ON order_row.hold_id = hold_row.hold_id);

CREATE VIEW orders AS
SELECT lower(format('%s-%s-%s-%s-%s', substr(o, 1, 8), substr(o, 9, 4),
           substr(o, 13, 4), substr(o, 17, 4), substr(o, 21))) AS order_id,
       lower(format('%s-%s-%s-%s-%s', substr(h, 1, 8), substr(h, 9, 4),
           substr(h, 13, 4), substr(h, 17, 4), substr(h, 21))) AS hold_id,
       product_id, qty, unit_price, qty * unit_price AS total_price, currency, customer_id,
       CASE WHEN state IN ('restocked', 'refunded_late') THEN 'refunded' ELSE state END AS status,
       CASE WHEN state IN ('restocked', 'refunded', 'refunded_late') THEN state = 'restocked' END
           AS restocked,
       strftime('%Y-%m-%dT%H:%M:%fZ', order_created_at_ms / 1000.0, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', pay_by_ms / 1000.0, 'unixepoch') AS pay_by,
       strftime('%Y-%m-%dT%H:%M:%fZ', updated_at_ms / 1000.0, 'unixepoch') AS updated_at
FROM (SELECT hold_row.*, order_row.created_at_ms AS order_created_at_ms, state, pay_by_ms,
             updated_at_ms, hex(order_id) AS o, hex(hold_row.hold_id) AS h
      FROM order_row JOIN hold_row ON hold_row.hold_id = order_row.hold_id);

CREATE VIEW payments AS
SELECT provider, event_id,
       nullif(lower(format('%s-%s-%s-%s-%s', substr(o, 1, 8), substr(o, 9, 4),
           substr(o, 13, 4), substr(o, 17, 4), substr(o, 21))), '----') AS order_id,
       kind AS status, result, amount, currency,
       strftime('%Y-%m-%dT%H:%M:%fZ', received_at_ms / 1000.0, 'unixepoch') AS received_at,
       payload
FROM (SELECT *, hex(order_id) AS o FROM payment_row);

CREATE VIEW journal AS
SELECT product_id, first_seq + key AS seq,
       strftime('%Y-%m-%dT%H:%M:%fZ', (value ->> 0) / 1000.0, 'unixepoch') AS at,
       value ->> 1 AS kind, value ->> 2 AS qty, value ->> 3 AS total_stock,
       value ->> 4 AS held_stock, value ->> 5 AS sold_stock, value ->> 6 AS hold_id,
       value ->> 7 AS order_id, value ->> 8 AS provider, value ->> 9 AS event_id
FROM journal_row, json_each(entries);

CREATE VIEW customers AS
SELECT product_id, customer_id, units FROM customer_row;
