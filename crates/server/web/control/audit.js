// The audit, now, and its verdict.

import { announce } from '../shared/announce.js';
import { byId, h } from '../shared/dom.js';
import { clock, counted, took } from '../shared/format.js';
import { call } from './api.js';
import { productName } from './products.js';

/** A recount of millions of rows takes its time. */
const PATIENCE_MS = 120_000;
const MOST = 20;

export function openAudit() {
  byId('audit-now').onclick = audit;
}

async function audit() {
  const button = byId('audit-now');
  button.disabled = true;
  button.textContent = 'Recounting…';
  const began = performance.now();
  try {
    const report = await call('/api/audit', { timeout: PATIENCE_MS });
    showVerdict(report, (performance.now() - began) / 1000);
  } catch (error) {
    announce('The audit was not made.');
    byId('audit-body').replaceChildren(h('p.wrong', `The audit was not made. ${error.message}`));
  } finally {
    button.disabled = false;
    button.textContent = 'Audit now';
  }
}

function showVerdict({ ok, products, violations }, seconds) {
  const total = (name) => products.reduce((sum, product) => sum + product[name], 0);
  const counts = [
    counted(products.length, 'product'),
    counted(total('holds'), 'hold'),
    counted(total('orders'), 'order'),
    counted(total('journal_entries'), 'journal entry', 'journal entries'),
  ].join(', ');
  const verdict = ok ? 'Everything adds up.' : `${counted(violations.length, 'rule')} broken.`;
  announce(`Audit: ${verdict}`);
  byId('audit-body').replaceChildren(
    h('p.verdict', { 'data-ok': String(ok) }, verdict),
    h('p.quiet', `${counts}, recounted in ${took(seconds)} at ${clock(new Date())}.`),
    ...(ok
      ? []
      : [
          h('p', 'Pause the sale and keep the database file before anything else.'),
          h('ul.violations', ...violations.slice(0, MOST).map(showViolation)),
        ]),
  );
}

function showViolation({ product_id: product, rule, expected, found, detail }) {
  return h(
    'li',
    h('strong', `Rule ${rule}${product === null ? '' : `, ${productName(product)}`}`),
    h('p', detail),
    h('p.quiet', `Expected ${expected}, found ${found}.`),
  );
}
