// Calls to the server, and their failures in words that say what to do next.

import { sentence } from '../shared/format.js';
import { currentKey } from './session.js';

/** After this long an answer is not expected any more. */
const TIMEOUT_MS = 8000;

/** The server answered, with a problem document. */
export class Problem extends Error {
  constructor(status, body) {
    super(advice(status, body));
    this.status = status;
    this.code = body.code ?? '';
    /** What is wrong with which field. */
    this.errors = body.errors ?? [];
  }
}

/** No answer came: whether anything was done is not known, and nobody may act as if it were. */
export class Unreachable extends Error {
  constructor(method) {
    super(
      method === 'GET'
        ? 'The server does not answer. Check the connection and try again.'
        : 'No answer came: it may have been done or not. Look before you try again.',
    );
  }
}

const ADVICE = {
  unauthorized: 'This key is not accepted. Check that it is whole and was not revoked.',
  forbidden: 'This key may look, but not change anything. Sign in with a key of scope admin.',
  overloaded: 'The server has more to do than it can. Nothing was changed; try again in a moment.',
  unavailable: 'The server cannot commit now. Once it can, look whether it was done.',
  internal: 'The server failed; its log has the reason. Look whether it was done.',
};

function advice(status, { code, title, detail }) {
  if (ADVICE[code]) return ADVICE[code];
  const text = detail || title;
  if (!text) return `The server answered ${status}. Its log has the reason.`;
  return sentence(text);
}

/**
 * Calls the API with the key of whoever is signed in.
 *
 * @param {string} path
 * @param {{method?: string, body?: object, key?: string, timeout?: number}} [options]
 * @returns {Promise<any>} the resource
 * @throws {Problem | Unreachable}
 */
export async function call(path, { method = 'GET', body, key, timeout = TIMEOUT_MS } = {}) {
  const headers = {};
  const bearer = key ?? currentKey();
  if (bearer) headers.authorization = `Bearer ${bearer}`;
  if (body) headers['content-type'] = 'application/json';
  const response = await ask(path, {
    method,
    headers,
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(timeout),
  });
  const text = await read(response, method);
  const json = parse(text);
  if (!response.ok) throw new Problem(response.status, json ?? {});
  // A proxy that is in trouble itself may answer 200 with a page of its own.
  if (json === null) throw new Unreachable(method);
  return json;
}

/** The metrics of the node that answers, as text. */
export async function metricsText() {
  const response = await ask('/metrics', { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Problem(response.status, {});
  return read(response);
}

async function ask(path, { method = 'GET', ...options }) {
  try {
    return await fetch(path, { cache: 'no-store', credentials: 'omit', method, ...options });
  } catch {
    throw new Unreachable(method);
  }
}

/** The connection can also break within the body. */
async function read(response, method = 'GET') {
  try {
    return await response.text();
  } catch {
    throw new Unreachable(method);
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
