// The purchase on the page: what the buyer sees of it, and can do now.

import { announce } from '../shared/announce.js';
import { byId, setAttribute, setText } from '../shared/dom.js';
import { left, money } from '../shared/format.js';
import { OPENS_IN_SECONDS } from './crowd.js';
import { secondsLeft } from './server-time.js';
import { wordsOf } from './words.js';

/** Who hears the page is told when so many seconds are left. */
const REMINDERS = [15, 5];

/** When there is little time left. */
const SHORT_SECONDS = 10;

export class Stage {
  /** @param {import('./purchase.js').Purchase} purchase */
  constructor(purchase) {
    this.purchase = purchase;
    this.product = null;
    /** `lost` after a click that came too late, `back` when units came back on sale. */
    this.news = null;
    this.shown = '';
    this.reminded = new Set();
  }

  /** Takes the product as it is now. */
  take(product) {
    const before = this.product;
    this.product = product;
    if (product.available_stock > 0 && before) {
      const restocked = product.total_stock !== before.total_stock;
      if (before.available_stock === 0) this.news = restocked ? null : 'back';
    }
    this.show();
  }

  /** Where everything stands. */
  get state() {
    const { product, purchase } = this;
    if (!product) return 'loading';
    if (purchase.state !== 'none') return purchase.state;
    if (product.status === 'scheduled') return 'scheduled';
    if (product.status !== 'open') return 'closed';
    return product.available_stock > 0 ? 'open' : 'sold-out';
  }

  /** When the time that is running now is over, and how long it is; `null`: none is. */
  get deadline() {
    const { product, purchase } = this;
    if (this.state === 'scheduled') return { at: product.opens_at, of: OPENS_IN_SECONDS };
    if (this.state === 'held') return { at: purchase.hold.expires_at, of: product.hold_seconds };
    if (this.state === 'pending') return { at: purchase.order.pay_by, of: product.payment_seconds };
    return null;
  }

  show() {
    const { state, product, purchase, news } = this;
    const stage = byId('stage');
    const hadFocus = stage.contains(document.activeElement);
    const words = wordsOf(state, { purchase, product, news });
    setAttribute(stage, 'data-state', state);
    setText(byId('stage-title'), words.title);
    setText(byId('stage-text'), words.text);

    byId('endings').hidden = state !== 'held';
    byId('pay').hidden = state !== 'held';
    byId('let-go').hidden = state !== 'held';
    byId('more-time').hidden = state !== 'held' || Boolean(purchase.hold.extended);
    byId('hold').hidden = !['open', 'scheduled', 'sold-out'].includes(state);
    byId('hold').disabled = state === 'scheduled' || state === 'sold-out';
    setText(byId('hold'), state === 'sold-out' ? 'Sold out' : 'Hold it');
    byId('again').hidden = !words.again;
    if (words.again) setText(byId('again'), words.again);
    if (product) setText(byId('pay'), `Pay ${money(product.price, product.currency)}`);

    this.tick();
    if (words.title !== this.shown) {
      if (hadFocus && isGone(document.activeElement)) stage.focus();
      else if (this.shown) announce(`${words.title}. ${words.text}`);
      this.shown = words.title;
      this.reminded.clear();
      byId('trouble').textContent = '';
    }
  }

  /** Shows how much time is left. */
  tick() {
    const { deadline } = this;
    byId('timer').hidden = deadline === null;
    if (deadline === null) return;
    const seconds = secondsLeft(deadline.at);
    setText(byId('timer-left'), left(seconds));
    const share = Math.min(1, seconds / deadline.of);
    byId('timer-bar').style.transform = `scaleX(${share})`;
    const short = seconds <= SHORT_SECONDS && this.state !== 'scheduled';
    setAttribute(byId('timer'), 'data-short', short ? '' : null);
    if (this.state === 'scheduled') return;
    for (const at of REMINDERS) {
      if (seconds > at || seconds < at - 1 || this.reminded.has(at)) continue;
      this.reminded.add(at);
      announce(`${at} seconds left.`);
    }
  }
}

function isGone(element) {
  return element === document.body || element.disabled || element.closest('[hidden]') !== null;
}
