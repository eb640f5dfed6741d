// A product's terms in a dialog: a new one, or those of one that is there.

import { h } from '../shared/dom.js';
import { ask, field, Wrong } from '../shared/dialog.js';
import { exampleAmount, majorUnits, minorUnits, wholeNumber } from '../shared/format.js';
import { toast } from '../shared/toast.js';
import { call } from './api.js';
import { change, explain, failed } from './product-actions.js';

/** What a product has before anybody chose. */
const NEW = {
  name: '',
  code: null,
  price: null,
  currency: 'USD',
  total_stock: null,
  opens_at: null,
  closes_at: null,
  max_per_customer: null,
  hold_seconds: 120,
  payment_seconds: 600,
};

/** Puts a product on sale. */
export function addProduct(refresh) {
  open(NEW, {
    title: 'New product',
    yes: 'Put on sale',
    save: async (entered) => {
      const terms = Object.entries(entered).filter(([, value]) => value !== null);
      const product = await call('/api/products', {
        method: 'POST',
        body: Object.fromEntries(terms),
      });
      refresh();
      toast(`${product.name} is product ${product.id}.`);
    },
  });
}

/** Changes the terms of a product; the stock has a dialog of its own. */
export function editProduct(product, refresh) {
  open(product, {
    title: `Edit ${product.name}`,
    yes: 'Save',
    save: async (entered) => {
      const changed = Object.keys(entered).filter((name) => entered[name] !== product[name]);
      if (changed.length === 0) return;
      const pick = (from) => Object.fromEntries(changed.map((name) => [name, from[name]]));
      await change(product.id, pick(entered));
      refresh();
      toast(`Saved ${entered.name}.`, { undo: () => restore(product.id, pick(product), refresh) });
    },
  });
}

async function restore(id, terms, refresh) {
  try {
    const { name } = await change(id, terms);
    refresh();
    toast(`${name} is as it was.`);
  } catch (error) {
    failed(error);
  }
}

function open(product, { title, yes, save }) {
  const isNew = product === NEW;
  const code = field({
    name: 'code',
    label: 'Code',
    value: product.code ?? '',
    placeholder: 'none',
  });
  ask({
    title,
    content: [
      h(
        'div.fields',
        wide(field({ name: 'name', label: 'Name', value: product.name, maxlength: 200 })),
        field({
          name: 'price',
          label: 'Price',
          inputmode: 'decimal',
          placeholder: exampleAmount(product.currency),
          value: product.price === null ? '' : majorUnits(product.price, product.currency),
        }),
        field({ name: 'currency', label: 'Currency', value: product.currency, maxlength: 3 }),
        isNew && field({ name: 'total_stock', label: 'Units', inputmode: 'numeric' }),
        field({
          name: 'max_per_customer',
          label: 'Most for one customer',
          inputmode: 'numeric',
          value: product.max_per_customer ?? '',
          placeholder: 'no limit',
        }),
        // The last of an odd number has a line of its own, so that the times share the next.
        isNew ? wide(code) : code,
        time('opens_at', 'Opens (your time)', product.opens_at),
        time('closes_at', 'Closes (your time)', product.closes_at),
        field({
          name: 'hold_seconds',
          label: 'Seconds a hold lasts',
          inputmode: 'numeric',
          value: product.hold_seconds,
        }),
        field({
          name: 'payment_seconds',
          label: 'Seconds to pay an order',
          inputmode: 'numeric',
          value: product.payment_seconds,
        }),
      ),
      h(
        'p.quiet',
        isNew
          ? 'Without opening and closing times it is on sale at once, for good.'
          : 'Price, limit and times bind new holds only.',
      ),
    ],
    yes,
    act: async (form) => save(read(form, product, isNew)),
    explain,
  });
}

function wide(element) {
  element.classList.add('wide');
  return element;
}

function time(name, label, iso) {
  return field({ name, label, type: 'datetime-local', step: 1, value: iso ? localTime(iso) : '' });
}

/** An instant as `datetime-local` wants it. */
function localTime(iso) {
  const date = new Date(iso);
  return new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

function read(form, product, isNew) {
  const errors = [];
  const text = (name) => form.elements[name].value.trim();
  const need = (name, value, message) => {
    if (value === null) errors.push({ field: name, message });
    return value;
  };
  const whole = (name) => {
    const number = wholeNumber(text(name));
    return number < 0 ? null : number;
  };
  const optional = (name) =>
    text(name) === '' ? null : need(name, whole(name), 'Enter a whole number, or nothing.');
  const when = (name) => {
    if (text(name) === '') return null;
    const iso = product[name];
    // The field has no milliseconds; an untouched one keeps them.
    return iso && localTime(iso) === text(name) ? iso : new Date(text(name)).toISOString();
  };
  const currency = text('currency').toUpperCase();
  const example = `Enter an amount such as ${exampleAmount(currency)}.`;
  const entered = {
    name: need('name', text('name') || null, 'Enter a name.'),
    price: need('price', minorUnits(text('price'), currency), example),
    currency,
    code: text('code') || null,
    max_per_customer: optional('max_per_customer'),
    opens_at: when('opens_at'),
    closes_at: when('closes_at'),
    hold_seconds: need('hold_seconds', whole('hold_seconds'), 'Enter a number of seconds.'),
    payment_seconds: need(
      'payment_seconds',
      whole('payment_seconds'),
      'Enter a number of seconds.',
    ),
  };
  if (isNew) {
    entered.total_stock = need('total_stock', whole('total_stock'), 'Enter how many there are.');
  }
  if (errors.length > 0) throw new Wrong(errors);
  return entered;
}
