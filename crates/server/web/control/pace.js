// How fast a product sells, from its counters alone. Nothing here knows the page.

/** A pace is a mean of this long: shorter jumps about, longer lags behind. */
const PACE_MS = 10_000;
/** Before this much is known, no pace is claimed. */
const LEAST_MS = 900;
/** Samples further apart than this were not watched in between. */
const HOLE_MS = 3000;

export class Pace {
  constructor() {
    this.samples = [];
  }

  /** Takes the product's counters as of `at` (milliseconds). */
  take(product, at) {
    const last = this.samples.at(-1);
    if (last && at - last.at > HOLE_MS) this.samples.length = 0;
    this.samples.push({ at, taken: product.held_stock + product.sold_stock });
    while (this.samples.length > 2 && this.samples[1].at <= at - PACE_MS) this.samples.shift();
  }

  /** Units a second that went on hold, less those that came back; `null` while unknown. */
  perSecond() {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!first || last.at - first.at < LEAST_MS) return null;
    return (last.taken - first.taken) / ((last.at - first.at) / 1000);
  }

  /** In how many seconds nothing is left if it goes on like this; `null` if it never is. */
  sellsOutIn(available) {
    const pace = this.perSecond();
    if (available === 0 || pace === null || pace <= 0) return null;
    return available / pace;
  }
}
