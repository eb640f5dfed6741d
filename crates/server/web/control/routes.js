// How each route does: how often it is asked, how fast it answers, how often it fails.

import { byId, h, setChildren, setText } from '../shared/dom.js';
import { rate, took } from '../shared/format.js';

const REQUESTS = 'doorbuster_http_requests_total';
const DURATION = 'doorbuster_http_request_duration_seconds';

const rows = new Map();
let body = null;

function build() {
  body = h('tbody');
  rows.clear();
  const head = (...names) =>
    h('thead', h('tr', ...names.map((name) => h('th', { scope: 'col' }, name))));
  byId('routes-body').replaceChildren(
    h(
      'table.numbers',
      h('caption.unseen', 'Requests, latencies and failures by route'),
      head('Route', 'per s', 'p50', 'p99', '5xx per s'),
      body,
    ),
  );
}

export function showRoutes(history) {
  if (!body?.isConnected) build();
  const seen = new Map();
  for (const { labels } of history.latest.series(`${DURATION}_count`)) {
    if (labels.route) seen.set(`${labels.method} ${labels.route}`, labels);
  }
  const found = [...seen].map(([name, { method, route }]) => {
    const distribution = history.distribution(DURATION, { method, route });
    return {
      name,
      method,
      route,
      distribution,
      perSecond: history.rate(REQUESTS, { method, route }),
    };
  });
  found.sort(
    (one, other) =>
      (other.perSecond ?? 0) - (one.perSecond ?? 0) || one.name.localeCompare(other.name),
  );
  setChildren(
    body,
    found.map((route) => show(route, history)),
  );
}

function show({ name, method, route, distribution, perSecond }, history) {
  const row = rowOf(name, method, route);
  setText(row.rate, rate(perSecond));
  setText(row.p50, estimate(distribution?.quantile(0.5)));
  setText(row.p99, estimate(distribution?.quantile(0.99)));
  const failures = failing(history, { method, route });
  setText(row.failures, failures ? rate(failures) : failures === null ? '–' : '0');
  row.failures.classList.toggle('wrong', failures > 0);
  return row.element;
}

function failing(history, labels) {
  const statuses = new Set();
  for (const series of history.latest.series(REQUESTS)) {
    if (series.labels.route === labels.route && series.labels.status >= '500') {
      statuses.add(series.labels.status);
    }
  }
  let sum = 0;
  for (const status of statuses) sum += history.rate(REQUESTS, { ...labels, status }) ?? 0;
  return sum;
}

function rowOf(name, method, route) {
  let row = rows.get(name);
  if (!row) {
    const cell = () => h('td.number');
    row = { rate: cell(), p50: cell(), p99: cell(), failures: cell() };
    row.element = h(
      'tr',
      h('th', { scope: 'row' }, h('span.method', method), ' ', h('code', ...breakable(route))),
      row.rate,
      row.p50,
      row.p99,
      row.failures,
    );
    rows.set(name, row);
  }
  return row;
}

/** A path that may be broken into lines before its slashes. */
function breakable(path) {
  return path.split(/(?=\/)/).flatMap((part) => [h('wbr'), part]);
}

/** A quantile; one beyond the last bucket is only known to be above it. */
export function estimate(quantile) {
  if (!quantile) return '–';
  return `${quantile.over ? '> ' : ''}${took(quantile.value)}`;
}
