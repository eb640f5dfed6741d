// A message at the lower edge, with a way back where there is one.

import { h } from './dom.js';

/** Long enough to read it and reach the button by keyboard. */
const STAYS_MS = 10_000;

/** More than these cover the page; the oldest goes. */
const MOST = 3;

/** Brings the messages where they can be reached: into the dialog on top, or back to the page. */
export function carryToasts() {
  const region = document.getElementById('toasts');
  const place = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document.body;
  if (region.parentElement !== place) place.append(region);
}

/**
 * @param {string} text
 * @param {{undo?: () => void, bad?: boolean}} [options]
 */
export function toast(text, { undo, bad = false } = {}) {
  const region = document.getElementById('toasts');
  const element = h(bad ? 'div.toast.bad' : 'div.toast', h('p', text));
  const close = () => element.remove();
  if (undo) {
    element.append(
      h(
        'button',
        {
          type: 'button',
          onclick: () => {
            close();
            undo();
          },
        },
        'Undo',
      ),
    );
  }
  element.append(h('button', { type: 'button', 'aria-label': 'Dismiss', onclick: close }, '✕'));
  region.append(element);
  while (region.children.length > MOST) region.firstElementChild.remove();

  // It waits while somebody points at it or stands on its button.
  const wait = () =>
    setTimeout(() => {
      if (element.matches(':hover, :focus-within')) wait();
      else close();
    }, STAYS_MS);
  wait();
}
