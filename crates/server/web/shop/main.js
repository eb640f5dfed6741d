// The demo shop: a product, one purchase at a time, and a crowd that wants the same.

import { byId, setText } from '../shared/dom.js';
import { onTheme, theme, toggleTheme } from '../shared/theme.js';
import { call, NoAnswer, Refusal } from './api.js';
import { openCrowd } from './crowd.js';
import { Purchase } from './purchase.js';
import { learnTime } from './server-time.js';
import { Stage } from './stage.js';
import { follow } from './stock.js';
import { showStory } from './story.js';
import { troubleOf, UNKNOWN } from './words.js';

const TICK_MS = 200;

/** How often the server is asked what became of a payment. */
const REFRESH_MS = 500;

/** Refusals that say that the purchase stands otherwise than this tab knows. */
const CHANGED = ['hold_used', 'hold_released', 'hold_expired', 'extension_limit_reached'];

const purchase = new Purchase();
const stage = new Stage(purchase);
let productId = null;
let busy = false;

function show() {
  stage.show();
  showStory(purchase);
}

/** Does what the buyer asks, once at a time, and says what is in the way. */
async function act(action) {
  if (busy) return;
  busy = true;
  byId('stage').setAttribute('aria-busy', 'true');
  byId('trouble').textContent = '';
  let trouble = '';
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof NoAnswer)) throw error;
    trouble = troubleOf(error);
    if (error.status === 404) purchase.forget();
    else if (CHANGED.includes(error.code)) await recall();
  } finally {
    busy = false;
    byId('stage').removeAttribute('aria-busy');
    show();
    byId('trouble').textContent = trouble;
  }
}

async function hold() {
  try {
    stage.news = null;
    await purchase.place(productId);
    byId('endings').querySelector('input').checked = true;
  } catch (error) {
    if (error.code === 'insufficient_stock') stage.news = 'lost';
    throw error;
  }
}

function pay() {
  const chosen = byId('endings').querySelector('input:checked');
  return purchase.pay(chosen.value);
}

function again() {
  stage.news = null;
  purchase.leave();
}

/** Learns how the purchase stands: another tab may have gone on with it, or the demo is another. */
async function recall() {
  try {
    await purchase.resume();
    show();
  } catch (error) {
    if (error.status === 404) forget();
    // Otherwise the server is away; the next time it may answer.
  }
}

function forget() {
  purchase.forget();
  show();
  byId('trouble').textContent = UNKNOWN;
}

/** Asks what became of the payment for as long as something may. */
async function refresh() {
  try {
    if (purchase.isOpen && !busy) {
      await purchase.refresh();
      show();
    }
  } catch (error) {
    if (error.status === 404) forget();
    // As above.
  } finally {
    setTimeout(refresh, REFRESH_MS);
  }
}

async function learn() {
  const askedAt = performance.now();
  const shop = await call('GET', '/demo/shop');
  learnTime(shop.now, askedAt);
  return shop;
}

async function open() {
  try {
    const shop = await learn();
    productId = shop.product_id;
    await recall();
    follow(productId, shop.units, { took, connected: () => !busy && recall() });
    openCrowd();
    refresh();
  } catch {
    setText(byId('stage-title'), 'The shop does not answer');
    setTimeout(open, 2000);
  }
}

function took(product) {
  const { state } = byId('stage').dataset;
  stage.take(product);
  // Units that come back tell that a hold has run out, often before the next tick does.
  if (byId('stage').dataset.state !== state) showStory(purchase);
}

function showTheme() {
  const other = theme() === 'dark' ? 'Light' : 'Dark';
  setText(byId('theme'), other);
  byId('theme').setAttribute('aria-label', `${other} theme`);
}

byId('theme').addEventListener('click', toggleTheme);
onTheme(showTheme);
showTheme();

byId('hold').addEventListener('click', () => act(hold));
byId('pay').addEventListener('click', () => act(pay));
byId('more-time').addEventListener('click', () => act(() => purchase.extend()));
byId('let-go').addEventListener('click', () => act(() => purchase.letGo()));
byId('again').addEventListener('click', () => act(again));
// A computer that slept has a clock that stood still.
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) learn().catch(() => {});
});
setInterval(() => {
  const { state } = stage;
  if (byId('stage').dataset.state === state) stage.tick();
  else show();
}, TICK_MS);
open();
