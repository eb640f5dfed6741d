// One product: its bar, its numbers, its buttons. Built once, then only changed where it differs.

import { h, setAttribute, setText } from '../shared/dom.js';
import { count, counted, left, moment, money, NOTHING, rate, span } from '../shared/format.js';
import { Pace } from './pace.js';
import { addStock, pauseOrResume } from './product-actions.js';
import { editProduct } from './product-form.js';

/** Paces and countdowns change no faster than one can read. */
const SLOW_MS = 900;
/** What a screen reader may ask for changes more slowly still. */
const LABEL_MS = 2500;

const STATUS = {
  open: 'On sale',
  paused: 'Paused',
  scheduled: 'Scheduled',
  closed: 'Closed',
  out: 'Sold out',
  none: 'None left',
};

export class ProductRow {
  constructor(product, refresh) {
    this.product = product;
    this.pace = new Pace();
    this.slowAt = -Infinity;
    this.labelAt = -Infinity;
    this.status = null;
    this.build(product, refresh);
  }

  build({ id }, refresh) {
    this.name = h('h3', { id: `product-${id}` });
    this.chip = h('span.chip');
    this.about = h('p.about.quiet');
    this.sold = h('i.bar-sold');
    this.held = h('i.bar-held');
    this.bar = h('div.bar', { role: 'img' }, this.held, this.sold);
    const number = () => h('dd.number');
    [this.availableUnits, this.heldUnits, this.soldUnits] = [number(), number(), number()];
    [this.paceText, this.endText, this.windowText] = [number(), number(), number()];
    this.windowTerm = h('dt', 'Window');
    const pair = (kind, term, value) =>
      h(`div.${kind}`, typeof term === 'string' ? h('dt', term) : term, value);

    const described = { type: 'button', 'aria-describedby': `product-${id}` };
    this.pauseButton = h('button', {
      ...described,
      onclick: () => pauseOrResume(this.product, refresh),
    });
    this.element = h(
      'li.product',
      { 'data-id': id },
      h('div.title', this.name, this.chip, this.about),
      this.bar,
      h(
        'dl.units',
        pair('available', 'Available', this.availableUnits),
        pair('held', 'Held', this.heldUnits),
        pair('sold', 'Sold', this.soldUnits),
      ),
      h(
        'dl.pace',
        pair('speed', 'Units a second', this.paceText),
        pair('end', 'Sells out in', this.endText),
        pair('window', this.windowTerm, this.windowText),
      ),
      h(
        'div.actions',
        this.pauseButton,
        h(
          'button',
          {
            ...described,
            onclick: () => addStock(this.product, refresh),
          },
          'Add stock',
        ),
        h(
          'button',
          {
            ...described,
            onclick: () => editProduct(this.product, refresh),
          },
          'Edit',
        ),
      ),
    );
  }

  /**
   * Shows the product as it is now.
   *
   * @returns {string | null} what somebody who cannot see it must hear
   */
  show(product, now) {
    const before = this.status;
    this.pace.take(product, now);
    if (before === null || product.version !== this.product.version) this.showTerms(product);
    this.product = product;
    this.showUnits(product);
    this.status = statusOf(product);
    setAttribute(this.element, 'data-status', this.status);
    setAttribute(this.chip, 'data-status', this.status);
    setText(this.chip, STATUS[this.status]);
    setText(this.pauseButton, product.status === 'paused' ? 'Resume' : 'Pause');
    this.pauseButton.disabled = product.status === 'closed';
    if (now - this.slowAt >= SLOW_MS || before !== this.status) {
      this.slowAt = now;
      this.showPace(product);
    }
    if (now - this.labelAt >= LABEL_MS) {
      this.labelAt = now;
      setAttribute(
        this.bar,
        'aria-label',
        `${count(product.sold_stock)} sold, ` +
          `${count(product.held_stock)} held, ${count(product.available_stock)} available, ` +
          `of ${counted(product.total_stock, 'unit')}`,
      );
    }
    const changed = before !== null && before !== this.status;
    return changed ? `${product.name}: ${STATUS[this.status]}.` : null;
  }

  showTerms(product) {
    setText(this.name, product.name);
    // A narrow row may cut it short.
    this.name.title = product.name;
    const limit = product.max_per_customer;
    setText(
      this.about,
      [
        `#${product.id}`,
        product.code,
        money(product.price, product.currency),
        `${count(product.total_stock)} in all`,
        limit && `${limit} a customer`,
      ]
        .filter(Boolean)
        .join('  ·  '),
    );
  }

  showUnits({ total_stock: total, sold_stock: sold, held_stock: held, available_stock: free }) {
    const share = (units) => (total > 0 ? (units / total) * 100 : 0);
    // Both parts are as wide as the bar and shifted out of it to the left: a shift is done by the
    // compositor, without a layout.
    // An empty part goes a little further, so that its edge does not show.
    const shift = (units) => `translateX(${(units > 0 ? share(units) - 100 : -101).toFixed(3)}%)`;
    this.sold.style.transform = shift(sold);
    this.held.style.transform = shift(sold + held);
    setText(this.availableUnits, count(free));
    setText(this.heldUnits, count(held));
    setText(this.soldUnits, count(sold));
  }

  showPace(product) {
    const pace = this.pace.perSecond();
    // Steady numbers need no decimals; a pace below zero is units that come back.
    setText(this.paceText, pace === null ? NOTHING : rate(Math.abs(pace) < 0.05 ? 0 : pace));
    const seconds =
      product.status === 'open' ? this.pace.sellsOutIn(product.available_stock) : null;
    setText(this.endText, seconds === null ? NOTHING : left(seconds));
    const [term, text] = saleWindow(product, Date.now());
    setText(this.windowTerm, term);
    setText(this.windowText, text);
  }
}

/** Where a sale stands, as one word: what can be bought decides. */
function statusOf({ status, available_stock: available, held_stock: held, total_stock: total }) {
  if (status !== 'open' || available > 0 || total === 0) return status;
  return held > 0 ? 'none' : 'out';
}

/** What comes next in a product's sale window. */
function saleWindow({ opens_at: opens, closes_at: closes }, now) {
  const seconds = (iso) => (Date.parse(iso) - now) / 1000;
  if (opens && seconds(opens) > 0) return ['Opens in', left(seconds(opens))];
  if (!closes) return ['Closes in', NOTHING];
  if (seconds(closes) > 0) return ['Closes in', left(seconds(closes))];
  const ago = -seconds(closes);
  return ['Closed', ago < 36 * 3600 ? `${span(ago)} ago` : moment(new Date(closes))];
}
