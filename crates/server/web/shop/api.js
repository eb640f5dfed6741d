// Calls to the server, as any storefront makes them.

import { sentence } from '../shared/format.js';

/** After this long an answer is not expected any more. */
const TIMEOUT_MS = 8000;

/** The server said no, and why. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(sentence(problem.detail || problem.title || `The server answered ${status}.`));
    this.status = status;
    this.code = problem.code ?? '';
    /** Whether nobody knows if it was done, as with a failure of the server's own. */
    this.unsure = status >= 500;
  }
}

/** No answer came, so nobody knows. Asking again under the same key is safe. */
export class NoAnswer extends Error {
  constructor() {
    super('No answer came. Try again: the request has a key, so it cannot happen twice.');
    this.unsure = true;
  }
}

/**
 * Calls the API.
 *
 * @param {string} method
 * @param {string} path
 * @param {{body?: object, key?: string}} [options] `key` is the idempotency key of the request
 * @returns {Promise<any>} the resource
 * @throws {Refusal | NoAnswer}
 */
export async function call(method, path, { body, key } = {}) {
  const headers = {};
  if (body) headers['content-type'] = 'application/json';
  if (key) headers['idempotency-key'] = key;
  let response;
  let json;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body && JSON.stringify(body),
      cache: 'no-store',
      credentials: 'omit',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    json = await response.json();
  } catch {
    throw new NoAnswer();
  }
  if (!response.ok) throw new Refusal(response.status, json);
  return json;
}

/** A key that no other request has. `crypto.randomUUID` is not there without HTTPS. */
export function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
