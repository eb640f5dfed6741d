-- The first schema of the embedded store.
--
-- Tables end in _row and are what the server writes: ids as 16 bytes, times as milliseconds since
-- 1970-01-01T00:00:00Z. For reading use the views at the end, which show both in readable form:
--     SELECT * FROM orders WHERE status = 'refund_due';
-- Every rule that a single row or a key can express is a constraint here too, so that a bug in the
-- server is refused by the database rather than sold to a buyer. (A longer list of values is
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
CREATE TABLE hold_row (
    record        INTEGER PRIMARY KEY,
    hold_id       BLOB    NOT NULL UNIQUE CHECK (length(hold_id) = 16),
    product_id    INTEGER NOT NULL,
    qty           INTEGER NOT NULL CHECK (qty BETWEEN 1 AND 1000000),
    unit_price    INTEGER NOT NULL CHECK (unit_price BETWEEN 0 AND 1000000000000),
    currency      TEXT    NOT NULL CHECK (length(currency) = 3),
    customer_id   TEXT,
    state         TEXT    NOT NULL CHECK (
        state = 'active' OR state = 'used' OR state = 'released' OR state = 'expired'),
    order_id      BLOB    CHECK (length(order_id) = 16),
    extensions    INTEGER NOT NULL CHECK (extensions >= 0),
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    ended_at_ms   INTEGER,
    CHECK ((state = 'used') = (order_id IS NOT NULL)),
    CHECK ((state = 'active') = (ended_at_ms IS NULL)),
    -- A hold is never expired before its time, and never used at or after it.
    CHECK (state <> 'expired' OR ended_at_ms >= expires_at_ms),
    CHECK (state <> 'used' OR ended_at_ms < expires_at_ms)
) STRICT;

-- Whose holds they were.
CREATE INDEX hold_customer ON hold_row (customer_id, hold_id) WHERE customer_id IS NOT NULL;

CREATE TABLE order_row (
    record                INTEGER PRIMARY KEY,
    order_id              BLOB    NOT NULL UNIQUE CHECK (length(order_id) = 16),
    -- A hold makes at most one order.
    hold_id               BLOB    NOT NULL UNIQUE REFERENCES hold_row (hold_id),
    product_id            INTEGER NOT NULL REFERENCES product_row,
    qty                   INTEGER NOT NULL CHECK (qty BETWEEN 1 AND 1000000),
    unit_price            INTEGER NOT NULL CHECK (unit_price BETWEEN 0 AND 1000000000000),
    currency              TEXT    NOT NULL CHECK (length(currency) = 3),
    customer_id           TEXT,
    state                 TEXT    NOT NULL CHECK (
        state = 'pending' OR state = 'paid' OR state = 'cancelled' OR state = 'expired' OR
        state = 'refund_due' OR state = 'refunded'),
    restocked             INTEGER CHECK (restocked IN (0, 1)),  -- of a refunded order only
    had_units             INTEGER CHECK (had_units IN (0, 1)),  -- of a refunded order only
    refund_awaits_payment INTEGER NOT NULL CHECK (refund_awaits_payment IN (0, 1)),
    created_at_ms         INTEGER NOT NULL,
    pay_by_ms             INTEGER NOT NULL,
    updated_at_ms         INTEGER NOT NULL,
    CHECK ((state = 'refunded') = (restocked IS NOT NULL)),
    CHECK ((state = 'refunded') = (had_units IS NOT NULL)),
    CHECK (restocked <= had_units),
    -- An order never expires before its time.
    CHECK (state <> 'expired' OR updated_at_ms >= pay_by_ms)
) STRICT;

CREATE INDEX order_customer ON order_row (customer_id, hold_id) WHERE customer_id IS NOT NULL;

-- Where a restart begins to look for active holds and pending orders: those before are finished.
-- It follows the oldest live row a moment later, and replaces an index of live rows, which would
-- cost every hold two more changes of a page.
CREATE TABLE live_from_row (
    only_row     INTEGER PRIMARY KEY CHECK (only_row = 1),
    hold_record  INTEGER NOT NULL,
    order_record INTEGER NOT NULL
) STRICT;
INSERT INTO live_from_row VALUES (1, 1, 1);

CREATE TABLE payment_row (
    record         INTEGER PRIMARY KEY,  -- in the order of arrival
    provider       TEXT    NOT NULL CHECK (
        provider = 'generic' OR provider = 'stripe'),
    event_id       TEXT    NOT NULL,
    order_id       BLOB    NOT NULL CHECK (length(order_id) = 16),  -- which may not exist yet
    kind           TEXT    NOT NULL CHECK (
        kind = 'paid' OR kind = 'failed' OR kind = 'refunded'),
    amount         INTEGER CHECK (amount >= 0),
    currency       TEXT    CHECK (length(currency) = 3),
    received_at_ms INTEGER NOT NULL,
    result         TEXT    NOT NULL CHECK (
        result = 'applied' OR result = 'ignored' OR result = 'stored' OR
        result = 'amount_mismatch'),
    payload        TEXT    NOT NULL,
    -- An event is taken once, however often it is delivered.
    UNIQUE (provider, event_id)
) STRICT;

CREATE INDEX payment_order ON payment_row (order_id);

CREATE TABLE journal_row (
    product_id  INTEGER NOT NULL,
    seq         INTEGER NOT NULL CHECK (seq >= 1),
    at_ms       INTEGER NOT NULL,
    kind        TEXT    NOT NULL CHECK (
        kind = 'product_created' OR kind = 'stock_changed' OR kind = 'hold_placed' OR
        kind = 'hold_released' OR kind = 'hold_expired' OR kind = 'order_paid' OR
        kind = 'order_cancelled' OR kind = 'order_expired' OR kind = 'order_retaken' OR
        kind = 'order_restocked'),
    qty         INTEGER NOT NULL CHECK (
        qty > 0 OR kind = 'product_created' OR kind = 'stock_changed'),
    -- The product's counters after the entry.
    total_stock INTEGER NOT NULL CHECK (total_stock >= 0),
    held_stock  INTEGER NOT NULL CHECK (held_stock >= 0),
    sold_stock  INTEGER NOT NULL CHECK (sold_stock >= 0),
    hold_id     BLOB,
    order_id    BLOB,
    provider    TEXT,
    event_id    TEXT,
    PRIMARY KEY (product_id, seq),
    CHECK (held_stock + sold_stock <= total_stock),
    CHECK ((provider IS NULL) = (event_id IS NULL))
) STRICT, WITHOUT ROWID;

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
    created_at_ms   INTEGER NOT NULL,
    UNIQUE (operation, customer_id, idempotency_key)
) STRICT;

-- Keys of the admin API; only their SHA-256 is kept.
CREATE TABLE admin_key_row (
    key_hash      BLOB    NOT NULL PRIMARY KEY CHECK (length(key_hash) = 32),
    created_at_ms INTEGER NOT NULL
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
SELECT nullif(lower(format('%s-%s-%s-%s-%s', substr(h, 1, 8), substr(h, 9, 4),
           substr(h, 13, 4), substr(h, 17, 4), substr(h, 21))), '----') AS hold_id,
       product_id, qty, unit_price, currency, customer_id, state AS status,
       nullif(lower(format('%s-%s-%s-%s-%s', substr(o, 1, 8), substr(o, 9, 4),
           substr(o, 13, 4), substr(o, 17, 4), substr(o, 21))), '----') AS order_id,
       extensions,
       strftime('%Y-%m-%dT%H:%M:%fZ', created_at_ms / 1000.0, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', expires_at_ms / 1000.0, 'unixepoch') AS expires_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', ended_at_ms / 1000.0, 'unixepoch') AS ended_at
FROM (SELECT *, hex(hold_id) AS h, hex(order_id) AS o FROM hold_row);

CREATE VIEW orders AS
SELECT nullif(lower(format('%s-%s-%s-%s-%s', substr(o, 1, 8), substr(o, 9, 4),
           substr(o, 13, 4), substr(o, 17, 4), substr(o, 21))), '----') AS order_id,
       nullif(lower(format('%s-%s-%s-%s-%s', substr(h, 1, 8), substr(h, 9, 4),
           substr(h, 13, 4), substr(h, 17, 4), substr(h, 21))), '----') AS hold_id,
       product_id, qty, unit_price, qty * unit_price AS total_price, currency,
       customer_id, state AS status, restocked,
       strftime('%Y-%m-%dT%H:%M:%fZ', created_at_ms / 1000.0, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', pay_by_ms / 1000.0, 'unixepoch') AS pay_by,
       strftime('%Y-%m-%dT%H:%M:%fZ', updated_at_ms / 1000.0, 'unixepoch') AS updated_at
FROM (SELECT *, hex(hold_id) AS h, hex(order_id) AS o FROM order_row);

CREATE VIEW payments AS
SELECT provider, event_id,
       nullif(lower(format('%s-%s-%s-%s-%s', substr(o, 1, 8), substr(o, 9, 4),
           substr(o, 13, 4), substr(o, 17, 4), substr(o, 21))), '----') AS order_id,
       kind AS status, result, amount, currency,
       strftime('%Y-%m-%dT%H:%M:%fZ', received_at_ms / 1000.0, 'unixepoch') AS received_at,
       payload
FROM (SELECT *, hex(order_id) AS o FROM payment_row);

CREATE VIEW journal AS
SELECT product_id, seq,
       strftime('%Y-%m-%dT%H:%M:%fZ', at_ms / 1000.0, 'unixepoch') AS at,
       kind, qty, total_stock, held_stock, sold_stock,
       nullif(lower(format('%s-%s-%s-%s-%s', substr(h, 1, 8), substr(h, 9, 4),
           substr(h, 13, 4), substr(h, 17, 4), substr(h, 21))), '----') AS hold_id,
       nullif(lower(format('%s-%s-%s-%s-%s', substr(o, 1, 8), substr(o, 9, 4),
           substr(o, 13, 4), substr(o, 17, 4), substr(o, 21))), '----') AS order_id,
       provider, event_id
FROM (SELECT *, hex(hold_id) AS h, hex(order_id) AS o FROM journal_row);

CREATE VIEW customers AS
SELECT product_id, customer_id, units FROM customer_row;
