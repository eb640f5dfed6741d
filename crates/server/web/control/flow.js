// What flows through: holds, orders, payments, and what gets lost on the way.

import { byId, h, setText } from '../shared/dom.js';
import { clock, count, NOTHING, percent, rate } from '../shared/format.js';
import { FlowChart } from './chart.js';
import { openRefusals, showRefusals } from './refusals.js';

const HOLDS = 'doorbuster_holds_placed_total';
const ORDERS = 'doorbuster_orders_created_total';
const PAID = 'doorbuster_orders_paid_total';
const LATE = 'doorbuster_late_payments_total';
const HOLDS_EXPIRED = 'doorbuster_holds_expired_total';
const ORDERS_EXPIRED = 'doorbuster_orders_expired_total';
const REFUSALS = 'doorbuster_refusals_total';

/** What the share of paid holds is of. */
const LATELY = 'last 5 minutes';

/** The lines of the chart. */
const LINES = [
  { name: 'holds', label: 'Holds', colour: '--held' },
  { name: 'orders', label: 'Orders', colour: '--order' },
  { name: 'paid', label: 'Paid', colour: '--sold' },
];

const FIGURES = [
  ['holds', 'Holds', 'a second'],
  ['orders', 'Orders', 'a second'],
  ['paid', 'Paid', 'a second'],
  ['conversion', 'Hold to paid', LATELY],
  ['expired', 'Expired', 'a second, holds and orders'],
  ['refused', 'Refused', 'a second, all reasons'],
];

let figures = {};
let notes = {};
let legend = {};
let chart = null;
let pointed = null;

export function openFlow() {
  figures = {};
  notes = {};
  byId('figures').replaceChildren(
    ...FIGURES.map(([name, label, unit]) => {
      figures[name] = h('strong.number', NOTHING);
      notes[name] = h('span.note', unit);
      return h(
        'p.figure',
        { 'data-figure': name },
        h('span.label', label),
        figures[name],
        notes[name],
      );
    }),
  );
  buildLegend();
  chart?.destroy();
  chart = new FlowChart(byId('flow-chart'), LINES, showLegend);
  openRefusals();
}

function buildLegend() {
  legend = { time: h('time.number', '') };
  byId('flow-legend').replaceChildren(
    legend.time,
    ...LINES.map(({ name, label }) => {
      legend[name] = h('b.number', NOTHING);
      return h(
        'span',
        h('i', { 'data-line': name, 'aria-hidden': 'true' }),
        `${label} `,
        legend[name],
      );
    }),
  );
}

/** Takes one more reading and shows what it comes to. */
export function showFlow(history, reading) {
  history.take(reading, Date.now() / 1000, (rates) => ({
    holds: rates.step(HOLDS),
    orders: rates.step(ORDERS),
    paid: sum(rates.step(PAID), rates.step(LATE, { result: 'retaken' })),
    commit: rates.distribution('doorbuster_commit_duration_seconds')?.quantile(0.99)?.value ?? null,
    batch: rates.distribution('doorbuster_batch_commands')?.mean ?? null,
    mailbox: reading.value('doorbuster_mailbox_depth'),
  }));
  const paid = sum(history.rate(PAID), history.rate(LATE, { result: 'retaken' }));
  const expired = sum(history.rate(HOLDS_EXPIRED), history.rate(ORDERS_EXPIRED));
  const refused = history.rate(REFUSALS);
  setText(figures.holds, rate(history.rate(HOLDS)));
  setText(figures.orders, rate(history.rate(ORDERS)));
  setText(figures.paid, rate(paid));
  setText(figures.expired, rate(expired));
  setText(figures.refused, rate(refused));
  setText(figures.conversion, conversion(history.total('paid'), history.total('holds')));
  const ever = reading.value(PAID) + reading.value(LATE, { result: 'retaken' });
  const holds = reading.value(HOLDS);
  if (holds > 0) {
    setText(notes.conversion, `${LATELY}; ${conversion(ever, holds)} since this node started`);
    setText(notes.holds, `a second, ${count(holds)} so far`);
    setText(notes.paid, `a second, ${count(ever)} so far`);
  }
  chart.show(history);
  if (pointed === null) showLegend(null, history.rows.at(-1));
  showRefusals(history, reading);
}

/** The share of holds that were paid; payments may be of holds from before. */
function conversion(paid, holds) {
  if (holds < 0.5) return NOTHING;
  return paid > holds ? 'over 100 %' : percent(paid / holds);
}

/** The values under the pointer, or the newest ones. */
function showLegend(place, row) {
  pointed = place;
  setText(legend.time, place === null || !row ? '' : clock(new Date(row.at * 1000)));
  for (const { name } of LINES) setText(legend[name], rate(row?.[name] ?? null));
}

function sum(one, other) {
  return one === null || other === null ? null : one + other;
}
