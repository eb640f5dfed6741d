// Whether the node is well: how long commits take, how full batches and the mailbox are, and who
// else is in the cluster.

import { byId, h, setText } from '../shared/dom.js';
import { count, counted, NOTHING, rate, span, took } from '../shared/format.js';
import { estimate } from './routes.js';
import { Sparkline } from './sparkline.js';

const STORES = { sqlite: 'SQLite', postgres: 'PostgreSQL', memory: 'memory' };

/** The lines of the list: what it is called, and whether it has a picture. */
const LINES = [
  ['commit', 'Commit, p50 and p99', true],
  ['batch', 'Commands a commit', true],
  ['mailbox', 'Waiting in the mailbox', true],
  ['connections', 'Open connections', false],
  ['overloaded', 'Refused, mailbox full', false],
  ['retries', 'Commits tried again', false],
  ['store', 'Store', false],
  ['nodes', 'Nodes', false],
];

let lines = {};

export function openHealth() {
  lines = {};
  const list = h(
    'dl.vitals',
    ...LINES.map(([name, label, drawn]) => {
      const value = h('span.number', NOTHING);
      const spark = drawn ? new Sparkline() : null;
      lines[name] = { value, spark };
      lines[name].element = h(
        'div',
        { 'data-vital': name },
        h('dt', label),
        h('dd', spark?.element, value),
      );
      return lines[name].element;
    }),
  );
  // What only the status knows is not there until it was asked.
  lines.store.element.hidden = true;
  lines.nodes.element.hidden = true;
  setText(byId('node'), 'this node');
  byId('health-body').replaceChildren(list);
}

export function showHealth(history) {
  const reading = history.latest;
  const commit = history.distribution('doorbuster_commit_duration_seconds');
  const batch = history.distribution('doorbuster_batch_commands');
  const idle = commit !== null && commit.count === 0;
  setText(
    lines.commit.value,
    idle
      ? 'no commits'
      : `${estimate(commit?.quantile(0.5))} / ${estimate(commit?.quantile(0.99))}`,
  );
  setText(lines.batch.value, batch?.mean ? rate(batch.mean) : NOTHING);
  setText(lines.mailbox.value, count(reading.value('doorbuster_mailbox_depth')));
  setText(lines.connections.value, count(reading.value('doorbuster_http_connections')));
  showCounter('overloaded', history, 'doorbuster_overloaded_total');
  showCounter('retries', history, 'doorbuster_transaction_retries_total');
  for (const name of ['commit', 'batch', 'mailbox']) lines[name].spark.show(history.column(name));
}

/** A counter that should stand still: since the start, and how fast it grows if it does. */
function showCounter(name, history, metric) {
  const now = history.rate(metric);
  const total = count(history.latest.value(metric));
  setText(lines[name].value, now ? `${total}, ${rate(now)} /s` : total);
  lines[name].value.classList.toggle('wrong', now > 0);
}

/** What the server says about itself. */
export function showStatus({ version, store, started_at: startedAt, node, nodes = [] }) {
  const up = span((Date.now() - Date.parse(startedAt)) / 1000);
  setText(byId('node'), [node, version && `v${version}`, `up ${up}`].filter(Boolean).join('  ·  '));
  setText(lines.store.value, STORES[store] ?? store);
  lines.store.element.hidden = false;
  lines.nodes.element.hidden = nodes.length < 2;
  setText(lines.nodes.value, counted(nodes.length, 'node'));
  lines.nodes.value.title = nodes
    .map(({ name, since }) => `${name}, since ${new Date(since).toLocaleString()}`)
    .join('\n');
  showNodes(nodes, node);
}

function showNodes(nodes, self) {
  document.querySelector('.nodes')?.remove();
  if (nodes.length < 2) return;
  byId('health-body').append(
    h(
      'ul.nodes',
      { 'aria-label': 'Nodes of the cluster' },
      ...nodes.map(({ name, since }) =>
        h(
          'li',
          h('code', name),
          name === self ? ' (this one)' : '',
          h('span.quiet', `up ${span((Date.now() - Date.parse(since)) / 1000)}`),
        ),
      ),
    ),
  );
}
