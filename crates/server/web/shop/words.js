// What a buyer is told, for every way that a purchase can stand. Nothing here knows the page.

import { counted, money } from '../shared/format.js';

const WAITING = {
  success: 'The bank is thinking. The server hears of it from the payment provider.',
  failure: 'The bank is thinking, and will say no.',
  twice: 'The bank is thinking. The provider will report it twice; it must count once.',
  late: 'The provider is slow on purpose: it reports when the time to pay is over.',
  never: 'Nothing will come. Watch what happens when the time is over.',
};

const ON_ITS_WAY =
  'Your payment is still on its way: if one is left when it comes, you get it, otherwise your ' +
  'money goes back.';

/** What is in the way of a request, where the page knows more of it than the server says. */
const TROUBLE = {
  // The stage says it.
  insufficient_stock: '',
  hold_used: 'It was ordered already. This is how that order stands.',
  hold_released: 'It was let go already. Nothing was charged.',
  hold_expired: 'The time was over before your click arrived.',
  extension_limit_reached: 'More time was given already.',
};

/** The words for a refusal, or for an answer that did not come. */
export function troubleOf({ status, code, message }) {
  return status === 404 ? UNKNOWN : (TROUBLE[code] ?? message);
}

/** What is said of a purchase that the server knows nothing of. */
export const UNKNOWN =
  'The demo was started anew, and knows nothing of this purchase. Nothing was charged.';

/** `{title, text, again?}`: `again` is what the button says that leads back to the product. */
export function wordsOf(state, { purchase, product, news }) {
  return (WORDS[state] ?? WORDS.closed)({ purchase, product, news });
}

const WORDS = {
  loading: () => ({ title: 'Opening the shop …', text: '' }),
  scheduled: () => ({
    title: 'The doors open in a moment',
    text: 'Nobody gets one before, however often they click.',
  }),
  open: ({ product, news }) =>
    news === 'back'
      ? {
          title: product.available_stock === 1 ? 'One is back' : 'Some are back',
          text: 'Somebody did not pay in time. Be quick.',
        }
      : {
          title: 'On sale now',
          text: `Your click sets one aside for ${product.hold_seconds} seconds, for you alone.`,
        },
  'sold-out': ({ product, news }) => ({
    title: news === 'lost' ? 'Somebody was faster' : 'Sold out',
    text:
      (news === 'lost' ? 'The last one was taken before your click. Nothing was charged. ' : '') +
      waitingFor(product),
  }),
  closed: () => ({ title: 'The sale is closed', text: 'The shop takes no holds now.' }),
  held: ({ product }) => ({
    title: 'It is yours, for now',
    text:
      `Pay ${money(product.price, product.currency)} before the time is over, ` +
      'and it stays yours.',
  }),
  lapsed: () => ({
    title: 'Time is up',
    text: 'Your hold ran out, and the record is back on sale. Nothing was charged.',
    again: 'Try again',
  }),
  pending: ({ purchase }) => ({
    title: 'Waiting for your payment',
    text: WAITING[purchase.ending] ?? WAITING.success,
  }),
  paid: ({ purchase }) => ({
    title: purchase.paidLate ? 'Late, and still yours' : 'It is yours',
    text: paid(purchase),
    again: 'Buy another',
  }),
  declined: () => ({
    title: 'Your bank said no',
    text: 'The order is cancelled, and the record is back on sale. You owe nothing.',
    again: 'Try again',
  }),
  cancelled: ({ purchase }) =>
    purchase.isOpen
      ? { title: 'The order was cancelled', text: `The record is back on sale. ${ON_ITS_WAY}` }
      : {
          title: 'The order was cancelled',
          text: 'The record is back on sale, and you owe nothing.',
          again: 'Try again',
        },
  expired: ({ purchase }) =>
    purchase.isOpen
      ? { title: 'The time to pay is over', text: `The record is back on sale. ${ON_ITS_WAY}` }
      : {
          title: 'The time to pay is over',
          text: 'Nobody heard of your payment. The record is back on sale, and you owe nothing.',
          again: 'Try again',
        },
  refund_due: ({ purchase: { order } }) => ({
    title: 'You get your money back',
    text:
      'Your payment came too late and the last record was gone. The shop owes you ' +
      `${money(order.total_price, order.currency)}; whoever runs it sees that in the control room.`,
    again: 'Try again',
  }),
  refunded: ({ purchase: { order } }) => ({
    title: 'Your money is back',
    text: `The shop has refunded ${money(order.total_price, order.currency)}.`,
    again: 'Buy another',
  }),
};

function waitingFor({ held_stock: held }) {
  if (held === 0) return 'Every copy is sold. You can open the doors again below.';
  const copies = `${counted(held, 'copy', 'copies')} ${held === 1 ? 'is' : 'are'}`;
  return `${copies} on hold. Stay: what is not paid for comes back.`;
}

function paid({ paidLate, account }) {
  if (paidLate) {
    return (
      'Your payment came when the time was over, but a record was left, and it was taken back ' +
      'for you.'
    );
  }
  const told = account?.deliveries.filter(({ answered }) => answered === 200).length ?? 0;
  if (told > 1) return 'The provider reported your payment twice. It counted once.';
  return 'Paid, and nobody else can have it.';
}
