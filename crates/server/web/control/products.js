// The list of products: which there are, in which order, and what becomes of each.

import { byId, h, setChildren, setText } from '../shared/dom.js';
import { count } from '../shared/format.js';
import { announce } from '../shared/announce.js';
import { addProduct } from './product-form.js';
import { ProductRow } from './product-row.js';

/** How often rows may change places: a list that jumps cannot be read. */
const REORDER_MS = 3000;
/** So few products get room, and numbers that can be read from across the room. */
const ROOMY = 4;

const rows = new Map();
let orderedAt = 0;
let order = 'id';
let refresh = () => {};

export function openProducts(actions) {
  ({ refresh } = actions);
  rows.clear();
  byId('product-list').replaceChildren();
  orderedAt = 0;
  byId('sort').onchange = (event) => {
    order = event.target.value;
    orderedAt = 0;
    arrange(performance.now());
  };
  byId('add-product').onclick = () => addProduct(refresh);
}

/** Shows what is on sale now. */
export function showProducts({ products, more }) {
  const now = performance.now();
  const there = new Set();
  let added = false;
  for (const product of products) {
    there.add(product.id);
    let row = rows.get(product.id);
    if (!row) {
      row = new ProductRow(product, refresh);
      rows.set(product.id, row);
      added = true;
    }
    const news = row.show(product, now);
    if (news) announce(news);
  }
  for (const id of rows.keys()) {
    if (there.has(id)) continue;
    rows.delete(id);
    added = true;
  }
  if (added) orderedAt = 0;
  arrange(now);
  setText(byId('products-count'), more ? `the first ${count(rows.size)}` : count(rows.size));
  byId('product-list').dataset.density = rows.size <= ROOMY ? 'roomy' : 'dense';
  byId('no-products').hidden = rows.size > 0;
}

const ORDERS = {
  id: (one, other) => one.product.id - other.product.id,
  pace: (one, other) =>
    (other.pace.perSecond() ?? 0) - (one.pace.perSecond() ?? 0) || ORDERS.id(one, other),
  left: (one, other) =>
    one.product.available_stock - other.product.available_stock || ORDERS.id(one, other),
};

function arrange(now) {
  const list = byId('product-list');
  if (now - orderedAt < REORDER_MS) return;
  // A button must not run away from under a finger or a focus.
  if (orderedAt !== 0 && list.matches(':hover, :focus-within')) return;
  orderedAt = now;
  const sorted = [...rows.values()].sort(ORDERS[order]);
  setChildren(
    list,
    sorted.map(({ element }) => element),
  );
}

/** The name of a product that is in the list. */
export function productName(id) {
  return rows.get(id)?.product.name ?? `Product ${id}`;
}

/** A small mark for where a product, an order or a hold stands. */
export function chip(status, text = status.replaceAll('_', ' ')) {
  return h('span.chip', { 'data-status': status }, text);
}
