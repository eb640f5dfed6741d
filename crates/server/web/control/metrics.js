// Prometheus' text format, and what two readings of it say together. Nothing here knows the page.

/** Series that nobody here looks at and that there may be thousands of. */
const SKIPPED = 'doorbuster_product_units';

/** All series of one moment. */
export class Reading {
  /**
   * @param {string} text
   * @param {number} at milliseconds of a clock that does not jump
   */
  constructor(text, at) {
    this.at = at;
    /** @type {Map<string, {labels: Record<string, string>, value: number}[]>} */
    this.families = new Map();
    for (const line of text.split('\n')) {
      if (line === '' || line[0] === '#' || line.startsWith(SKIPPED)) continue;
      this.add(line);
    }
  }

  add(line) {
    const space = line.lastIndexOf(' ');
    const brace = line.indexOf('{');
    const name = line.slice(0, brace === -1 ? space : brace);
    const labels = brace === -1 ? {} : labelsOf(line.slice(brace + 1, line.lastIndexOf('}')));
    const series = { labels, value: Number(line.slice(space + 1)) };
    const family = this.families.get(name);
    if (family) family.push(series);
    else this.families.set(name, [series]);
  }

  /** The series of a metric. */
  series(name) {
    return this.families.get(name) ?? [];
  }

  /** The sum of a metric's series that have these labels. */
  value(name, wanted = {}) {
    let sum = 0;
    for (const { labels, value } of this.series(name)) if (matches(labels, wanted)) sum += value;
    return sum;
  }

  /** A histogram, its series with these labels added up: counts up to each bound, and the sum. */
  histogram(name, wanted = {}) {
    const counts = new Map();
    for (const { labels, value } of this.series(`${name}_bucket`)) {
      if (!matches(labels, wanted)) continue;
      const bound = labels.le === '+Inf' ? Infinity : Number(labels.le);
      counts.set(bound, (counts.get(bound) ?? 0) + value);
    }
    const buckets = [...counts].sort(([one], [other]) => one - other);
    return { buckets, sum: this.value(`${name}_sum`, wanted) };
  }
}

function labelsOf(text) {
  const labels = {};
  for (const [, name, value] of text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
    labels[name] = value.replace(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c));
  }
  return labels;
}

function matches(labels, wanted) {
  for (const name in wanted) if (labels[name] !== wanted[name]) return false;
  return true;
}

/**
 * What a histogram counted between two readings.
 *
 * @returns {{count: number, mean: number | null, quantile: (q: number) => Estimate | null}}
 * @typedef {{value: number, over: boolean}} Estimate `over`: the value is only the highest bound,
 *   and the true one lies somewhere above it
 */
export function between(before, after) {
  const earlier = new Map(before.buckets);
  const buckets = after.buckets.map(([bound, n]) => [bound, n - (earlier.get(bound) ?? 0)]);
  const count = buckets.at(-1)?.[1] ?? 0;
  return {
    count,
    mean: count > 0 ? (after.sum - before.sum) / count : null,
    quantile: (q) => (count > 0 ? quantile(buckets, count * q) : null),
  };
}

/** Where the value of this rank lies, as if the values of a bucket were spread evenly in it. */
function quantile(buckets, rank) {
  let low = 0;
  let below = 0;
  for (const [bound, upTo] of buckets) {
    if (upTo >= rank && upTo > below) {
      if (bound === Infinity) return { value: low, over: true };
      return { value: low + (bound - low) * ((rank - below) / (upTo - below)), over: false };
    }
    low = bound;
    below = upTo;
  }
  return { value: low, over: true };
}
