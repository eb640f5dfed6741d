// Makes what is generated from the server's OpenAPI document: the client's types (src/schema.ts)
// and the API reference (docs/REFERENCE.md). With --check it writes nothing, and fails where one
// of them is not what the server gives.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { reference } from "./reference.js";
import { types } from "./types.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const binary = process.env.TEST_BINARY ?? join(root, "target/debug/doorbuster");
const check = process.argv.includes("--check");

/** The OpenAPI document of a server that runs for this moment only. */
async function openapi() {
  const folder = await mkdtemp(join(tmpdir(), "doorbuster-generate-"));
  const options = ["--listen", "127.0.0.1:0", "--database", `sqlite:${join(folder, "sale.db")}`];
  const env = { ...process.env };
  for (const name of Object.keys(env)) if (name.startsWith("DOORBUSTER_")) delete env[name];
  const server = spawn(binary, ["serve", ...options, "--log", "error"], { env });
  try {
    const address = await new Promise((resolve, reject) => {
      let said = "";
      server.on("error", reject);
      server.on("exit", () => reject(new Error(`${binary} ended: ${said}`)));
      for (const stream of [server.stdout, server.stderr]) {
        stream.on("data", (data) => {
          said += data;
          const line = /^listening on (\S+)$/m.exec(said);
          if (line) resolve(line[1]);
        });
      }
    });
    const response = await fetch(`${address}/openapi.json`);
    return await response.json();
  } finally {
    server.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

const document = await openapi();
const made = [
  ["clients/typescript/src/schema.ts", await types(document)],
  ["docs/REFERENCE.md", reference(document)],
];
for (const [path, text] of made) {
  const there = await readFile(join(root, path), "utf8").catch(() => "");
  if (there === text) continue;
  if (check) {
    console.error(`${path} is not what the server's OpenAPI document gives: run`);
    console.error("  cargo build && npm --prefix clients/typescript run generate");
    process.exitCode = 1;
  } else {
    await writeFile(join(root, path), text);
    console.log(`wrote ${path}`);
  }
}
