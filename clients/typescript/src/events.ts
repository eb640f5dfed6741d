import { createParser, type EventSourceMessage } from "eventsource-parser";
import { ProblemError } from "./problem.js";
import { backoffMs, Leash, sleep } from "./wait.js";

/** How a stream of events is followed. */
export interface WatchOptions {
  /** Ends the watch: its promise is then fulfilled. */
  signal?: AbortSignal;
  /** Called whenever the stream broke, before the wait for the next connection. */
  onDisconnect?: (why: unknown, waitMs: number) => void;
  /**
   * About how long to wait before connecting again, in milliseconds: 500, or what the server says.
   * Twice as long after each failure that follows.
   */
  firstWaitMs?: number;
  /** A stream that brings nothing for so long is given up, in milliseconds: 45,000. */
  silenceMs?: number;
}

/** Where a stream comes from. */
export interface Source {
  fetch: typeof globalThis.fetch;
  url: string;
  headers: Record<string, string>;
  /** The event after which to go on. */
  lastEventId?: string;
}

/**
 * The events of a stream, connected again whenever it breaks or ends, until `signal` is aborted.
 * A refusal that a later try would meet as well is thrown as a `ProblemError`.
 */
export async function* events(
  source: Source,
  options: WatchOptions,
): AsyncGenerator<EventSourceMessage, void, void> {
  const { signal, onDisconnect, silenceMs = 45_000 } = options;
  let { firstWaitMs = 500 } = options;
  let lastEventId = source.lastEventId;
  let failures = 0;
  while (!signal?.aborted) {
    const leash = new Leash(signal);
    const onRetry = (ms: number) => void (firstWaitMs = ms);
    let why: unknown = new Error("the stream ended");
    try {
      for await (const event of connection(source, lastEventId, leash, silenceMs, onRetry)) {
        failures = 0;
        if (event.id !== undefined) lastEventId = event.id;
        yield event;
      }
    } catch (error) {
      if (error instanceof ProblemError && !error.isTemporary) throw error;
      why = error;
    } finally {
      leash.end();
    }
    if (signal?.aborted) return;
    failures += 1;
    const askedMs = why instanceof ProblemError ? (why.retryAfterMs ?? 0) : 0;
    const waitMs = backoffMs(failures, firstWaitMs, askedMs);
    onDisconnect?.(why, waitMs);
    await sleep(waitMs, signal).catch(() => undefined);
  }
}

/** The events of one connection. */
async function* connection(
  source: Source,
  lastEventId: string | undefined,
  leash: Leash,
  silenceMs: number,
  onRetry: (ms: number) => void,
): AsyncGenerator<EventSourceMessage, void, void> {
  const heard = () => leash.abortAfter(silenceMs, `nothing was heard for ${silenceMs} ms`);
  heard();
  const headers: Record<string, string> = { ...source.headers, Accept: "text/event-stream" };
  if (lastEventId !== undefined) headers["Last-Event-ID"] = lastEventId;
  const { signal } = leash;
  const response = await source.fetch(source.url, { headers, signal, cache: "no-store" });
  if (!response.ok) throw new ProblemError(response, await response.json().catch(() => undefined));
  if (!response.headers.get("content-type")?.startsWith("text/event-stream") || !response.body) {
    throw new ProblemError(response, { detail: "the answer is not a stream of events" });
  }
  const arrived: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => arrived.push(event), onRetry });
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    parser.feed(decoder.decode(value, { stream: true }));
    yield* arrived.splice(0);
  }
}
