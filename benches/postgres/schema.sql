-- One product with more units than can be sold in a measurement, and no holds yet.
DROP TABLE IF EXISTS product, hold;
CREATE TABLE product (
    product_id int PRIMARY KEY,
    price      int NOT NULL,
    available  int NOT NULL CHECK (available >= 0)
);
CREATE TABLE hold (
    hold_id    uuid PRIMARY KEY,
    product_id int NOT NULL,
    qty        int NOT NULL,
    unit_price int NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX ON hold (expires_at);
INSERT INTO product VALUES (1, 9999, 1000000000);
