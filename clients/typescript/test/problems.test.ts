import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Doorbuster, ProblemError, unwrap } from "@doorbuster/client";
import { Server } from "./server.js";

let server: Server;
before(async () => void (server = await Server.start()));
after(() => server.stop());

/** The problem that a promise ends in. */
async function problem(promise: Promise<unknown>): Promise<ProblemError> {
  const error = await promise.then(
    () => assert.fail("there was no problem"),
    (error: unknown) => error,
  );
  assert.ok(error instanceof ProblemError, String(error));
  return error;
}

test("409 says how many units there are", async () => {
  const productId = await server.product({ total_stock: 3 });
  const error = await problem(server.shop.placeHold({ product_id: productId, qty: 4 }));
  assert.equal(error.status, 409);
  assert.equal(error.code, "insufficient_stock");
  assert.equal(error.problem.available_stock, 3);
  assert.match(error.message, /only 3 units/);
  assert.match(error.requestId ?? "", /./);
});

test("409 says when the sale opens, and is not waited for", async () => {
  const productId = await server.product({ opens_at: new Date(Date.now() + 60_000).toISOString() });
  const error = await problem(server.shop.placeHold({ product_id: productId, qty: 1 }));
  assert.equal(error.code, "sale_not_open");
  assert.ok(Date.parse(error.problem.opens_at ?? "") > Date.now());
  const { retryAfterMs = 0 } = error;
  assert.ok(retryAfterMs > 50_000 && retryAfterMs <= 61_000, String(retryAfterMs));
});

test("422 names the fields that are wrong", async () => {
  const productId = await server.product();
  const error = await problem(server.shop.placeHold({ product_id: productId, qty: 0 }));
  assert.equal(error.status, 422);
  assert.equal(error.code, "validation_failed");
  assert.equal(error.problem.errors?.[0]?.field, "qty");
});

test("422 where a key is used for another intention", async () => {
  const productId = await server.product();
  const key = { idempotencyKey: "one-intention" };
  await server.shop.placeHold({ product_id: productId, qty: 1 }, key);
  const error = await problem(server.shop.placeHold({ product_id: productId, qty: 2 }, key));
  assert.equal(error.code, "idempotency_key_reused");
});

test("an order of a hold that was used names the order", async () => {
  const hold = await server.shop.placeHold({ product_id: await server.product(), qty: 1 });
  const order = await server.shop.createOrder({ hold_id: hold.hold_id });
  const error = await problem(server.shop.createOrder({ hold_id: hold.hold_id }));
  assert.equal(error.code, "hold_used");
  assert.equal(error.problem.order_id, order.order_id);
});

test("calls that are sent once throw the same problems when unwrapped", async () => {
  const stranger = new Doorbuster({ baseUrl: server.address });
  const error = await problem(stranger.api.GET("/api/orders").then(unwrap));
  assert.equal(error.status, 401);
  assert.equal(error.code, "unauthorized");
});
