// Questions, in the browser's own dialog: it keeps the focus, and gives it back.

import { h } from './dom.js';
import { carryToasts } from './toast.js';

let opened = 0;

/**
 * Asks something and does it.
 *
 * `act` gets the form; while it runs the buttons wait. What it throws is shown, and the dialog
 * stays, so that nothing typed is lost.
 *
 * @param {object} question
 * @param {string} question.title
 * @param {(string | Node)[]} question.content
 * @param {string} question.yes what the button says
 * @param {boolean} [question.danger]
 * @param {(form: HTMLFormElement) => Promise<void>} question.act
 * @param {(error: Error, form: HTMLFormElement) => string} [question.explain]
 */
export function ask({ title, content, yes, danger = false, act, explain }) {
  const id = `dialog-${(opened += 1)}`;
  const wrong = h('p.wrong', { role: 'alert' });
  const accept = h(danger ? 'button.danger' : 'button.primary', { type: 'submit' }, yes);
  const cancel = h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel');
  const form = h(
    'form',
    { novalidate: true },
    h('h2', { id }, title),
    ...content,
    wrong,
    h('div.buttons', cancel, accept),
  );
  const dialog = h('dialog', { 'aria-labelledby': id }, form);

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    accept.disabled = true;
    wrong.textContent = '';
    try {
      await act(form);
      dialog.close();
    } catch (error) {
      wrong.textContent = explain?.(error, form) ?? error.message;
    } finally {
      accept.disabled = false;
    }
  });
  showDialog(dialog);
  // What is asked comes first; without a field, the harmless button.
  (form.querySelector('[data-first], input, select') ?? (danger ? cancel : accept)).focus();
  return dialog;
}

/**
 * Shows a dialog over the page until it is closed. Nothing below it can be reached, and so messages
 * with a button come along.
 */
export function showDialog(dialog) {
  dialog.addEventListener('close', () => {
    carryToasts();
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  carryToasts();
}

/** A labelled field for a dialog; `hint` says what to enter. */
export function field({ name, label, hint, ...attributes }) {
  const id = `field-${name}-${opened}`;
  const described = [hint && `${id}-hint`, `${id}-wrong`].filter(Boolean).join(' ');
  const input = h('input', {
    id,
    name,
    autocomplete: 'off',
    type: 'text',
    ...attributes,
    'aria-describedby': described,
  });
  return h(
    'div.field',
    h('label', { for: id }, label),
    input,
    hint && h('p.hint', { id: `${id}-hint` }, hint),
    h('p.wrong', { id: `${id}-wrong` }),
  );
}

/** Something that was entered and cannot be meant: what is wrong with which field. */
export class Wrong extends Error {
  constructor(errors) {
    super('');
    this.errors = errors;
  }
}

/** Shows what is wrong beside the fields it is about; what has no field is returned. */
export function showErrors(form, errors) {
  const elsewhere = [];
  for (const input of form.elements) input.removeAttribute('aria-invalid');
  for (const wrong of form.querySelectorAll('.field .wrong')) wrong.textContent = '';
  for (const { field: name, message } of errors) {
    const input = form.elements.namedItem(name);
    const place = input?.closest('.field')?.querySelector('.wrong');
    if (!place) {
      elsewhere.push(`${name} ${message}`);
      continue;
    }
    place.textContent = message;
    input.setAttribute('aria-invalid', 'true');
  }
  form.querySelector('[aria-invalid]')?.focus();
  return elsewhere;
}
