// The story of one hold, from everything that is recorded about it: what happened, in order.
// Nothing here knows the page.

import { count, counted, money } from '../shared/format.js';

/** Of things at one instant, causes come before their effects. */
const RANK = { held: 0, order: 1, payment: 2, sold: 3, back: 4, deadline: 5 };

/** What became of the units, and how the journal's entry reads. */
const JOURNAL = {
  hold_placed: ['held', (units) => `${units} set aside`],
  hold_released: ['back', (units) => `Hold released by the buyer, ${units} back on sale`],
  hold_expired: ['back', (units) => `Hold expired, ${units} back on sale`],
  order_paid: ['sold', (units) => `Order paid, ${units} sold`],
  order_cancelled: ['back', (units) => `Order cancelled, ${units} back on sale`],
  order_expired: ['back', (units) => `Order not paid in time, ${units} back on sale`],
  order_retaken: ['sold', (units) => `Paid late, ${units} taken again and sold`],
  order_restocked: ['back', (units) => `Refunded, ${units} back on sale`],
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
      note: RESULT[payment.result] ?? payment.result,
      event: payment.event_id,
      payload: payment.payload,
    });
  for (const entry of journal) {
    const units = counted(Math.abs(entry.qty), 'unit');
    const unknown = ['back', () => `${entry.kind.replaceAll('_', ' ')}, ${units}`];
    const [kind, text] = JOURNAL[entry.kind] ?? unknown;
    add(kind, entry.at, text(units), { note: counters(entry), seq: entry.seq });
  }
  if (hold?.status === 'active')
    add('deadline', hold.expires_at, 'Until then it can become an order');
  if (order?.status === 'pending') add('deadline', order.pay_by, 'Until then it must be paid');
  return events.sort((one, other) => one.at - other.at || RANK[one.kind] - RANK[other.kind]);
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
