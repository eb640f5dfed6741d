// What the room asks the server, how often, and which part of the page gets the answer.

import { byId, setText } from '../shared/dom.js';
import { clock } from '../shared/format.js';
import { call, metricsText, Problem } from './api.js';
import { openAttention, showDue, showLate, showWaiting } from './attention.js';
import { openAudit } from './audit.js';
import { openFlow, showFlow } from './flow.js';
import { openHealth, showHealth, showStatus } from './health.js';
import { History } from './history.js';
import { heard, notLooking, setReady, unheard, unwatchLink, watchLink } from './link.js';
import { Reading } from './metrics.js';
import { isOutage, Poll } from './poll.js';
import { openProducts, showProducts } from './products.js';
import { showRoutes } from './routes.js';
import { showScope } from './scope.js';
import { openStories } from './story.js';

/** As many products as fit a wall; the metrics have no more either. */
const MOST_PRODUCTS = 1000;
const PAGE = 200;
/** How often a page that nobody sees asks for what its title tells. */
const UNSEEN_MS = 30_000;

let polls = {};
let history = new History();
let startedAt = null;
let leaveRoom = () => {};
let clockTimer = null;

/** Opens the room; `leave` shows the door again. */
export function openRoom({ leave }) {
  leaveRoom = leave;
  history = new History();
  startedAt = null;
  polls = {
    products: poll('products', 250, askProducts, showProducts),
    metrics: poll('metrics', 1000, metricsText, takeMetrics),
    due: poll('due', 3000, askDue, showDue),
    waiting: poll('waiting', 5000, askWaiting, showWaiting),
    status: poll('status', 5000, askStatus, takeStatus),
  };
  openProducts({ refresh: () => polls.products.hurry() });
  openFlow();
  openAttention({ refresh: () => polls.due.hurry() });
  openHealth();
  openAudit();
  openStories({ refresh: () => polls.due.hurry() });
  watchLink(hurryAll);
  document.addEventListener('visibilitychange', look);
  clockTimer = setInterval(() => setText(byId('clock'), clock(new Date())), 1000);
  setText(byId('clock'), clock(new Date()));
  look();
}

export function closeRoom() {
  document.removeEventListener('visibilitychange', look);
  clearInterval(clockTimer);
  for (const one of Object.values(polls)) one.stop();
  polls = {};
  unwatchLink();
}

/**
 * A forgotten tab costs the sale next to nothing: while nobody looks, only the number of refunds in
 * the title is kept up, which is for those who look elsewhere.
 */
function look() {
  const hidden = document.visibilityState === 'hidden';
  if (hidden) notLooking();
  for (const one of Object.values(polls)) {
    if (!hidden) one.start();
    else if (one === polls.due) one.start(UNSEEN_MS);
    else one.stop();
  }
}

function hurryAll() {
  for (const one of Object.values(polls)) one.hurry();
}

/** A poll whose failures end in the banner, or at the door when the key is no longer good. */
function poll(source, every, ask, show) {
  return new Poll({
    every,
    ask,
    took: (answer) => {
      heard(source, every);
      show(answer);
    },
    failed: (error) => {
      if (error instanceof Problem && error.status === 401) {
        leaveRoom('The key is no longer accepted: it was revoked. Sign in with another one.');
      } else if (isOutage(error)) {
        unheard(source);
      }
    },
  });
}

async function askProducts() {
  const products = [];
  let cursor = null;
  do {
    const after = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const page = await call(`/api/products?limit=${PAGE}${after}`);
    products.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor && products.length < MOST_PRODUCTS);
  return { products, more: cursor !== null };
}

function askDue() {
  return call('/api/orders?status=refund_due&limit=50');
}

/** Events whose order does not exist yet. */
async function askWaiting() {
  const { data, next_cursor: more } = await call('/api/payments?result=stored&limit=50');
  return { events: data, more: more !== null };
}

/** What the server says about itself, and about the key. */
function askStatus() {
  return call('/api/admin/status');
}

function takeMetrics(text) {
  const reading = new Reading(text, performance.now());
  setReady(reading.value('doorbuster_ready') === 1);
  const due = { result: 'refund_due' };
  const before = history.latest?.value('doorbuster_late_payments_total', due);
  showFlow(history, reading);
  showHealth(history);
  showRoutes(history);
  showLate(reading);
  if (before !== undefined && reading.value('doorbuster_late_payments_total', due) > before) {
    polls.due.hurry();
  }
}

function takeStatus(status) {
  showScope(status.scope);
  // Another process: what was counted before is not comparable with what is counted now.
  if (startedAt !== null && startedAt !== status.started_at) history.cut();
  startedAt = status.started_at;
  showStatus(status);
}
