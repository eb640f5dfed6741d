import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Doorbuster, type Product, type StreamedEntry } from "@doorbuster/client";
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

test("the journal is told from its beginning, to who has the key", async (context) => {
  if (!(await has("/api/admin/events"))) return context.skip("the server has no journal stream");
  const productId = await server.product();
  await server.shop.placeHold({ product_id: productId, qty: 3 });
  const controller = new AbortController();
  const kinds: string[] = [];
  let position = "";
  const onPosition = (lastEventId: string) => void (position = lastEventId);
  const onEntry = (entry: StreamedEntry) => {
    if (entry.product_id !== productId) return;
    kinds.push(entry.kind);
    if (kinds.length === 2) controller.abort();
  };
  const { signal } = controller;
  await server.shop.watchJournal(onEntry, { signal, lastEventId: "0", onPosition });
  assert.deepEqual(kinds, ["product_created", "hold_placed"]);
  assert.notEqual(position, "");
  const stranger = new Doorbuster({ baseUrl: server.address });
  await assert.rejects(stranger.watchJournal(() => undefined), { code: "unauthorized" });
});
