// Why buyers and others were turned away.

import { byId, h, setChildren, setText } from '../shared/dom.js';
import { count, rate } from '../shared/format.js';

const NAME = 'doorbuster_refusals_total';
const MOST = 8;

const rows = new Map();
let nothing = null;

export function openRefusals() {
  rows.clear();
  nothing = h('p.quiet.empty', 'Nobody was turned away.');
  byId('refusals-body').replaceChildren();
}

export function showRefusals(history, reading) {
  const codes = reading.series(NAME).filter(({ value }) => value > 0);
  codes.sort((one, other) => other.value - one.value);
  const shown = codes.slice(0, MOST);
  const most = shown[0]?.value ?? 1;
  setChildren(
    byId('refusals-body'),
    shown.length === 0
      ? [nothing]
      : [
          table(
            shown.map((code) => {
              const row = rowOf(code.labels.code);
              setText(row.total, count(code.value));
              const now = history.rate(NAME, code.labels);
              setText(row.rate, now ? `${rate(now)} /s` : '');
              row.bar.style.transform = `scaleX(${(code.value / most).toFixed(4)})`;
              return row.element;
            }),
          ),
        ],
  );
}

let body = null;

function table(elements) {
  body ??= h('ul.reasons');
  setChildren(body, elements);
  return body;
}

function rowOf(code) {
  let row = rows.get(code);
  if (!row) {
    row = { total: h('span.number'), rate: h('span.number.quiet'), bar: h('i.share') };
    const name = code.replaceAll('_', ' ');
    row.element = h(
      'li',
      row.bar,
      h('a', { href: `/docs/problems/${encodeURIComponent(code)}`, title: 'What it means' }, name),
      row.rate,
      row.total,
    );
    rows.set(code, row);
  }
  return row;
}
