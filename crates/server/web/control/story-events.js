// The story of one hold, from everything that is recorded about it: what happened, in order.
// Nothing here knows the page.

import { count, counted, money } from '../shared/format.js';

/** Of things at one instant, causes come before their effects. */
const RANK = { held: 0, order: 1, payment: 2, sold: 3, back: 4, refund: 5, deadline: 6 };

/** What became of the units, and how the journal's entry reads; `fate` as of `fateOf`. */
const JOURNAL = {
  hold_placed: ['held', (units) => `${units} set aside`],
  hold_released: ['back', (units) => `Hold released by the buyer, ${units} back on sale`],
  hold_expired: ['back', (units) => `Hold expired, ${units} back on sale`],
  order_paid: ['sold', (units) => `Order paid, ${units} sold`],
  order_cancelled: ['back', (units) => `Order cancelled, ${units} back on sale`],
  order_expired: ['back', (units) => `Order not paid in time, ${units} back on sale`],
  order_retaken: ['sold', (units) => `Paid late, ${units} taken again and sold`],
  order_restocked: ['back', (units) => `Refunded, ${units} back on sale`],
  order_refunded: ['refund', (_units, fate) => REFUNDED[fate]],
};

const REFUNDED = {
  sold: 'The money went back. Its units stay sold',
  gone: 'The money went back; it had no units',
  unknown: 'The money went back',
};

const RESULT = {
  applied: 'changed the order',
  ignored: 'recorded, changed nothing',
  stored: 'waits for its order',
  amount_mismatch: 'not the amount of the order: changed nothing',
};

/**
 * @param {{hold: object | null, order: object | null, payments: object[], journal: object[]}} story
 * @returns {{at: Date, kind: string, text: string, note?: string, payload?: unknown}[]}
 */
export function eventsOf({ hold, order, payments, journal }) {
  const events = [];
  const add = (kind, at, text, more) => events.push({ kind, at: new Date(at), text, ...more });
  const placed = journal.some(({ kind }) => kind === 'hold_placed');
  const fate = fateOf(order, journal);
  if (hold && !placed) add('held', hold.created_at, `${counted(hold.qty, 'unit')} set aside`);
  if (order) {
    add(
      'order',
      order.created_at,
      `Order made, ${money(order.total_price, order.currency)} to pay`,
    );
  }
  for (const payment of payments)
    add('payment', payment.received_at, said(payment), {
      note: effectOf(payment, order, fate),
      event: payment.event_id,
      payload: payment.payload,
    });
  for (const entry of journal) {
    const units = counted(Math.abs(entry.qty), 'unit');
    const unknown = ['back', () => `${entry.kind.replaceAll('_', ' ')}, ${units}`];
    const [kind, text] = JOURNAL[entry.kind] ?? unknown;
    add(kind, entry.at, text(units, fate), { note: counters(entry), seq: entry.seq });
  }
  if (hold?.status === 'active')
    add('deadline', hold.expires_at, 'Until then it can become an order');
  if (order?.status === 'pending') add('deadline', order.pay_by, 'Until then it must be paid');
  return events.sort((one, other) => one.at - other.at || RANK[one.kind] - RANK[other.kind]);
}

/** What a payment bought: its units are `sold`, they were `gone`, or it is `unknown`. */
function fateOf(order, journal) {
  const has = (...kinds) => journal.some(({ kind }) => kinds.includes(kind));
  if (has('order_paid', 'order_retaken')) return 'sold';
  if (order?.status === 'refund_due') return 'gone';
  // Only paid orders are refunded. Where the journal tells of the hold, it would of the sale.
  return order?.status === 'refunded' && has('hold_placed') ? 'gone' : 'unknown';
}

function effectOf({ status, result }, order, fate) {
  if (status === 'paid' && result === 'applied' && fate === 'gone') {
    const due = order.status === 'refund_due' ? 'is' : 'was';
    return `came too late: its units were gone, and the money ${due} due back`;
  }
  return RESULT[result] ?? result;
}

function said({ provider, status, amount, currency }) {
  const who = provider === 'stripe' ? 'Stripe' : 'The payment provider';
  const what = { paid: 'paid', failed: 'failed', refunded: 'refunded' }[status] ?? status;
  return `${who} says ${what}${amount && currency ? `, ${money(amount, currency)}` : ''}`;
}

/** Stock after a journal entry. */
function counters({ total_stock: total, held_stock: held, sold_stock: sold }) {
  return `then ${count(total - held - sold)} available, ${count(held)} held, ${count(sold)} sold`;
}
