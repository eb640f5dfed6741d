// A crowd of simulated buyers: sending it in, and how it fares.

import { announce } from '../shared/announce.js';
import { byId, setAttribute, setText } from '../shared/dom.js';
import { count, counted } from '../shared/format.js';
import { call } from './api.js';

const EVERY_MS = 300;

/** How long before the doors open again: time to get the finger on the button. */
export const OPENS_IN_SECONDS = 5;

let timer = null;
let doorsTimer = null;

/** Shows the crowd that there is, if there is one, and lets the buyer send another. */
export function openCrowd() {
  byId('crowd-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const buyers = Number(new FormData(event.target).get('buyers'));
    act(async () => follow(await call('POST', '/demo/crowd', { body: { buyers } })));
  });
  byId('open-doors').addEventListener('click', () => act(openDoors));
  act(async () => follow(await call('GET', '/demo/crowd')));
}

async function act(action) {
  setText(byId('crowd-trouble'), '');
  try {
    await action();
  } catch (error) {
    setText(byId('crowd-trouble'), error.message);
  }
}

async function openDoors() {
  const body = { in_seconds: OPENS_IN_SECONDS };
  const { added_stock: added } = await call('POST', '/demo/doors', { body });
  const text =
    added > 0
      ? `${counted(added, 'new copy', 'new copies')}. The doors open in a moment.`
      : 'Nothing was sold since the doors opened. What is on hold comes back by itself.';
  setText(byId('doors-text'), text);
  announce(text);
  // Neither stays true for long.
  clearTimeout(doorsTimer);
  doorsTimer = setTimeout(() => setText(byId('doors-text'), ''), OPENS_IN_SECONDS * 1000);
}

/** Shows how a crowd fares, and asks again while it is there. */
function follow(crowd) {
  clearTimeout(timer);
  show(crowd);
  if (!crowd.running) return;
  timer = setTimeout(async () => {
    try {
      follow(await call('GET', '/demo/crowd'));
    } catch {
      follow(crowd); // the server is away or busy: the next answer will tell
    }
  }, EVERY_MS);
}

let wasRunning = false;

function show(crowd) {
  const there = crowd.began_at !== null;
  byId('crowd-result').hidden = !there;
  byId('send-crowd').setAttribute('aria-disabled', String(crowd.running));
  setText(byId('send-crowd'), crowd.running ? 'They are coming …' : 'Send in the crowd');
  if (!there) return;
  setText(byId('crowd-asked'), count(crowd.asked));
  setText(byId('crowd-got'), count(crowd.got));
  setText(byId('crowd-sold-out'), count(crowd.sold_out));
  byId('crowd-bar').style.transform = `scaleX(${crowd.asked / crowd.buyers})`;
  setAttribute(byId('crowd-result'), 'data-running', crowd.running ? '' : null);
  const text = sentence(crowd);
  setText(byId('crowd-text'), text);
  const judged = !crowd.running && crowd.audit_ok !== null;
  byId('crowd-audit').hidden = !judged;
  setAttribute(byId('crowd-audit'), 'data-ok', String(crowd.audit_ok));
  if (judged) setText(byId('crowd-audit'), verdict(crowd));
  if (wasRunning && !crowd.running) announce(`The crowd has gone. ${text} ${verdict(crowd)}`);
  wasRunning = crowd.running;
}

function verdict({ audit_ok: ok }) {
  if (ok === null) return '';
  return ok
    ? 'The server recounted every unit: not one was sold twice.'
    : 'The server recounted every unit, and the sums are wrong!';
}

/** What became of those who got one. */
function sentence(crowd) {
  const parts = [];
  if (crowd.paid > 0) parts.push(`${count(crowd.paid)} paid`);
  if (crowd.paid_twice > 0) parts.push(`${count(crowd.paid_twice)} of them reported twice`);
  if (crowd.declined > 0) parts.push(`${count(crowd.declined)} declined`);
  if (crowd.abandoned > 0) parts.push(`${count(crowd.abandoned)} never paid, so theirs come back`);
  if (crowd.refused > 0) parts.push(`${count(crowd.refused)} refused, as the doors were closed`);
  if (crowd.unanswered > 0) parts.push(`${count(crowd.unanswered)} without an answer`);
  if (parts.length === 0) return crowd.running ? 'They are on their way.' : 'Nobody got one.';
  const text = parts.join(', ');
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}
