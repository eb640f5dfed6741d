// Find an order, hold, customer or payment event, and tell everything that is recorded about it.

import { showDialog } from '../shared/dialog.js';
import { byId, h } from '../shared/dom.js';
import { clock, counted, date, left, moment, money, took } from '../shared/format.js';
import { call } from './api.js';
import { chip, productName } from './products.js';
import { refundOrder } from './refund.js';
import { eventsOf } from './story-events.js';

const PATH = '/api/admin/story';
/** The server tells no more at once. */
const MOST = 20;

let refresh = () => {};

export function openStories(actions) {
  ({ refresh } = actions);
  byId('find').onsubmit = (event) => {
    event.preventDefault();
    const id = byId('find-id').value.trim();
    if (id !== '') showStory(id);
    else byId('find-id').focus();
  };
  document.onkeydown = (event) => {
    const typing = event.target.closest?.('input, select, textarea, dialog');
    if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    byId('find-id').focus();
  };
}

/** Opens a drawer with the stories of this id. */
export async function showStory(id) {
  document.querySelector('dialog.drawer')?.close();
  const body = h('div.drawer-body', h('p.quiet', 'Looking…'));
  const dialog = h(
    'dialog.drawer',
    { 'aria-labelledby': 'story-title' },
    h(
      'header',
      h('h2', { id: 'story-title' }, 'Story of ', h('code', id)),
      h('button.plain', { type: 'button', onclick: () => dialog.close() }, 'Close'),
    ),
    body,
  );
  // A click beside the drawer puts it away; nothing in it can be lost.
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  showDialog(dialog);
  await load(id, body);
}

async function load(id, body) {
  try {
    await tellAll(id, body);
  } catch (error) {
    body.replaceChildren(h('p.wrong', error.message));
  }
}

async function tellAll(id, body) {
  const { stories, early } = await call(`${PATH}?id=${encodeURIComponent(id)}`);
  const again = () => {
    refresh();
    load(id, body);
  };
  // A payment event whose order does not exist yet is a story by itself.
  const all = [
    ...stories,
    ...early.map((event) => ({ hold: null, order: null, payments: [event], journal: [] })),
  ];
  const told = all.map((story, place) => tell(story, again, place === 0));
  if (told.length > 1) told.unshift(h('p.quiet', summary(told.length)));
  body.replaceChildren(...(told.length > 0 ? told : [nothing()]));
}

function summary(stories) {
  const more = stories === MOST ? '; older ones are left out' : '';
  return `${counted(stories, 'story', 'stories')}, newest first${more}.`;
}

function nothing() {
  return h(
    'p',
    'Nothing is known by this id. Check that it is whole: ids of orders and holds have ' +
      '36 characters, and customer and event ids are compared letter by letter.',
  );
}

function tell(story, again, open) {
  const { hold, order } = story;
  const events = eventsOf(story);
  const status = order?.status ?? hold?.status ?? 'waiting';
  const about = order ?? hold;
  const refundable = order && ['paid', 'refund_due'].includes(order.status);
  return h(
    'details.story',
    { open },
    h(
      'summary',
      h(
        'span.story-title',
        about
          ? `${counted(about.qty, 'unit')} of ${productName(about.product_id)}`
          : 'A payment without order',
      ),
      chip(status),
      h('time.quiet', moment(events[0]?.at ?? new Date())),
    ),
    h(
      'dl.facts',
      ...fact('Order', order && h('code', order.order_id)),
      ...fact('Hold', hold && h('code', hold.hold_id)),
      ...fact('Customer', about?.customer_id && h('code', about.customer_id)),
      ...fact('Total', order && money(order.total_price, order.currency)),
    ),
    h('ol.timeline', ...events.map((event, place) => line(event, events[place - 1]))),
    refundable &&
      h(
        'div.buttons',
        h(
          'button',
          {
            type: 'button',
            onclick: () => refundOrder(order, again),
          },
          'Refund…',
        ),
      ),
  );
}

function fact(name, value) {
  return value ? [h('dt', name), h('dd', value)] : [];
}

function line({ at, kind, text, note, event, seq, payload }, before) {
  const later = before ? (at - before.at) / 1000 : null;
  const otherDay = before && date(at) !== date(before.at);
  return h(
    'li',
    { 'data-kind': kind },
    h(
      'time',
      { datetime: at.toISOString(), title: at.toLocaleString() },
      otherDay && h('span', date(at)),
      clock(at, true),
      later !== null &&
        h('span.quiet', later === 0 ? 'at once' : `+ ${later < 60 ? took(later) : left(later)}`),
    ),
    h(
      'div',
      h('p', text),
      note && h('p.quiet', note),
      event && h('p.quiet', 'Event ', h('code', event)),
      seq && h('p.quiet', `Journal number ${seq}`),
      payload !== undefined &&
        h(
          'details.payload',
          h('summary', 'What was delivered'),
          h('pre', { tabindex: '0' }, JSON.stringify(payload, null, 2)),
        ),
    ),
  );
}
