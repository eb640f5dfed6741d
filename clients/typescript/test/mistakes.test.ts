import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Doorbuster } from "@doorbuster/client";
import { Server } from "./server.js";

let server: Server;
before(async () => void (server = await Server.start()));
after(() => server.stop());

test("a base URL that is no address of a server is refused by name", () => {
  const noAddress = /^baseUrl must be an http or https address such as "https:.*, not "/;
  const tooMuch = /^baseUrl must be an address without user, query and fragment, such as "https:/;
  for (const [baseUrl, message] of [
    ["localhost:19101", noAddress],
    ["sale.example", noAddress],
    ["/shop", noAddress],
    ["", noAddress],
    ["https://", noAddress],
    ["ftp://sale.example", noAddress],
    ["https://buyer:secret@sale.example", tooMuch],
    ["https://sale.example/?page=1", tooMuch],
    ["https://sale.example/#top", tooMuch],
  ] as const) {
    assert.throws(() => new Doorbuster({ baseUrl }), { name: "TypeError", message });
  }
});

test("calls go below the base URL, however it ends", async () => {
  for (const [baseUrl, url] of [
    ["http://127.0.0.1:8000", "http://127.0.0.1:8000/api/products"],
    ["http://127.0.0.1:8000/", "http://127.0.0.1:8000/api/products"],
    ["HTTPS://Sale.Example", "https://sale.example/api/products"],
    ["https://shop.example/sale//", "https://shop.example/sale/api/products"],
  ] as const) {
    const asked: string[] = [];
    const fetch = async (request: unknown) => {
      asked.push((request as Request).url);
      return Response.json({ data: [], next_cursor: null });
    };
    await new Doorbuster({ baseUrl, fetch }).api.GET("/api/products");
    assert.deepEqual(asked, [url]);
  }
});

test("an admin key that no header can carry is refused, and not shown", () => {
  for (const adminKey of ["ключ", "two\nlines", "café"]) {
    const message = "adminKey must be visible ASCII characters";
    const make = () => new Doorbuster({ baseUrl: server.address, adminKey });
    assert.throws(make, { name: "TypeError", message });
  }
});

test("the server takes the idempotency keys that are sent, and none that is refused", async () => {
  const productId = await server.product({ total_stock: 100 });
  const hold = { product_id: productId, qty: 1 };
  const longest = "k".repeat(255);
  const good = ["!", "order-17", longest, `"${longest.slice(1)}a"`, String.raw`a"b\c`];
  good.push('"quoted"', String.raw`"\"\\"`, `"${String.raw`\"`.repeat(255)}"`);
  for (const idempotencyKey of good) {
    assert.equal((await server.shop.placeHold(hold, { idempotencyKey })).qty, 1);
  }

  const bad = ["", " ", "two words", "a\tb", "café", `${longest}k`, `"${longest}k"`];
  bad.push('"', '""', '"abc', '"a"b"', '"two words"', '"abc";v=1');
  bad.push(String.raw`"abc\"`, String.raw`"a\bc"`);
  for (const key of bad) {
    const body = JSON.stringify(hold);
    const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
    const url = `${server.address}/api/holds`;
    assert.equal((await fetch(url, { method: "POST", headers, body })).status, 422, key);
  }
  for (const idempotencyKey of [...bad, "ключ", "a\nb", "line\n", "a\0b"]) {
    const message = /^idempotencyKey must be 1 to 255 visible ASCII characters, such as "order-17"/;
    const onRetry = () => assert.fail("it was tried again");
    const asked = [
      server.shop.placeHold(hold, { idempotencyKey, onRetry }),
      server.shop.createOrder({ hold_id: "1" }, { idempotencyKey, onRetry }),
    ];
    for (const one of asked) await assert.rejects(one, { name: "TypeError", message });
  }
  const { held } = await server.stock(productId);
  assert.equal(held, good.length);
});
