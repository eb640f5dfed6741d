import { randomBytes } from "#random";
import { GaveUpError, ProblemError } from "./problem.js";
import { backoffMs, Leash, sleep } from "./wait.js";

/** How a call that has an idempotency key is tried again. */
export interface RetryOptions {
  /**
   * The name of the buyer's intention; a new one for each call unless given. Keep one of your own
   * (see `newIdempotencyKey`) to ask again after a page was loaded anew. 1 to 255 visible ASCII
   * characters, bare or quoted.
   */
  idempotencyKey?: string;
  /** Ends it all, waits included. Whether there is a hold is not known then. */
  signal?: AbortSignal;
  /** How often the request is sent at most: 6. */
  attempts?: number;
  /** How long one answer may take, in milliseconds: 10,000. */
  attemptTimeoutMs?: number;
  /** About how long the first wait is, in milliseconds: 200. Each further one is twice as long. */
  firstWaitMs?: number;
  /** The longest wait that the server may ask for, in milliseconds: 30,000. Above it, give up. */
  longestWaitMs?: number;
  /** Called before each wait, to tell the buyer. */
  onRetry?: (why: unknown, waitMs: number) => void;
}

/** One answer of the server, its body read. */
export interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** A name for an intention: nobody else has it, and nobody can guess it. */
export function newIdempotencyKey(): string {
  return Array.from(randomBytes(), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * What the header can carry: a key as it is, or as a string of structured fields, in whose quotes
 * only quotes and backslashes are escaped (RFC 9651 §3.3.3).
 */
const IDEMPOTENCY_KEY = /^(?:[!#-~][!-~]{0,254}|"(?:[!#-[\]-~]|\\["\\]){1,255}")$/;

/**
 * Sends a request under one idempotency key until an answer comes that stays. Tried again are: no
 * answer at all, an answer that broke off, 5xx, 429 and 408. When that is given up, a refusal is
 * thrown as such where no try can have had an effect.
 */
export async function retrying<T>(
  options: RetryOptions,
  send: (idempotencyKey: string, signal: AbortSignal) => Promise<Answer<T>>,
): Promise<T> {
  const { attempts = 6, attemptTimeoutMs = 10_000, firstWaitMs = 200 } = options;
  const { longestWaitMs = 30_000, signal, onRetry } = options;
  const key = options.idempotencyKey ?? newIdempotencyKey();
  if (!IDEMPOTENCY_KEY.test(key)) {
    const given = JSON.stringify(key);
    throw new TypeError(
      `idempotencyKey must be 1 to 255 visible ASCII characters, such as "order-17", not ${given}`,
    );
  }
  let effectIsKnown = true; // one doubtful try is enough: a later 429 says nothing about it
  for (let failures = 1; ; failures += 1) {
    signal?.throwIfAborted();
    const result = await attempt((inner) => send(key, inner), signal, attemptTimeoutMs);
    if ("value" in result) return result.value;
    signal?.throwIfAborted();
    const why = result.failure;
    const askedMs = why instanceof ProblemError ? (why.retryAfterMs ?? 0) : 0;
    if (why instanceof ProblemError && !why.isTemporary) throw why;
    effectIsKnown &&= why instanceof ProblemError && why.isWithoutEffect;
    if (failures >= attempts || askedMs > longestWaitMs) {
      throw effectIsKnown ? why : new GaveUpError(key, why);
    }
    const waitMs = backoffMs(failures, firstWaitMs, askedMs);
    onRetry?.(why, waitMs);
    await sleep(waitMs, signal);
  }
}

/** Sends it once. A failure is returned, whatever it is. */
async function attempt<T>(
  send: (signal: AbortSignal) => Promise<Answer<T>>,
  signal: AbortSignal | undefined,
  timeoutMs: number,
): Promise<{ value: T } | { failure: unknown }> {
  const leash = new Leash(signal);
  leash.abortAfter(timeoutMs, `no answer within ${timeoutMs} ms`);
  try {
    const { data, error, response } = await send(leash.signal);
    if (response.ok && data !== undefined) return { value: data };
    return { failure: new ProblemError(response, error) };
  } catch (failure) {
    return { failure };
  } finally {
    leash.end();
  }
}
