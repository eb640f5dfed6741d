import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Doorbuster, unwrap } from "@doorbuster/client";
import { Server } from "./server.js";

let server: Server;
before(async () => void (server = await Server.start()));
after(() => server.stop());

test("a hold becomes an order, and the signed webhook makes it paid", async () => {
  const productId = await server.product();
  const buyer = new Doorbuster({ baseUrl: server.address + "/" });
  const hold = await buyer.placeHold({ product_id: productId, qty: 2 });
  assert.equal(hold.status, "active");
  assert.deepEqual(await server.stock(productId), { held: 2, sold: 0 });

  const order = await buyer.createOrder({ hold_id: hold.hold_id });
  assert.equal(order.status, "pending");
  assert.equal(order.total_price, 19998);

  const { order_id } = order;
  const event = { event_id: "evt-1", order_id, status: "paid", amount: 19998, currency: "USD" };
  const paid = { order_id, order_status: "paid" };
  assert.deepEqual(await server.deliver(event), { result: "applied", ...paid });
  assert.deepEqual(await server.deliver(event), { result: "duplicate", ...paid });
  assert.deepEqual(await server.stock(productId), { held: 0, sold: 2 });

  const params = { path: { order_id } };
  const shown = unwrap(await buyer.api.GET("/api/orders/{order_id}", { params }));
  assert.equal(shown.status, "paid");
  const audit = unwrap(await server.shop.api.GET("/api/audit"));
  assert.equal(audit.ok, true);
});

test("the same intention asked again is the same hold", async () => {
  const productId = await server.product();
  const once = { idempotencyKey: "cart-17" };
  const hold = await server.shop.placeHold({ product_id: productId, qty: 1 }, once);
  const again = await server.shop.placeHold({ product_id: productId, qty: 1 }, once);
  assert.equal(again.hold_id, hold.hold_id);
  const other = await server.shop.placeHold({ product_id: productId, qty: 1 });
  assert.notEqual(other.hold_id, hold.hold_id);
});
