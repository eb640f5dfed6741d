import type { Problem, ProblemCode } from "./schema.js";

/**
 * The server answered that it did not do what was asked. `code` tells the kinds apart; `problem`
 * has the fields that belong to the kind, such as `available_stock`.
 */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  /** The HTTP status. */
  readonly status: number;
  /** The kind of problem; `undefined` where something between us and the server answered. */
  readonly code: ProblemCode | undefined;
  /** All that the server said. */
  readonly problem: Partial<Problem>;
  /** The request's id, under which the server's log has it. */
  readonly requestId: string | undefined;
  /** How long the server asks to wait before the next try, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(response: Response, body: unknown) {
    const problem: Partial<Problem> = isObject(body) ? body : {};
    super(problem.detail ?? problem.title ?? `the server answered ${response.status}`);
    this.status = response.status;
    this.code = problem.code as ProblemCode | undefined; // a newer server may know others
    this.problem = problem;
    this.requestId = response.headers.get("x-request-id") ?? undefined;
    this.retryAfterMs = problem.retry_after_ms ?? retryAfterMs(response.headers);
  }

  /** Whether the same request may fare better a little later, by itself. */
  get isTemporary(): boolean {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }

  /** Whether this request changed nothing, for certain. Another 5xx may come after the commit. */
  get isWithoutEffect(): boolean {
    return (this.status >= 400 && this.status < 500) || this.code === "overloaded";
  }
}

/**
 * No answer came that stays, as often as it was tried, and at least one of the tries may have had
 * the effect: nobody here knows. `cause` is the last failure. Whoever asks again with the same
 * `idempotencyKey` finds out, and changes nothing a second time.
 */
export class GaveUpError extends Error {
  override readonly name = "GaveUpError";
  readonly idempotencyKey: string;

  constructor(idempotencyKey: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`gave up, and the effect is not known: ${why}`, { cause });
    this.idempotencyKey = idempotencyKey;
  }
}

function isObject(body: unknown): body is Partial<Problem> {
  return typeof body === "object" && body !== null;
}

/** `Retry-After` in milliseconds from now: it is a number of seconds, or a date. */
export function retryAfterMs(headers: Headers): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (!text) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
