import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { ADMIN_KEY, ROOT, Server, WEBHOOK_SECRET } from "./server.js";

const STRIPE_SECRET = "whsec_stripe";

let server: Server;
before(async () => void (server = await Server.start("--stripe-secret", STRIPE_SECRET)));
after(() => server.stop());

/** Runs a script of bash, and returns all that it said. */
function bash(script: string): Promise<string> {
  const { PATH = "" } = process.env;
  const env = { PATH, URL: server.address, ADMIN_KEY, WEBHOOK_SECRET, STRIPE_SECRET };
  return new Promise((resolve) => {
    execFile("bash", ["--norc", "-euc", script], { cwd: ROOT, env }, (error, stdout, stderr) =>
      resolve(`${stdout}${stderr}${error?.message ?? ""}`),
    );
  });
}

/**
 * The blocks of shell commands on a page that need no more than a running server, and what their
 * comments say that is answered: `# → "status":"paid" other words`.
 */
async function blocks(page: string): Promise<{ commands: string; promised: string[] }[]> {
  const text = await readFile(`${ROOT}${page}`, "utf8");
  const found = Array.from(text.matchAll(/^```sh\n(.*?)^```$/gms), ([, block = ""]) => block);
  return found
    .filter((block) => !/cargo |doorbuster serve|npm |api\.stripe/.test(block))
    .map((commands) => {
      const promises = Array.from(commands.matchAll(/# → (.*)$/gm), ([, words = ""]) => words);
      return { commands, promised: promises.flatMap((words) => words.split(" ")) };
    });
}

for (const page of ["docs/TRYING.md", "docs/STRIPE.md", "docs/INTEGRATING.md"]) {
  test(`the commands on ${page} answer as they say`, async () => {
    await server.product({ price: 9999, total_stock: 10 });
    // An order to be refunded, where the page speaks of one that is there.
    const hold = await server.shop.placeHold({ product_id: 1, qty: 1 });
    const { order_id } = await server.shop.createOrder({ hold_id: hold.hold_id });
    await server.deliver({ event_id: `paid-${order_id}`, order_id, status: "paid" });
    const all = await blocks(page);
    assert.ok(all.length > 0);
    const marked = all.map(({ commands }, i) => `echo "
== block ${i}"; ${commands}`);
    const said = await bash(`ORDER=${order_id}\n${marked.join("\n")}\necho "
== the end"`);
    assert.match(said, /^== the end$/m, said);
    for (const [i, { promised }] of all.entries()) {
      const answer = said.split(/== (?:block \d+|the end)\n/)[i + 1] ?? "";
      for (const words of promised) assert.ok(answer.includes(words), `${words} in ${answer}`);
      if (promised.length === 0) assert.doesNotMatch(answer, /problems/, answer);
    }
  });
}
