// Whether what is on the screen is true now. Each source of numbers reports when it was heard; what
// was not heard lately is marked, and when the server is away everybody is told.

import { announce } from '../shared/announce.js';
import { byId, setText } from '../shared/dom.js';
import { clock } from '../shared/format.js';

/** Numbers are no longer those of now after this long, or after missing two answers. */
const STALE_MS = 3000;
const MISSED = 2.5;
const LOOK_MS = 500;

const sources = new Map();
let timer = null;
let lost = false;
let ready = true;

/** Begins to watch; `retry` asks everything at once. */
export function watchLink(retry) {
  byId('retry').onclick = retry;
  lost = false;
  ready = true;
  sources.clear();
  timer ??= setInterval(look, LOOK_MS);
  look();
}

export function unwatchLink() {
  clearInterval(timer);
  timer = null;
  byId('banner').hidden = true;
}

/** Says that this source, which is asked every so many milliseconds, was heard just now. */
export function heard(name, every) {
  sources.set(name, { at: Date.now(), failing: false, every });
  if (name === 'products') look();
}

/** Says that this source did not answer. */
export function unheard(name) {
  const source = sources.get(name);
  sources.set(name, { at: null, every: 0, ...source, failing: true });
  look();
}

/** Says whether the server can commit, as its own gauge has it. */
export function setReady(now) {
  if (ready !== now) announce(now ? 'The server can commit again.' : 'The server cannot commit.');
  ready = now;
}

/** When everything seen so far may have become old, because nobody looked. */
export function notLooking() {
  for (const source of sources.values()) source.failing = false;
}

function isStale({ at, failing, every }) {
  const age = at === null ? Infinity : Date.now() - at;
  return age > (failing ? 1000 : Math.max(STALE_MS, every * MISSED));
}

function look() {
  const products = sources.get('products');
  const away = products !== undefined && products.failing && isStale(products);
  if (away !== lost) {
    lost = away;
    announce(lost ? 'The server does not answer.' : 'Connected again. All numbers are current.');
  }
  for (const section of document.querySelectorAll('[data-source]')) {
    const source = sources.get(section.dataset.source);
    section.toggleAttribute('data-stale', source !== undefined && isStale(source));
  }
  showBanner(products);
  showState(products);
}

function showBanner(products) {
  byId('banner').hidden = !lost && ready;
  byId('retry').hidden = !lost;
  setText(byId('banner-title'), lost ? 'No answer from the server.' : 'The server cannot commit.');
  const since = products?.at ? `Everything below is as of ${clock(new Date(products.at))}.` : '';
  setText(
    byId('banner-text'),
    lost
      ? `${since} This page keeps trying and will catch up by itself.`
      : 'Its database is away: buyers are answered 503. See the log of this node.',
  );
}

function showState(products) {
  const state = lost ? 'lost' : !ready ? 'unready' : products?.at ? 'live' : 'connecting';
  const text = { lost: 'No answer', unready: 'Not ready', live: 'Live', connecting: 'Connecting' };
  byId('link').dataset.state = state;
  setText(byId('link-text'), text[state]);
}
