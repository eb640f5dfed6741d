// What an operator does with a product in one move, and how it is taken back.

import { h } from '../shared/dom.js';
import { ask, field, showErrors, Wrong } from '../shared/dialog.js';
import { count, counted, wholeNumber } from '../shared/format.js';
import { toast } from '../shared/toast.js';
import { call } from './api.js';
import { noteRefusal } from './scope.js';

/** Changes a product; what it says is the product as it is then. */
export function change(id, body) {
  return call(`/api/products/${id}`, { method: 'PATCH', body });
}

/** Adds units to the stock of a product, or takes some away. */
async function changeStock({ id }, units) {
  try {
    await change(id, { add_stock: units });
  } catch (error) {
    if (error.code !== 'stock_committed') throw error;
    // Of the product as it is now: what was free when it was asked may have been taken since.
    const { available_stock: free } = await call(`/api/products/${id}`);
    const most = free > 0 ? `Only ${count(free)} can` : 'None can';
    throw new Error(`${most} be taken away: the rest is held or sold.`, { cause: error });
  }
}

/**
 * Pauses or resumes at once, for a sale that goes wrong cannot wait for a dialog; the toast has the
 * way back.
 */
export async function pauseOrResume({ id, name, status }, refresh) {
  await setPaused({ id, name }, status !== 'paused', refresh, true);
}

async function setPaused({ id, name }, paused, refresh, undoable) {
  try {
    await change(id, { paused });
    refresh();
    const undo = undoable ? () => setPaused({ id, name }, !paused, refresh, false) : undefined;
    toast(paused ? `Paused ${name}. No new holds.` : `${name} takes holds again.`, { undo });
  } catch (error) {
    failed(error);
  }
}

/** Asks how many units come on top (or go), and does it. */
export function addStock(product, refresh) {
  const outcome = h('p.hint', { 'aria-live': 'polite' });
  const amount = field({
    name: 'add_stock',
    label: 'How many units',
    inputmode: 'numeric',
    hint: 'A minus takes away units that are neither held nor sold.',
  });
  const input = amount.querySelector('input');
  const describe = () => {
    const units = wholeNumber(input.value);
    outcome.textContent =
      units === null
        ? `${count(product.total_stock)} in all now.`
        : `${count(product.total_stock)} in all now, ${count(product.total_stock + units)} then.`;
  };
  input.addEventListener('input', describe);
  describe();
  ask({
    title: `Add stock to ${product.name}`,
    content: [amount, outcome],
    yes: 'Add stock',
    act: async () => {
      const units = wholeNumber(input.value);
      if (units === null || units === 0) {
        throw new Wrong([{ field: 'add_stock', message: 'Enter a whole number such as 50.' }]);
      }
      await changeStock(product, units);
      refresh();
      toast(said(units, product.name), { undo: () => takeBack(product, -units, refresh) });
    },
    explain,
  });
}

async function takeBack(product, units, refresh) {
  try {
    await changeStock(product, units);
    refresh();
    toast(said(units, product.name));
  } catch (error) {
    failed(error);
  }
}

function said(units, name) {
  return units > 0
    ? `${counted(units, 'unit')} more of ${name}.`
    : `${counted(-units, 'unit')} less of ${name}.`;
}

/** Says what is wrong with a form: beside the fields it is about, and the rest below. */
export function explain(error, form) {
  const errors = error.errors ?? [];
  const elsewhere = showErrors(form, errors);
  return errors.length > elsewhere.length ? elsewhere.join(' ') : noteRefusal(error);
}

/** Says why something was not done. */
export function failed(error) {
  toast(noteRefusal(error), { bad: true });
}
