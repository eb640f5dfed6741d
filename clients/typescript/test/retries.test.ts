import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test, type TestContext } from "node:test";
import { Doorbuster, GaveUpError, ProblemError, unwrap } from "@doorbuster/client";
import { cuttingProxy } from "./proxy.js";
import { Server } from "./server.js";

let server: Server;
before(async () => void (server = await Server.start()));
after(() => server.stop());

const FAST = { firstWaitMs: 5 };

/** A server that gives these answers one after the other, and the keys that it was asked with. */
async function script(context: TestContext, ...answers: ((response: ServerResponse) => void)[]) {
  const keys: (string | undefined)[] = [];
  const stub = createServer((request: IncomingMessage, response) => {
    keys.push(request.headers["idempotency-key"] as string | undefined);
    const answer = answers[Math.min(keys.length, answers.length) - 1];
    request.resume().on("end", () => answer?.(response));
  });
  await new Promise<void>((resolve) => stub.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${(stub.address() as AddressInfo).port}`;
  context.after(() => {
    stub.closeAllConnections();
    stub.close();
  });
  return { client: new Doorbuster({ baseUrl }), keys };
}

function problem(status: number, code: string, headers: Record<string, string> = {}) {
  return (response: ServerResponse) => {
    response.writeHead(status, { "Content-Type": "application/problem+json", ...headers });
    response.end(JSON.stringify({ type: "about:blank", title: code, status, detail: code, code }));
  };
}

const held = (response: ServerResponse) => {
  response.writeHead(201, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ hold_id: "1", status: "active" }));
};
const hangUp = (response: ServerResponse) => void response.destroy();
const silence = () => undefined;
const HOLD = { product_id: 1, qty: 1 };

test("an answer that is cut wherever it may be leaves one hold and one order", async (context) => {
  const productId = await server.product();
  // Nothing arrives, part of the status line, of the headers, of the body.
  const cuts = [0, 9, 120, 400];
  let retries = 0;
  const options = { ...FAST, onRetry: () => void (retries += 1) };
  const buyer = async () => {
    const proxy = await cuttingProxy(server.address, cuts);
    context.after(proxy.stop);
    return new Doorbuster({ baseUrl: proxy.address });
  };
  const hold = await (await buyer()).placeHold({ product_id: productId, qty: 2 }, options);
  assert.equal(retries, cuts.length);
  const order = await (await buyer()).createOrder({ hold_id: hold.hold_id }, options);
  assert.equal(retries, 2 * cuts.length);

  assert.equal(order.hold_id, hold.hold_id);
  assert.deepEqual(await server.stock(productId), { held: 2, sold: 0 });
  const params = { query: { product_id: productId } };
  const holds = unwrap(await server.shop.api.GET("/api/holds", { params }));
  assert.deepEqual(holds.data.map((row) => row.hold_id), [hold.hold_id]);
  const orders = unwrap(await server.shop.api.GET("/api/orders", { params }));
  assert.deepEqual(orders.data.map((row) => row.order_id), [order.order_id]);
});

test("429 of the real server is waited out", async (context) => {
  const limited = await Server.start("--rate-limit-holds", "1/s:1");
  context.after(() => limited.stop());
  const productId = await limited.product();
  const waits: number[] = [];
  const onRetry = (_why: unknown, waitMs: number) => void waits.push(waitMs);
  await limited.shop.placeHold({ product_id: productId, qty: 1 });
  await limited.shop.placeHold({ product_id: productId, qty: 1 }, { ...FAST, onRetry });
  assert.deepEqual(await limited.stock(productId), { held: 2, sold: 0 });
  assert.ok(waits.length >= 1);
});

test("429 of the real server that lasts is a refusal", async (context) => {
  const limited = await Server.start("--rate-limit-orders", "1/m:1");
  context.after(() => limited.stop());
  const productId = await limited.product();
  const hold = () => limited.shop.placeHold({ product_id: productId, qty: 1 });
  await limited.shop.createOrder({ hold_id: (await hold()).hold_id });
  const order = limited.shop.createOrder({ hold_id: (await hold()).hold_id });
  await assert.rejects(order, { name: "ProblemError", code: "rate_limited" });
});

test("whatever is tried again is tried with the same key", async (context) => {
  const badGateway = (response: ServerResponse) => {
    response.writeHead(502, { "Content-Type": "text/html" }).end("<h1>Bad gateway</h1>");
  };
  const { client, keys } = await script(
    context,
    ...[hangUp, badGateway, problem(503, "unavailable"), problem(500, "internal"), held],
  );
  const hold = await client.placeHold(HOLD, FAST);
  assert.equal(hold.hold_id, "1");
  assert.equal(keys.length, 5);
  assert.equal(new Set(keys).size, 1);
  assert.match(keys[0] ?? "", /^[0-9a-f]{32}$/);
  await client.placeHold(HOLD, FAST);
  assert.notEqual(keys[5], keys[0]);
});

test("what the server asks to wait is waited", async (context) => {
  const inSeconds = () => "20";
  const asDate = () => new Date(Date.now() + 20_000).toUTCString(); // in whole seconds
  for (const [asked, least] of [[inSeconds, 20_000], [asDate, 10_000]] as const) {
    const { client, keys } = await script(context, (response) =>
      problem(503, "overloaded", { "Retry-After": asked() })(response),
    );
    const controller = new AbortController();
    const waits: number[] = [];
    const onRetry = (_why: unknown, waitMs: number) => {
      waits.push(waitMs);
      controller.abort(); // nobody waits so long for a test
    };
    const options = { ...FAST, onRetry, signal: controller.signal };
    await assert.rejects(client.placeHold(HOLD, options), { name: "AbortError" });
    assert.equal(keys.length, 1);
    assert.ok(waits[0]! >= least && waits[0]! <= 20_010, String(waits));
  }
});

test("who is asked to wait too long, or fails too often, gives up", async (context) => {
  const later = problem(503, "unavailable", { "Retry-After": "3600" });
  for (const [answers, calls] of [[[later], 1], [[hangUp], 3]] as const) {
    const { client, keys } = await script(context, ...answers, ...answers, ...answers, held);
    const asked = client.placeHold(HOLD, { ...FAST, attempts: 3 });
    const error = await asked.catch((why: unknown) => why);
    assert.ok(error instanceof GaveUpError, String(error));
    assert.equal(error.idempotencyKey, keys[0]);
    assert.equal(keys.length, calls);
    if (calls === 1) assert.ok(error.cause instanceof ProblemError);
  }
});

test("who was turned away each time knows that nothing was done", async (context) => {
  const limited = problem(429, "rate_limited");
  const full = problem(503, "overloaded");
  const slow = problem(408, "request_timeout");
  const tooLong = problem(429, "rate_limited", { "Retry-After": "3600" });
  for (const [answers, code] of [
    [[limited], "rate_limited"],
    [[full], "overloaded"],
    [[limited, slow, full], "overloaded"],
    [[full, full, slow], "request_timeout"],
    [[tooLong], "rate_limited"],
  ] as const) {
    const { client, keys } = await script(context, ...answers);
    const asked = client.placeHold(HOLD, { ...FAST, attempts: 3 });
    await assert.rejects(asked, { name: "ProblemError", code });
    assert.equal(keys.length, answers[0] === tooLong ? 1 : 3);
  }
});

test("one try that may have had the effect leaves it unknown", async (context) => {
  const busy = problem(429, "rate_limited");
  const badGateway = (response: ServerResponse) => void response.writeHead(503).end("no answer");
  const failures = [hangUp, badGateway, problem(503, "unavailable"), problem(500, "internal")];
  for (const failure of failures) {
    for (const answers of [[failure, busy], [busy, failure], [busy, failure, busy]]) {
      const { client } = await script(context, ...answers);
      const asked = client.placeHold(HOLD, { ...FAST, attempts: answers.length });
      await assert.rejects(asked, { name: "GaveUpError" });
    }
  }
});

test("a server that says nothing is asked again", async (context) => {
  const { client, keys } = await script(context, silence, held);
  await client.placeHold(HOLD, { ...FAST, attemptTimeoutMs: 100 });
  assert.equal(keys.length, 2);
});

test("a refusal is final", async (context) => {
  const { client, keys } = await script(context, problem(409, "sale_paused"));
  await assert.rejects(client.placeHold(HOLD, FAST), { name: "ProblemError", code: "sale_paused" });
  assert.equal(keys.length, 1);
});

test("a signal ends the request as well as the wait", async (context) => {
  for (const answer of [silence, problem(503, "unavailable", { "Retry-After": "10" })]) {
    const { client, keys } = await script(context, answer);
    const signal = AbortSignal.timeout(100);
    await assert.rejects(client.placeHold(HOLD, { signal }), { name: "TimeoutError" });
    assert.equal(keys.length, 1);
    await assert.rejects(client.placeHold(HOLD, { signal }), { name: "TimeoutError" });
    assert.equal(keys.length, 1);
  }
});
