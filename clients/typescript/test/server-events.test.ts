import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Product } from "@doorbuster/client";
import { Server } from "./server.js";

let server: Server;
before(async () => void (server = await Server.start()));
after(() => server.stop());

/** Whether the server has this call. These tests begin to run with the server that has it. */
async function has(path: string): Promise<boolean> {
  const response = await fetch(`${server.address}/openapi.json`);
  const document = (await response.json()) as { paths: object };
  return Object.keys(document.paths).some((one) => one.replace(/\{.*\}/, "{id}") === path);
}

test("a watched product tells of holds as they are placed", async (context) => {
  if (!(await has("/api/products/{id}/events"))) return context.skip("the server has no streams");
  const productId = await server.product();
  const held: number[] = [];
  const controller = new AbortController();
  const onChange = (product: Product) => {
    held.push(product.held_stock);
    if (product.held_stock === 0) void server.shop.placeHold({ product_id: productId, qty: 3 });
    else controller.abort();
  };
  await server.shop.watchProduct(productId, onChange, { signal: controller.signal });
  assert.deepEqual(held, [0, 3]);
});

test("a product that does not exist cannot be watched", async (context) => {
  if (!(await has("/api/products/{id}/events"))) return context.skip("the server has no streams");
  const watched = server.shop.watchProduct(9_999, () => undefined);
  await assert.rejects(watched, { name: "ProblemError", code: "product_not_found" });
});

test("the journal is told to who has the key", async (context) => {
  if (!(await has("/api/admin/events"))) return context.skip("the server has no journal stream");
  const controller = new AbortController();
  let last = 0;
  const watched = server.shop.watchJournal(
    ({ id }) => {
      assert.ok(Number(id) > last, `${id} after ${last}`);
      last = Number(id);
      controller.abort();
    },
    { signal: controller.signal },
  );
  await server.product();
  await watched;
  assert.ok(last > 0);
});
