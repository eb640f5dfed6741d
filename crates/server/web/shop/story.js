// What happened between buyer, server and provider, told from what is known of the purchase.

import { byId, h, setChildren } from '../shared/dom.js';
import { clock } from '../shared/format.js';
import { isLate } from './purchase.js';
import { secondsLeft } from './server-time.js';

const REFUSED = {
  insufficient_stock: 'asked for one, and none was left. Nothing was charged.',
  sale_not_open: 'asked before the doors were open.',
  sale_paused: 'asked while the sale was paused.',
  sale_closed: 'asked after the sale had closed.',
};

/** The steps of a purchase, in the order they happened: `{at, who, text, code, kind}`. */
export function stepsOf({ refusals, hold, order, account, ending }) {
  const steps = refusals.map(({ at, status, code }) => ({
    at,
    who: 'you',
    text: REFUSED[code] ?? 'asked for one, and the server said no.',
    code: `POST /api/holds → ${status} ${code}`,
    kind: 'bad',
  }));
  if (hold) steps.push(...ofHold(hold, order));
  if (order) steps.push(...ofOrder(order, account, ending));
  for (const delivery of account?.deliveries ?? []) steps.push(ofDelivery(delivery, order));
  return steps.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

function ofHold(hold, order) {
  const until = clock(new Date(hold.expires_at));
  const placed = {
    at: hold.created_at,
    who: 'you',
    text: `asked for one, and it is yours until ${until}.`,
    code: 'POST /api/holds → 201 active',
    kind: 'held',
  };
  if (order) return [placed];
  if (hold.status === 'released') {
    const text = 'let it go. It is back on sale.';
    const code = 'DELETE /api/holds/… → 200 released';
    return [placed, { at: hold.released_at ?? hold.created_at, who: 'you', text, code }];
  }
  if (hold.status !== 'expired' && secondsLeft(hold.expires_at) > 0) return [placed];
  const text = 'put the record back on sale: the hold had run out.';
  return [placed, { at: hold.expires_at, who: 'server', text, code: 'hold expired', kind: 'bad' }];
}

function ofOrder(order, account, ending) {
  const steps = [
    {
      at: order.created_at,
      who: 'you',
      text: `ordered what you held, to be paid by ${clock(new Date(order.pay_by))}.`,
      code: 'POST /api/orders → 201 pending',
      kind: 'order',
    },
  ];
  const late = account?.deliveries.some((delivery) => isLate(delivery, order));
  if (order.status === 'expired' || late) {
    const silent = ending === 'never' ? ' The provider never said anything.' : '';
    steps.push({
      at: order.pay_by,
      who: 'server',
      text: `put the record back on sale: the time to pay was over.${silent}`,
      code: 'order expired',
      kind: 'bad',
    });
  }
  return steps;
}

function ofDelivery(delivery, order) {
  const { status, answered, result, order_status: then } = delivery;
  const said = answered === null ? result : `${answered} ${result}`;
  const text = `reports the payment as ${status === 'paid' ? 'paid' : 'declined'}. `;
  const [effect, kind] = effectOf(delivery, then, order);
  return {
    at: delivery.sent_at,
    who: 'provider',
    text: text + effect,
    code: `signed webhook evt_…${delivery.event_id.slice(-6)} → ${said}`,
    kind,
  };
}

function effectOf(delivery, then, order) {
  if (delivery.result === 'duplicate') {
    return ['The server knows this event: nothing happens twice.', 'good'];
  }
  if (delivery.result !== 'applied') return ['The server did not take it.', 'bad'];
  if (then === 'refund_due') {
    return ['Too late, and the last one was gone: the money goes back.', 'bad'];
  }
  if (then === 'cancelled') return ['The order is cancelled, the record back on sale.', 'bad'];
  if (isLate(delivery, order)) {
    return ['Too late, but one was still there: it was taken back for you.', 'good'];
  }
  return ['The order is paid, the record sold.', 'good'];
}

const WHO = { you: 'You', server: 'The server', provider: 'The provider' };

let told = '';

/** Shows the steps, if they are others than before. */
export function showStory(purchase) {
  const steps = stepsOf(purchase);
  const now = JSON.stringify(steps);
  if (now === told) return;
  told = now;
  byId('nothing-yet').hidden = steps.length > 0;
  setChildren(
    byId('story'),
    steps.map(({ at, who, text, code, kind }) =>
      h(
        'li',
        { 'data-kind': kind ?? 'plain' },
        h('time', { datetime: at }, clock(new Date(at))),
        h('div', h('p', h('b', WHO[who]), ' ', text), h('code', code)),
      ),
    ),
  );
}
