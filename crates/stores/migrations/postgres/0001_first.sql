-- The first schema on PostgreSQL.
--
-- Tables end in _row and are what the servers write: times as milliseconds since
-- 1970-01-01T00:00:00Z. For reading use the views at the end, which show them in readable form:
--     SELECT * FROM orders WHERE status = 'refund_due';
-- Every rule that a single row or a key can express is a constraint here too, so that a bug in a
-- server is refused by the database rather than sold to a buyer. There are no foreign keys: they
-- cost half of what a hold costs, and the audit finds what they would have. PostgreSQL reads the
-- text of a table's checks anew in each statement that writes there, so they are few and short
-- where holds are made; what seldom changes is checked by its type, which costs nothing then.
--
-- Whoever changes a hold, an order or units of a product has locked the product's row first.
-- Whoever names an order that may not exist yet (a payment event, or a storefront that chooses its
-- id) has locked the id's row in named_order_row before that.

CREATE DOMAIN product_number  AS bigint CHECK (VALUE BETWEEN 1 AND 9007199254740991);
CREATE DOMAIN minor_units     AS bigint CHECK (VALUE BETWEEN 0 AND 1000000000000);
CREATE DOMAIN currency_code   AS text   CHECK (length(VALUE) = 3);
CREATE DOMAIN customers_limit AS bigint CHECK (VALUE BETWEEN 1 AND 1000000);
CREATE DOMAIN length_seconds  AS bigint CHECK (VALUE BETWEEN 1 AND 2592000);
CREATE DOMAIN extensions      AS bigint CHECK (VALUE BETWEEN 0 AND 1000);

CREATE TABLE product_row (
    product_id       product_number PRIMARY KEY,
    code             text            UNIQUE,
    name             text            NOT NULL,
    price            minor_units     NOT NULL,
    currency         currency_code   NOT NULL,
    opens_at_ms      bigint,                    -- NULL: at once
    closes_at_ms     bigint,                    -- NULL: never
    paused           boolean         NOT NULL,
    max_per_customer customers_limit,           -- NULL: no limit
    hold_seconds     length_seconds  NOT NULL,
    payment_seconds  length_seconds  NOT NULL,
    max_extensions   extensions      NOT NULL,
    total_stock      bigint          NOT NULL,
    held_stock       bigint          NOT NULL,
    sold_stock       bigint          NOT NULL,
    version          bigint          NOT NULL,
    journal_seq      bigint          NOT NULL,  -- number of its last journal entry
    created_at_ms    bigint          NOT NULL,
    -- No active hold or pending order of it falls due before this; NULL: it has none.
    next_deadline_ms bigint,
    -- Grows with every write of this row, and when that was, in steps of a tenth of a second: what
    -- other nodes ask for.
    revision         bigint  NOT NULL,
    changed_at_ms    bigint  NOT NULL,
    -- Nothing is sold twice.
    CHECK (held_stock >= 0 AND sold_stock >= 0 AND held_stock + sold_stock <= total_stock),
    CHECK (opens_at_ms < closes_at_ms)
) WITH (fillfactor = 50);  -- the hot rows are rewritten all the time: room for it on their page

-- Where something may be overdue. Its value changes seldom, so it rarely costs a write.
CREATE INDEX product_deadline ON product_row (next_deadline_ms) WHERE next_deadline_ms IS NOT NULL;

-- What changed lately, which every node asks several times a second.
CREATE INDEX product_changed ON product_row (changed_at_ms);

CREATE TABLE hold_row (
    hold_id       uuid   PRIMARY KEY,
    product_id    bigint NOT NULL,
    qty           bigint NOT NULL,
    unit_price    bigint NOT NULL,  -- and currency: as they were at the product
    currency      text   NOT NULL,
    customer_id   text,
    state         text   NOT NULL,
    order_id      uuid,             -- the one order that it became
    extensions    bigint NOT NULL,
    created_at_ms bigint NOT NULL,
    expires_at_ms bigint NOT NULL,
    ended_at_ms   bigint,
    -- A hold is never used at or after its time, and never expired before it.
    CHECK (qty >= 1 AND CASE state
        WHEN 'active' THEN ended_at_ms IS NULL AND order_id IS NULL
        WHEN 'used' THEN (ended_at_ms < expires_at_ms) IS TRUE AND order_id IS NOT NULL
        WHEN 'expired' THEN (ended_at_ms >= expires_at_ms) IS TRUE AND order_id IS NULL
        WHEN 'released' THEN ended_at_ms IS NOT NULL AND order_id IS NULL
        ELSE false END)
);

CREATE INDEX hold_due ON hold_row (product_id, expires_at_ms) WHERE state = 'active';
CREATE INDEX hold_customer ON hold_row (customer_id, hold_id) WHERE customer_id IS NOT NULL;

-- What an order is for, at what price and for whom, is in its hold.
CREATE TABLE order_row (
    order_id              uuid    PRIMARY KEY,
    hold_id               uuid    NOT NULL UNIQUE,  -- a hold makes at most one order
    product_id            bigint  NOT NULL,
    -- A refunded order either keeps its units sold (refunded), has put them back on sale
    -- (restocked), or never had them (refunded_late: it was paid when they were gone).
    state                 text    NOT NULL CHECK (
        state IN ('pending', 'paid', 'cancelled', 'expired', 'refund_due', 'refunded',
                  'restocked', 'refunded_late')),
    refund_awaits_payment boolean NOT NULL,
    created_at_ms         bigint  NOT NULL,
    pay_by_ms             bigint  NOT NULL,
    updated_at_ms         bigint  NOT NULL,
    -- An order never expires before its time.
    CHECK (state <> 'expired' OR updated_at_ms >= pay_by_ms)
);

CREATE INDEX order_due ON order_row (product_id, pay_by_ms) WHERE state = 'pending';

-- Order ids that somebody named before the order existed. Two who name the same one wait for each
-- other here, so that an event and its order cannot miss each other.
CREATE TABLE named_order_row (
    order_id uuid PRIMARY KEY
);

CREATE TABLE payment_row (
    record         bigint GENERATED BY DEFAULT AS IDENTITY UNIQUE,  -- in the order of arrival
    provider       text   NOT NULL CHECK (provider IN ('generic', 'stripe')),
    event_id       text   NOT NULL,
    order_id       uuid   NOT NULL,  -- which may not exist yet
    kind           text   NOT NULL CHECK (
        kind IN ('paid', 'failed', 'refunded', 'noted')),
    amount         bigint CHECK (amount >= 0),
    currency       text   CHECK (length(currency) = 3),
    received_at_ms bigint NOT NULL,
    result         text   NOT NULL CHECK (
        result IN ('applied', 'ignored', 'stored', 'amount_mismatch')),
    payload        text   NOT NULL,
    PRIMARY KEY (provider, event_id)  -- an event is taken once, however often it is delivered
);

CREATE INDEX payment_order ON payment_row (order_id);
CREATE INDEX payment_age ON payment_row (received_at_ms) WHERE result <> 'stored';

-- The entries that one batch made for one product are one row: a row for each would cost more than
-- the hold that it is about. The view journal shows them one by one.
CREATE TABLE journal_row (
    product_id  bigint NOT NULL,
    first_seq   bigint NOT NULL,
    last_seq    bigint NOT NULL,
    -- The product's counters after the last entry.
    total_stock bigint NOT NULL,
    held_stock  bigint NOT NULL,
    sold_stock  bigint NOT NULL,
    -- JSON: [[at_ms, kind, qty, total_stock, held_stock, sold_stock, hold_id, order_id, provider,
    -- event_id], ...], the counters as they are after each entry.
    entries     text   NOT NULL,
    -- Of two batches that began from the same stock, one is refused here.
    PRIMARY KEY (product_id, first_seq),
    CHECK (last_seq >= first_seq
        AND held_stock >= 0 AND sold_stock >= 0 AND held_stock + sold_stock <= total_stock)
);
-- Compressing them takes three times as long as writing them, and what fits into a page goes there.
ALTER TABLE journal_row ALTER COLUMN entries SET STORAGE EXTERNAL;
ALTER TABLE journal_row SET (toast_tuple_target = 8160);

-- Units that a customer has of a product: held, pending and paid ones.
CREATE TABLE customer_row (
    product_id  bigint NOT NULL,
    customer_id text   NOT NULL,
    units       bigint NOT NULL CHECK (units > 0),
    PRIMARY KEY (product_id, customer_id)
);

-- Requests that came with an idempotency key, and what they made.
CREATE TABLE request_row (
    operation       text   NOT NULL CHECK (operation IN ('place_hold', 'create_order')),
    customer_id     text   NOT NULL,  -- '' where the request names none
    idempotency_key text   NOT NULL,
    request         text   NOT NULL,  -- what was asked for, in canonical form
    made            uuid   NOT NULL,
    created_at_ms   bigint NOT NULL,
    PRIMARY KEY (operation, customer_id, idempotency_key)
);

CREATE INDEX request_age ON request_row (created_at_ms);

-- The latest batch of each lane of each node, so that a node whose connection broke in the middle
-- of a commit can find out what became of it. One that is not here is entered as not committed
-- before anything else is decided, so that it cannot be committed any more.
CREATE TABLE batch_row (
    batch_id  uuid    PRIMARY KEY,
    committed boolean NOT NULL,
    at_ms     bigint  NOT NULL
);

-- Keys of the admin API; only their SHA-256 is kept. A key that was revoked stays, so that it can
-- be seen that there was one.
CREATE TABLE admin_key_row (
    key_hash      bytea  PRIMARY KEY CHECK (length(key_hash) = 32),
    scope         text   NOT NULL CHECK (scope IN ('admin', 'read')),
    name          text,  -- NULL: made by a server at its first start
    created_at_ms bigint NOT NULL,
    revoked_at_ms bigint
);

CREATE VIEW products AS
SELECT product_id, code, name, price, currency,
       total_stock, total_stock - held_stock - sold_stock AS available_stock,
       held_stock, sold_stock, paused,
       to_timestamp(opens_at_ms / 1000.0) AS opens_at,
       to_timestamp(closes_at_ms / 1000.0) AS closes_at,
       max_per_customer, hold_seconds, payment_seconds, max_extensions, version,
       to_timestamp(created_at_ms / 1000.0) AS created_at
FROM product_row;

CREATE VIEW holds AS
SELECT hold_id, product_id, qty, unit_price, currency, customer_id, state AS status, order_id,
       extensions,
       to_timestamp(created_at_ms / 1000.0) AS created_at,
       to_timestamp(expires_at_ms / 1000.0) AS expires_at,
       to_timestamp(ended_at_ms / 1000.0) AS ended_at
FROM hold_row;

CREATE VIEW orders AS
SELECT order_row.order_id, order_row.hold_id, order_row.product_id, qty, unit_price,
       qty * unit_price AS total_price, currency, customer_id,
       CASE WHEN order_row.state IN ('restocked', 'refunded_late') THEN 'refunded'
            ELSE order_row.state END AS status,
       CASE WHEN order_row.state IN ('restocked', 'refunded', 'refunded_late')
            THEN order_row.state = 'restocked' END AS restocked,
       to_timestamp(order_row.created_at_ms / 1000.0) AS created_at,
       to_timestamp(pay_by_ms / 1000.0) AS pay_by,
       to_timestamp(updated_at_ms / 1000.0) AS updated_at
FROM order_row JOIN hold_row ON hold_row.hold_id = order_row.hold_id;

CREATE VIEW payments AS
SELECT provider, event_id, order_id, kind AS status, result, amount, currency,
       to_timestamp(received_at_ms / 1000.0) AS received_at, payload
FROM payment_row;

CREATE VIEW journal AS
SELECT product_id, first_seq + place - 1 AS seq,
       to_timestamp((entry ->> 0)::bigint / 1000.0) AS at,
       entry ->> 1 AS kind, (entry ->> 2)::bigint AS qty, (entry ->> 3)::bigint AS total_stock,
       (entry ->> 4)::bigint AS held_stock, (entry ->> 5)::bigint AS sold_stock,
       (entry ->> 6)::uuid AS hold_id, (entry ->> 7)::uuid AS order_id,
       entry ->> 8 AS provider, entry ->> 9 AS event_id
FROM journal_row, jsonb_array_elements(entries::jsonb) WITH ORDINALITY AS listed(entry, place);

CREATE VIEW customers AS
SELECT product_id, customer_id, units FROM customer_row;
