import createClient, { type Client } from "openapi-fetch";
import { events, type Source, type WatchOptions } from "./events.js";
import { ProblemError } from "./problem.js";
import { type Answer, retrying, type RetryOptions } from "./retry.js";
import type { Hold, NewHold, NewOrder, Order, paths, Product } from "./schema.js";

export interface DoorbusterOptions {
  /** The server's address, such as `https://sale.example`. */
  baseUrl: string;
  /** The key for admin calls. It has no place in a browser. */
  adminKey?: string;
  /** What to use instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch;
}

/** One entry of the journal as it is streamed. */
export interface JournalEvent {
  /** Its number, with which `lastEventId` goes on after it. */
  id: string;
  data: unknown;
}

/** A Doorbuster server. */
export class Doorbuster {
  /** Every call of the server, typed by its OpenAPI document. Sent once, as it is. */
  readonly api: Client<paths>;
  readonly #baseUrl: string;
  readonly #fetch: typeof globalThis.fetch;
  readonly #headers: Record<string, string>;

  constructor(options: DoorbusterOptions) {
    const { baseUrl, adminKey, fetch = (...request) => globalThis.fetch(...request) } = options;
    this.#baseUrl = baseUrl.replace(/\/+$/, "");
    this.#fetch = fetch;
    this.#headers = adminKey === undefined ? {} : { Authorization: `Bearer ${adminKey}` };
    this.api = createClient<paths>({
      baseUrl: this.#baseUrl,
      headers: this.#headers,
      fetch: (request) => fetch(request),
    });
  }

  /**
   * Puts units on hold: exactly one hold, however often it has to be asked. Throws `ProblemError`
   * where the server refuses, and `GaveUpError` where no answer came.
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
      if (event.event !== "product" || event.data === shown) continue;
      shown = event.data; // a new connection begins with what may be known already
      onChange(JSON.parse(event.data) as Product);
    }
  }

  /** Calls `onEntry` with every entry of the journal after `lastEventId`. Needs an admin key. */
  async watchJournal(
    onEntry: (entry: JournalEvent) => void,
    options: WatchOptions & { lastEventId?: string } = {},
  ): Promise<void> {
    const { lastEventId } = options;
    const source = this.#stream("/api/admin/events");
    if (lastEventId !== undefined) source.lastEventId = lastEventId;
    for await (const event of events(source, options)) {
      if (event.event !== "journal" || event.id === undefined) continue;
      onEntry({ id: event.id, data: JSON.parse(event.data) as unknown });
    }
  }

  #stream(path: string): Source {
    return { fetch: this.#fetch, url: this.#baseUrl + path, headers: this.#headers };
  }
}

/** The resource in an answer of `api`. Throws `ProblemError` where the server refused. */
export function unwrap<T>(answer: Answer<T>): T {
  if (answer.response.ok && answer.data !== undefined) return answer.data;
  throw new ProblemError(answer.response, answer.error);
}
