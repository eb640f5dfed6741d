// What this server can do, from its own OpenAPI document: a page that asks for what is not there
// fills consoles and logs with failures.

import { call } from './api.js';

let openapi = null;
let reading = null;

/** Reads the document, once; throws like `call` while the server does not answer. */
export async function learnAbilities() {
  if (openapi !== null) return;
  reading ??= call('/openapi.json').finally(() => (reading = null));
  openapi = await reading;
}

/** Whether the server knows this path. */
export function can(path) {
  return openapi?.paths?.[path] !== undefined;
}

/** Whether the list at this path can be asked for with this parameter. */
export function canFilter(path, parameter) {
  const parameters = openapi?.paths?.[path]?.get?.parameters ?? [];
  return parameters.some(({ name }) => name === parameter);
}
