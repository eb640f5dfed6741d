import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { BINARY, ROOT } from "./server.js";

test("what is generated is what the server's OpenAPI document gives", async () => {
  const env = { ...process.env, TEST_BINARY: BINARY };
  const generator = `${ROOT}clients/typescript/generate/main.js`;
  const run = promisify(execFile)(process.execPath, [generator, "--check"], { env });
  const said = await run.then(() => "", (error: { stderr: string }) => error.stderr);
  assert.equal(said, "");
});
