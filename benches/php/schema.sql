-- One product with more units than can be sold in a measurement, and no holds yet.
DROP DATABASE IF EXISTS shop;
CREATE DATABASE shop;
CREATE TABLE shop.product (
    product_id INT PRIMARY KEY,
    price      INT NOT NULL,
    available  INT NOT NULL CHECK (available >= 0)
) ENGINE = InnoDB;
CREATE TABLE shop.hold (
    hold_id    BINARY(16) PRIMARY KEY,
    product_id INT NOT NULL,
    qty        INT NOT NULL,
    unit_price INT NOT NULL,
    expires_at DATETIME NOT NULL,
    KEY (expires_at)
) ENGINE = InnoDB;
INSERT INTO shop.product VALUES (1, 9999, 1000000000);
