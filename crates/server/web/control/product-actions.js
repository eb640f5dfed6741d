// What an operator does with a product in one move, and how it is taken back.

import { h } from '../shared/dom.js';
import { ask, field, showErrors } from '../shared/dialog.js';
import { count, counted } from '../shared/format.js';
import { toast } from '../shared/toast.js';
import { call } from './api.js';
import { noteRefusal } from './scope.js';

/** Changes a product; what it says is the product as it is then. */
export function change(id, body) {
  return call(`/api/products/${id}`, { method: 'PATCH', body });
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
    act: async (form) => {
      const units = wholeNumber(input.value);
      if (units === null || units === 0) {
        showErrors(form, [{ field: 'add_stock', message: 'Enter a whole number such as 50.' }]);
        throw new Error('');
      }
      await change(product.id, { add_stock: units });
      refresh();
      toast(said(units, product.name), { undo: () => takeBack(product, -units, refresh) });
    },
    explain: noteRefusal,
  });
}

async function takeBack({ id, name }, units, refresh) {
  try {
    await change(id, { add_stock: units });
    refresh();
    toast(said(units, name));
  } catch (error) {
    failed(error);
  }
}

function said(units, name) {
  return units > 0
    ? `${counted(units, 'unit')} more of ${name}.`
    : `${counted(-units, 'unit')} less of ${name}.`;
}

function wholeNumber(text) {
  const plain = text
    .trim()
    .replaceAll(/[\s,_']/g, '')
    .replace('−', '-');
  return /^[+-]?\d{1,10}$/.test(plain) ? Number(plain) : null;
}

/** Says why something was not done. */
export function failed(error) {
  toast(noteRefusal(error), { bad: true });
}
