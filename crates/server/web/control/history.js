// The last readings of the metrics and what they come to: rates of now, and five minutes of them.
// Nothing here knows the page.

import { between } from './metrics.js';

/** Rates on the screen are means of this long, so that they can be read. */
const RATE_SECONDS = 3;
/** Quantiles need more to be worth something. */
const QUANTILE_SECONDS = 10;
/** Nothing is said across a hole: the process may have been another one. */
const HOLE_MS = 3500;
/** What the charts show. */
export const SHOWN_SECONDS = 300;

export class History {
  constructor() {
    /** Readings without a hole or a restart between them, the newest last. */
    this.readings = [];
    /** One row a second, oldest first; `null` where nothing is known. */
    this.rows = [];
  }

  get latest() {
    return this.readings.at(-1);
  }

  /**
   * Takes a reading.
   *
   * @param {import('./metrics.js').Reading} reading
   * @param {number} at seconds since 1970, for the charts
   * @param {(rates: History) => Record<string, number | null>} row what to keep of this moment
   */
  take(reading, at, row) {
    const before = this.latest;
    if (before && (reading.at - before.at > HOLE_MS || restarted(before, reading))) this.cut();
    this.readings.push(reading);
    const oldest = reading.at - (QUANTILE_SECONDS + 1) * 1000;
    while (this.readings.length > 2 && this.readings[0].at < oldest) this.readings.shift();
    this.rows.push({ at, ...row(this) });
    while (this.rows[0].at < at - SHOWN_SECONDS - 2) this.rows.shift();
  }

  /** Forgets what rates are made of, and leaves a hole in the charts. */
  cut() {
    this.readings.length = 0;
    const last = this.rows.at(-1);
    if (last && !last.hole) this.rows.push({ at: last.at + 0.5, hole: true });
  }

  /** How much a counter grows per second; `null` until there are two readings. */
  rate(name, labels) {
    return this.over(RATE_SECONDS, name, labels);
  }

  /** The same from the last reading to this one, for the charts. */
  step(name, labels) {
    return this.over(0, name, labels);
  }

  over(seconds, name, labels) {
    const [then, now] = this.pair(seconds);
    if (!then) return null;
    return (now.value(name, labels) - then.value(name, labels)) / ((now.at - then.at) / 1000);
  }

  /** What a histogram counted in the last ten seconds. */
  distribution(name, labels) {
    const [then, now] = this.pair(QUANTILE_SECONDS);
    if (!then) return null;
    return between(then.histogram(name, labels), now.histogram(name, labels));
  }

  /** The newest reading and the one that is about this much older. */
  pair(seconds) {
    const now = this.latest;
    if (this.readings.length < 2) return [null, now];
    const since = now.at - seconds * 1000;
    const then = this.readings.findLast((reading) => reading !== now && reading.at <= since + 500);
    return [then ?? this.readings[0], now];
  }

  /** The sum over the time shown of what `row` gave as a rate per second. */
  total(name) {
    let sum = 0;
    let before = null;
    for (const row of this.rows) {
      if (before && !before.hole && row[name] != null) sum += row[name] * (row.at - before.at);
      before = row;
    }
    return sum;
  }

  /** A column of the rows. */
  column(name) {
    return this.rows.map((row) => row[name] ?? null);
  }
}

/** Counters never fall while a process lives. */
function restarted(before, after) {
  return ['doorbuster_http_requests_total', 'doorbuster_batch_commands_count'].some(
    (name) => after.value(name) < before.value(name),
  );
}
