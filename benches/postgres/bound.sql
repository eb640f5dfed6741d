-- 256 holds on one of the first :products products.
\set product random(1, :products)
SELECT bound_holds(:product);
