import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { Doorbuster, type Product } from "@doorbuster/client";

/** A server that plays these parts, one for each connection; the last one again and again. */
async function stage(context: TestContext, ...parts: ((response: ServerResponse) => void)[]) {
  const requests: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
  const server = createServer(({ url, headers }, response) => {
    requests.push({ url, headers });
    parts[Math.min(requests.length, parts.length) - 1]?.(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { client: new Doorbuster({ baseUrl, adminKey: "key" }), requests };
}

const open = (response: ServerResponse) =>
  response.writeHead(200, { "Content-Type": "text/event-stream" });
const product = (version: number) =>
  `event: product\nid: ${version}\ndata: ${JSON.stringify({ id: 1, version })}\n\n`;
const refusal = (status: number, code: string) => (response: ServerResponse) => {
  response.writeHead(status, { "Content-Type": "application/problem+json" });
  response.end(JSON.stringify({ status, code, title: code, detail: code, type: "about:blank" }));
};
const FAST = { firstWaitMs: 5 };

/** Watches product 1 until it has this version, and returns the versions that were told. */
async function versions(client: Doorbuster, last: number, options = {}): Promise<number[]> {
  const told: number[] = [];
  const controller = new AbortController();
  const onChange = ({ version }: Product) => {
    told.push(version);
    if (version === last) controller.abort();
  };
  await client.watchProduct(1, onChange, { ...FAST, signal: controller.signal, ...options });
  return told;
}

test("a stream that breaks, ends or is refused for now goes on where it was", async (context) => {
  const { client, requests } = await stage(
    context,
    (response) => void open(response).end(product(1) + ": heartbeat\n\n" + product(2)),
    (response) => {
      open(response).write(product(2) + product(3) + "event: product\nid: 4\ndata: {\"id\"");
      setTimeout(() => response.destroy(), 20);
    },
    refusal(503, "unavailable"),
    (response) => void response.destroy(),
    (response) => {
      const bytes = Buffer.from(product(4));
      open(response).write(bytes.subarray(0, 9));
      setTimeout(() => response.write(bytes.subarray(9)), 20);
    },
  );
  const disconnects: number[] = [];
  const onDisconnect = (_why: unknown, waitMs: number) => void disconnects.push(waitMs);
  assert.deepEqual(await versions(client, 4, { onDisconnect }), [1, 2, 3, 4]);
  const ids = requests.map(({ headers }) => headers["last-event-id"]);
  assert.deepEqual(ids, [undefined, "2", "3", "3", "3"]);
  assert.equal(requests[0]?.url, "/api/products/1/events");
  assert.equal(disconnects.length, 4);
  assert.ok(disconnects[3]! > disconnects[1]!, String(disconnects)); // three failures in a row
});

test("a stream that falls silent is given up", async (context) => {
  const { client, requests } = await stage(
    context,
    (response) => void open(response).write(product(1)),
    (response) => void open(response).write(product(2)),
  );
  assert.deepEqual(await versions(client, 2, { silenceMs: 500 }), [1, 2]);
  assert.equal(requests.length, 2);
});

test("heartbeats keep a stream open", async (context) => {
  const { client, requests } = await stage(context, (response) => {
    open(response).write(product(1));
    const beat = setInterval(() => response.write(": heartbeat\n\n"), 20);
    setTimeout(() => (clearInterval(beat), response.write(product(2))), 1_500);
  });
  assert.deepEqual(await versions(client, 2, { silenceMs: 800 }), [1, 2]);
  assert.equal(requests.length, 1);
});

test("the server says how soon to come back", async (context) => {
  const { client } = await stage(
    context,
    (response) => void open(response).end("retry: 40\n\n" + product(1)),
    (response) => void open(response).write(product(2)),
  );
  const waits: number[] = [];
  const onDisconnect = (_why: unknown, waitMs: number) => void waits.push(waitMs);
  await versions(client, 2, { onDisconnect });
  assert.ok(waits.length === 1 && waits[0]! >= 20 && waits[0]! <= 40, String(waits));
});

test("a product that does not exist is a problem, and not asked for again", async (context) => {
  const { client, requests } = await stage(context, refusal(404, "product_not_found"));
  await assert.rejects(versions(client, 1), { name: "ProblemError", code: "product_not_found" });
  assert.equal(requests.length, 1);
});

test("what is no stream is not taken for one", async (context) => {
  const { client } = await stage(context, (response) => void response.end("<h1>Welcome</h1>"));
  await assert.rejects(versions(client, 1), { name: "ProblemError", status: 200 });
});

test("a mistake in the callback ends the watch, and its connection", async (context) => {
  let closed = false;
  const { client } = await stage(context, (response) => {
    response.on("close", () => void (closed = true));
    open(response).write(product(1));
  });
  const mistake = () => {
    throw new RangeError("mine");
  };
  await assert.rejects(client.watchProduct(1, mistake, FAST), { name: "RangeError" });
  while (!closed) await new Promise((resolve) => setTimeout(resolve, 5));
});

test("the journal goes on after the last position, and repeats nothing", async (context) => {
  const entry = (product: number, seq: number) =>
    `event: journal\ndata: {"product_id":${product},"seq":${seq}}\n\n`;
  const { client, requests } = await stage(
    context,
    // A position is a block of its own, without data.
    (response) => void open(response).end(`id: A\n\n${entry(1, 8)}id: B\n\n${entry(2, 1)}`),
    (response) => void open(response).end(`id: B\r\n\r\n${entry(2, 1)}${entry(1, 9)}`),
    (response) => void open(response).write(entry(2, 1) + entry(1, 9) + entry(2, 2) + "id: C\n\n"),
  );
  const told: string[] = [];
  const controller = new AbortController();
  const onPosition = (lastEventId: string) => {
    told.push(lastEventId);
    if (lastEventId === "C") controller.abort();
  };
  const options = { ...FAST, signal: controller.signal, lastEventId: "0", onPosition };
  await client.watchJournal((one) => void told.push(`${one.product_id}:${one.seq}`), options);
  assert.deepEqual(told, ["A", "1:8", "B", "2:1", "B", "1:9", "2:2", "C"]);
  assert.equal(requests[0]?.url, "/api/admin/events");
  assert.equal(requests[0]?.headers.authorization, "Bearer key");
  assert.deepEqual(requests.map(({ headers }) => headers["last-event-id"]), ["0", "B", "B"]);
});

test("a journal restored from a backup is told anew from its beginning", async (context) => {
  const entry = (seq: number) => `event: journal\ndata: {"product_id":1,"seq":${seq}}\n\n`;
  const reset = "event: reset\ndata: {}\n\n";
  const { client, requests } = await stage(
    context,
    (response) => void open(response).end(`${entry(1)}${entry(2)}${entry(3)}id: A\n\n`),
    // It breaks before there is a new position: without one, what is missing would be left out.
    (response) => void open(response).end(reset + entry(1)),
    (response) => void open(response).write(`${entry(1)}${entry(2)}id: B\n\n`),
  );
  const told: (number | string)[] = [];
  const controller = new AbortController();
  const onPosition = (lastEventId: string) => {
    told.push(lastEventId);
    if (lastEventId === "B") controller.abort();
  };
  const onReset = () => void told.push("reset");
  const options = { ...FAST, signal: controller.signal, onPosition, onReset };
  await client.watchJournal(({ seq }) => void told.push(seq), options);
  assert.deepEqual(told, [1, 2, 3, "A", "reset", "0", 1, 2, "B"]);
  const ids = requests.map(({ headers }) => headers["last-event-id"]);
  assert.deepEqual(ids, [undefined, "A", "0"]);
});

test("a stream may come in any pieces, and its lines end in any way", async (context) => {
  for (const end of ["\n", "\r\n", "\r"]) {
    const { client } = await stage(context, async (response) => {
      open(response);
      for (const character of (product(1) + product(2)).replaceAll("\n", end)) {
        response.write(character);
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.write(product(3));
    });
    assert.deepEqual(await versions(client, 3), [1, 2, 3]);
  }
});
