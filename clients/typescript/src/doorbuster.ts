import createClient, { type Client } from "openapi-fetch";
import { events, type Source, type WatchOptions } from "./events.js";
import { ProblemError } from "./problem.js";
import { type Answer, retrying, type RetryOptions } from "./retry.js";
import type { Hold, JournalEntry, NewHold, NewOrder, Order, paths, Product } from "./schema.js";

export interface DoorbusterOptions {
  /** The server's address, such as `https://sale.example`; a path may follow. */
  baseUrl: string;
  /** The key for admin calls. It has no place in a browser. */
  adminKey?: string;
  /** What to use instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch;
}

/** An entry of some product's journal. */
export type StreamedEntry = JournalEntry & { product_id: number };

/** How the journal is followed. */
export interface JournalOptions extends WatchOptions {
  /** Where to begin, as `onPosition` told it; "0": with the first entry. Otherwise: from now on. */
  lastEventId?: string;
  /** Called when all entries up to here have been told: keep it, to go on from there. */
  onPosition?: (lastEventId: string) => void;
  /**
   * Called when the position is ahead of the journal, whose end was lost: the database was restored
   * from a backup. What was told until then is void; all entries follow from the first one on.
   */
  onReset?: () => void;
}

/** The position before the first entry of all. */
const BEGINNING = "0";

/** A Doorbuster server. */
export class Doorbuster {
  /** Every call of the server, typed by its OpenAPI document. Sent once, as it is. */
  readonly api: Client<paths>;
  readonly #baseUrl: string;
  readonly #fetch: typeof globalThis.fetch;
  readonly #headers: Record<string, string>;

  /** Throws a `TypeError` for options with which no call could ever succeed. */
  constructor(options: DoorbusterOptions) {
    const { baseUrl, adminKey, fetch = (...request) => globalThis.fetch(...request) } = options;
    this.#baseUrl = address(baseUrl);
    this.#fetch = fetch;
    this.#headers = adminKey === undefined ? {} : { Authorization: bearer(adminKey) };
    this.api = createClient<paths>({
      baseUrl: this.#baseUrl,
      headers: this.#headers,
      fetch: (request) => fetch(request),
    });
  }

  /**
   * Puts units on hold: exactly one hold, however often it has to be asked. Throws `ProblemError`
   * where the server refuses, and `GaveUpError` where the effect is not known.
   */
  placeHold(hold: NewHold, options: RetryOptions = {}): Promise<Hold> {
    return retrying(options, (idempotencyKey, signal) => {
      const params = { header: { "Idempotency-Key": idempotencyKey } };
      return this.api.POST("/api/holds", { body: hold, params, signal });
    });
  }

  /** Turns a hold into an order: exactly one, however often it has to be asked. */
  createOrder(order: NewOrder, options: RetryOptions = {}): Promise<Order> {
    return retrying(options, (idempotencyKey, signal) => {
      const params = { header: { "Idempotency-Key": idempotencyKey } };
      return this.api.POST("/api/orders", { body: order, params, signal });
    });
  }

  /**
   * Calls `onChange` with the product as it is now, and whenever it has changed, until `signal` is
   * aborted; connects again by itself. Changes that follow each other fast may be told as one.
   */
  async watchProduct(
    productId: number,
    onChange: (product: Product) => void,
    options: WatchOptions = {},
  ): Promise<void> {
    let shown: string | undefined;
    for await (const event of events(this.#stream(`/api/products/${productId}/events`), options)) {
      if (!("data" in event) || event.event !== "product" || event.data === shown) continue;
      shown = event.data; // a new connection begins with what may be known already
      onChange(JSON.parse(event.data) as Product);
    }
  }

  /**
   * Calls `onEntry` with every entry of every product's journal, each once and each product's in
   * order. Needs an admin key.
   */
  async watchJournal(
    onEntry: (entry: StreamedEntry) => void,
    options: JournalOptions = {},
  ): Promise<void> {
    const { lastEventId, onPosition, onReset } = options;
    const source = this.#stream("/api/admin/events");
    if (lastEventId !== undefined) source.lastEventId = lastEventId;
    const told = new Map<number, number>(); // by product; a new connection may repeat some
    for await (const arrival of events(source, options)) {
      if ("lastEventId" in arrival) onPosition?.(arrival.lastEventId);
      else if (arrival.event === "journal") {
        const entry = JSON.parse(arrival.data) as StreamedEntry;
        if (entry.seq <= (told.get(entry.product_id) ?? 0)) continue;
        told.set(entry.product_id, entry.seq);
        onEntry(entry);
      } else if (arrival.event === "reset") {
        told.clear(); // the numbers begin anew
        source.lastEventId = BEGINNING; // without any, a new connection would begin with now
        onReset?.();
        onPosition?.(BEGINNING);
      }
    }
  }

  #stream(path: string): Source {
    return { fetch: this.#fetch, url: this.#baseUrl + path, headers: this.#headers };
  }
}

/** The address that the paths of calls are put after. */
function address(baseUrl: string): string {
  let url: URL | undefined;
  try {
    url = new URL(baseUrl);
  } catch {
    // said below
  }
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    const given = JSON.stringify(baseUrl);
    throw new TypeError(
      `baseUrl must be an http or https address such as "https://sale.example", not ${given}`,
    );
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new TypeError(
      'baseUrl must be an address without user, query and fragment, such as "https://sale.example"',
    );
  }
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

/** The header of an admin key. No message shows the key: it is a secret, and logs are read. */
function bearer(adminKey: string): string {
  const key = adminKey.trim(); // read from a file, it ends with the line
  if (/[^ -~]/.test(key)) throw new TypeError("adminKey must be visible ASCII characters");
  return `Bearer ${key}`;
}

/** The resource in an answer of `api`. Throws `ProblemError` where the server refused. */
export function unwrap<T>(answer: Answer<T>): T {
  if (answer.response.ok && answer.data !== undefined) return answer.data;
  throw new ProblemError(answer.response, answer.error);
}
