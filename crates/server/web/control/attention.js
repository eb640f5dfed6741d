// What no program can settle: money that came for units that are gone, and payments that wait for
// their order.

import { announce } from '../shared/announce.js';
import { byId, h, setChildren, setText } from '../shared/dom.js';
import { count, counted, moment, money, shortId } from '../shared/format.js';
import { productName } from './products.js';
import { refundOrder } from './refund.js';
import { showStory } from './story.js';

const TITLE = 'Doorbuster control room';

let parts = {};
let due = null;
let refresh = () => {};
const cards = new Map();

export function openAttention(actions) {
  ({ refresh } = actions);
  due = null;
  cards.clear();
  parts = {
    calm: h('p.quiet', 'Nobody is owed a refund.'),
    list: h('ul.due'),
    more: h('p.quiet'),
    late: h('p.late.quiet'),
    waiting: h('details.waiting', h('summary', ''), h('ul')),
  };
  parts.waiting.hidden = true;
  byId('attention-body').replaceChildren(
    parts.calm,
    parts.list,
    parts.more,
    parts.waiting,
    parts.late,
  );
}

/** Orders that were paid when their units were gone. */
export function showDue({ data, next_cursor: next }) {
  const number = `${count(data.length)}${next ? '+' : ''}`;
  if (due !== null && data.length > due) {
    announce(`${number} ${data.length === 1 ? 'order needs' : 'orders need'} a refund.`);
  }
  due = data.length;
  const there = new Set(data.map(({ order_id: id }) => id));
  for (const id of cards.keys()) if (!there.has(id)) cards.delete(id);
  setChildren(parts.list, data.map(card));
  parts.calm.hidden = due > 0;
  setText(parts.more, next ? `The newest ${count(due)} are shown; there are more.` : '');
  setText(byId('attention-count'), number);
  byId('attention-count').hidden = due === 0;
  byId('attention').toggleAttribute('data-alarm', due > 0);
  document.title = due > 0 ? `(${number}) ${TITLE}` : TITLE;
}

function card(order) {
  const { order_id: id } = order;
  let known = cards.get(id);
  if (!known) {
    const what = h('span');
    const element = h(
      'li',
      { 'data-order': id },
      h('p', h('strong.number', money(order.total_price, order.currency)), ' ', what),
      h(
        'p.quiet',
        [order.customer_id, `ordered ${moment(new Date(order.created_at))}`, shortId(id)]
          .filter(Boolean)
          .join('  ·  '),
      ),
      h(
        'div.buttons',
        h('button', { type: 'button', onclick: () => refundOrder(order, refresh) }, 'Refund…'),
        h('button.plain', { type: 'button', onclick: () => showStory(id) }, 'Its story'),
      ),
    );
    known = { element, what };
    cards.set(id, known);
  }
  // The product may have got its name, or another one, since.
  setText(known.what, `for ${counted(order.qty, 'unit')} of ${productName(order.product_id)}`);
  return known.element;
}

/** How many payments came late, from this node's counters. */
export function showLate(reading) {
  const late = (result) => reading.value('doorbuster_late_payments_total', { result });
  const [retaken, refunds] = [late('retaken'), late('refund_due')];
  const outcome = `${count(retaken)} got their units after all, ${count(refunds)} did not.`;
  const none = retaken + refunds === 0;
  setText(parts.late, none ? '' : `Late payments since this node started: ${outcome}`);
}

/**
 * Payments that overtook their order.
 *
 * @param {{events: object[], more: boolean}} found `more`: there are more than these
 */
export function showWaiting({ events: waiting, more }) {
  parts.waiting.hidden = waiting.length === 0;
  const number = `${count(waiting.length)}${more ? '+' : ''}`;
  const what = waiting.length === 1 ? 'webhook waits' : 'webhooks wait';
  setText(parts.waiting.querySelector('summary'), `${number} early ${what} for an order`);
  const shown = waiting.slice(0, 10);
  const text = shown.map(({ event_id: id }) => id).join('\n');
  if (text === parts.waitingShown) return;
  parts.waitingShown = text;
  parts.waiting
    .querySelector('ul')
    .replaceChildren(
      ...shown.map((event) =>
        h(
          'li',
          h(
            'button.plain',
            { type: 'button', onclick: () => showStory(event.event_id) },
            h('code', event.event_id),
          ),
          h('span.quiet', `${event.status}, since ${moment(new Date(event.received_at))}`),
        ),
      ),
    );
}
