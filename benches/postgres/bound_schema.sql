-- The bound: as little as a hold can be, decided in the database, 256 a call.
SET client_min_messages = error;
DROP TABLE IF EXISTS bound_product, bound_hold;
CREATE TABLE bound_product (
    product_id bigint PRIMARY KEY,
    total      bigint NOT NULL,
    held       bigint NOT NULL,
    CHECK (held <= total)
) WITH (fillfactor = 50);
CREATE TABLE bound_hold (
    hold_id       uuid   PRIMARY KEY,
    product_id    bigint NOT NULL,
    qty           bigint NOT NULL,
    unit_price    bigint NOT NULL,
    created_at_ms bigint NOT NULL,
    expires_at_ms bigint NOT NULL
);
CREATE SEQUENCE IF NOT EXISTS bound_batch;
INSERT INTO bound_product SELECT id, 1000000000, 0 FROM generate_series(1, 64) AS id;

-- Ids in the order of time, as ours are: random ones would cost a page each.
CREATE OR REPLACE FUNCTION bound_holds(product bigint) RETURNS void LANGUAGE sql AS $$
    UPDATE bound_product SET held = held + 256 WHERE product_id = product;
    INSERT INTO bound_hold
    SELECT (lpad(to_hex(batch), 12, '0') || lpad(to_hex(n), 20, '0'))::uuid, product, 1, 9999,
           now_ms, now_ms + 120000
    FROM (SELECT nextval('bound_batch') AS batch,
                 floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms) AS call,
         generate_series(1, 256) AS n;
$$;
