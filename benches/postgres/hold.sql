-- A hold: lock the product's row, check the stock, take the units, record the hold.
BEGIN;
SELECT available, price FROM product WHERE product_id = 1 FOR UPDATE \gset
\if :available >= 1
UPDATE product SET available = available - 1 WHERE product_id = 1;
INSERT INTO hold (hold_id, product_id, qty, unit_price, expires_at)
VALUES (gen_random_uuid(), 1, 1, :price, now() + interval '2 minutes');
\endif
COMMIT;
