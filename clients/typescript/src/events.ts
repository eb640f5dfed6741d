import { createParser } from "eventsource-parser";
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
  /** The event after which to go on; `events` keeps it up to date, and it may be set meanwhile. */
  lastEventId?: string;
}

/** What a stream brings: an event, or word of how far it has come. */
export type Arrival = { event: string | undefined; data: string } | { lastEventId: string };

/**
 * The events of a stream, connected again whenever it breaks or ends, until `signal` is aborted.
 * A refusal that a later try would meet as well is thrown as a `ProblemError`.
 */
export async function* events(
  source: Source,
  options: WatchOptions,
): AsyncGenerator<Arrival, void, void> {
  const { signal, onDisconnect, silenceMs = 45_000 } = options;
  let { firstWaitMs = 500 } = options;
  let failures = 0;
  while (!signal?.aborted) {
    const leash = new Leash(signal);
    const onRetry = (ms: number) => void (firstWaitMs = ms);
    let why: unknown = new Error("the stream ended");
    try {
      for await (const arrival of connection(source, leash, silenceMs, onRetry)) {
        failures = 0;
        yield arrival;
        if ("lastEventId" in arrival) source.lastEventId = arrival.lastEventId;
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
  leash: Leash,
  silenceMs: number,
  onRetry: (ms: number) => void,
): AsyncGenerator<Arrival, void, void> {
  const heard = () => leash.abortAfter(silenceMs, `nothing was heard for ${silenceMs} ms`);
  heard();
  const headers: Record<string, string> = { ...source.headers, Accept: "text/event-stream" };
  if (source.lastEventId !== undefined) headers["Last-Event-ID"] = source.lastEventId;
  const { signal } = leash;
  const response = await source.fetch(source.url, { headers, signal, cache: "no-store" });
  if (!response.ok) throw new ProblemError(response, await response.json().catch(() => undefined));
  if (!response.headers.get("content-type")?.startsWith("text/event-stream") || !response.body) {
    throw new ProblemError(response, { detail: "the answer is not a stream of events" });
  }
  const arrived: Arrival[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => arrived.push({ event, data }),
    onRetry,
  });
  const lines = new Lines();
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let id: string | undefined;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    for (const line of lines.split(decoder.decode(value, { stream: true }))) {
      parser.feed(`${line}\n`);
      // By the standard a block may set an id and have no data; the parser drops those.
      if (line.startsWith("id:") && !line.includes("\0")) id = line.replace(/^id: ?/, "");
      if (line === "" && id !== undefined) arrived.push({ lastEventId: id });
      if (line === "") id = undefined;
    }
    yield* arrived.splice(0);
  }
}

/** Cuts text that comes in pieces into whole lines, which end in LF, CRLF or CR. */
class Lines {
  #rest = "";

  split(text: string): string[] {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/); // an LF may follow that CR
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}
