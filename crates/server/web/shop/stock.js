// The product as the server tells it, live.

import { byId, setAttribute, setText } from '../shared/dom.js';
import { count, money } from '../shared/format.js';

/** Follows a product by the server's events. `took` gets it each time it changes. */
export function follow(productId, units, took) {
  const events = new EventSource(`/api/products/${productId}/events`);
  events.addEventListener('product', ({ data }) => {
    const product = JSON.parse(data);
    showLink('live');
    showStock(product, units);
    took(product);
  });
  events.addEventListener('open', () => showLink('live'));
  // The browser connects again by itself, unless the server said that it must not.
  events.addEventListener('error', () => {
    showLink('away');
    if (events.readyState !== EventSource.CLOSED) return;
    setTimeout(() => follow(productId, units, took), 2000);
  });
}

const LINK = { live: 'Live', away: 'Reconnecting …' };

function showLink(state) {
  setAttribute(byId('link'), 'data-state', state);
  setText(byId('link'), LINK[state]);
}

/** Of the units that were there when the doors opened. What was sold before does not count. */
function showStock(product, units) {
  const { available_stock: available, held_stock: held } = product;
  const all = Math.max(units, available + held);
  const sold = all - available - held;
  setText(byId('name'), product.name);
  setText(byId('price'), money(product.price, product.currency));
  setText(byId('available'), count(available));
  setText(byId('of-units'), `of ${count(all)} left`);
  setText(byId('held'), count(held));
  setText(byId('sold'), count(sold));
  byId('bar-sold').style.transform = `scaleX(${sold / all})`;
  byId('bar-held').style.transform = `scaleX(${(sold + held) / all})`;
  setAttribute(byId('available'), 'data-few', available > 0 && available <= 3 ? '' : null);
}
