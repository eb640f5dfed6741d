import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { ADMIN_KEY, ROOT, Server, signature, WEBHOOK_SECRET } from "./server.js";

let server: Server;
before(async () => void (server = await Server.start("--allow-unsigned-webhooks")));
after(() => server.stop());

/** Runs a command of clients/curl/doorbuster.sh, and returns the JSON objects that it printed. */
async function curl(args: string[], secret = WEBHOOK_SECRET) {
  const { PATH = "" } = process.env;
  const env = { PATH, URL: server.address, ADMIN_KEY, WEBHOOK_SECRET: secret };
  const script = `${ROOT}clients/curl/doorbuster.sh`;
  const { stdout } = await promisify(execFile)(script, args, { env });
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test("the life of a hold in curl, its webhooks signed", async () => {
  const productId = String(await server.product({ price: 4999 }));
  const answers = await curl(["life", productId]);
  const told = answers.map((answer) => answer["status"] ?? answer["result"]);
  assert.deepEqual(told, [
    ...["open", "active", "active", "active", "pending"],
    ...["applied", "duplicate", "paid"],
    ...["released", "cancelled", "applied", "open"],
  ]);
  assert.equal(answers[1]?.["hold_id"], answers[2]?.["hold_id"]);
  const { available_stock, held_stock, sold_stock } = answers.at(-1) ?? {};
  assert.deepEqual([available_stock, held_stock, sold_stock], [8, 0, 2]);
});

test("every command in curl", async () => {
  const [product] = await curl(["new-product", "Table", "5", "100"]);
  const productId = String(product?.["id"]);
  assert.ok((await curl(["products"])).length === 1);
  assert.equal((await curl(["product", productId]))[0]?.["name"], "Table");
  const hold = async (...key: string[]) =>
    String((await curl(["hold", productId, "1", ...key]))[0]?.["hold_id"]);
  const first = await hold("key-1");
  assert.equal(await hold("key-1"), first);
  assert.equal((await curl(["show-hold", first]))[0]?.["status"], "active");
  assert.equal((await curl(["extend", first]))[0]?.["status"], "active");
  assert.equal((await curl(["release", first]))[0]?.["status"], "released");
  const order = async () => String((await curl(["order", await hold()]))[0]?.["order_id"]);
  const cancelled = await order();
  assert.equal((await curl(["cancel", cancelled]))[0]?.["status"], "cancelled");
  assert.equal((await curl(["fail", await order()]))[0]?.["order_status"], "cancelled");
  const paid = await order();
  assert.equal((await curl(["pay", paid], ""))[0]?.["order_status"], "paid"); // unsigned
  assert.equal((await curl(["show-order", paid]))[0]?.["status"], "paid");
  assert.match(JSON.stringify(await curl(["orders", "paid"])), new RegExp(paid));
  assert.equal((await curl(["refund", paid, "true"]))[0]?.["status"], "refunded");
  assert.match(JSON.stringify(await curl(["journal", productId])), /order_restocked/);
  assert.equal((await curl(["audit"]))[0]?.["ok"], true);
  await assert.rejects(curl(["hold", productId, "1000"]), { stdout: /insufficient_stock/ });
  await assert.rejects(curl(["pay", paid], "whsec_b3RoZXI="), { stdout: /invalid_signature/ });
});

test("a command in curl whose arguments are missing says how it goes", async () => {
  const text = await readFile(`${ROOT}clients/curl/doorbuster.sh`, "utf8");
  const usages = [...text.matchAll(/^#   (doorbuster\.sh (\S+)((?: \S+)*).*)$/gm)];
  assert.ok(usages.length > 15);
  for (const [, usage = "", command = "", words = ""] of usages) {
    const needed = words.split(" ").filter((word) => word !== "" && !word.startsWith("["));
    for (let given = 0; given < needed.length; given += 1) {
      const run = curl([command, ...needed.slice(0, given)]);
      await assert.rejects(run, { code: 2, stdout: "", stderr: `usage: ${usage}\n` });
    }
  }
});

test("every request of the file for editors", async () => {
  const values = new Map<string, string>();
  const fill = (text: string) =>
    text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
      assert.ok(values.has(name), `no variable ${name}`);
      return values.get(name) ?? "";
    });
  const text = await readFile(`${ROOT}clients/http/doorbuster.http`, "utf8");
  const [head = "", ...requests] = text.split(/^### /m);
  for (const [, name = "", value = ""] of head.matchAll(/^@(\w+) = (.*)$/gm)) {
    values.set(name, value);
  }
  values.set("url", server.address).set("admin_key", ADMIN_KEY);
  values.set("product_id", String(await server.product()));
  assert.ok(requests.length > 10);
  for (const request of requests) {
    const [lines = "", body] = request.trim().split("\n\n");
    const filled = body === undefined ? null : fill(body);
    for (const [header, value] of Object.entries(signature("msg-http", filled ?? ""))) {
      values.set(header.replace("-", "_"), value);
    }
    const [title, start = "", ...headers] = lines.split("\n");
    const [method = "", url = ""] = fill(start).split(" ");
    const fields = headers.map((line) => fill(line).split(": ") as [string, string]);
    const response = await fetch(url, { method, headers: fields, body: filled });
    const answer = (await response.json()) as Record<string, unknown>;
    assert.ok(response.ok, `${title}: ${JSON.stringify(answer)}`);
    for (const name of ["hold_id", "order_id"]) {
      if (typeof answer[name] === "string") values.set(name, answer[name]);
    }
  }
});
