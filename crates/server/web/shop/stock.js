// The product as the server tells it, live.

import { byId, setAttribute, setText } from '../shared/dom.js';
import { count, money } from '../shared/format.js';

/**
 * Follows a product by the server's events while the page is seen. By HTTP/1.1 a browser has six
 * connections to a server for all its tabs, and a stream takes one: six tabs that keep theirs would
 * leave none to buy with.
 *
 * @param {number} productId
 * @param {number} units how many there are each time the doors open
 * @param {{took: (product: object) => void, connected: () => void}} told `took` gets the product
 *   each time it changes; `connected` is called whenever nobody knows what was missed before
 */
export function follow(productId, units, { took, connected }) {
  let events = null;
  const look = () => {
    if (document.hidden) {
      events?.close();
      events = null;
      showLink('away');
    } else {
      events ??= listen();
    }
  };
  const listen = () => {
    const stream = new EventSource(`/api/products/${productId}/events`);
    stream.addEventListener('product', ({ data }) => {
      const product = JSON.parse(data);
      showLink('live');
      showStock(product, units);
      took(product);
    });
    stream.addEventListener('open', () => {
      showLink('live');
      connected();
    });
    // The browser connects again by itself, unless the server said that it must not.
    stream.addEventListener('error', () => {
      showLink('away');
      if (stream.readyState !== EventSource.CLOSED) return;
      events = null;
      setTimeout(look, 2000);
    });
    return stream;
  };
  document.addEventListener('visibilitychange', look);
  look();
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
