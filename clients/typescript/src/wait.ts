/** The longest wait that we choose ourselves. The server may ask for a longer one. */
const LONGEST_MS = 5_000;

/**
 * How long to wait before another try, after `failures` of them: twice as long each time, at random
 * between half of it and all, so that a crowd that failed together does not come back together.
 * What the server asks for is waited besides.
 */
export function backoffMs(failures: number, firstMs: number, askedMs = 0): number {
  const full = Math.min(LONGEST_MS, firstMs * 2 ** (failures - 1));
  return askedMs + full * (0.5 + Math.random() / 2);
}

/** Waits, unless `signal` ends it: then its reason is thrown. */
export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** A signal of our own that also follows the caller's (`AbortSignal.any` is not in Node 18). */
export class Leash {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(outer: AbortSignal | undefined) {
    this.#outer = outer;
    if (outer?.aborted) this.#follow();
    outer?.addEventListener("abort", this.#follow);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts after so many milliseconds, counted anew by each call. */
  abortAfter(ms: number, reason: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(new Error(reason)), ms);
  }

  /** Ends whatever still goes on, and leaves nothing behind. */
  end(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#follow);
    this.#controller.abort(new Error("ended"));
  }

  readonly #follow = () => this.#controller.abort(this.#outer?.reason);
}
