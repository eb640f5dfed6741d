// The door: sign in, the room, sign out.

import { byId, setText } from '../shared/dom.js';
import { onTheme, theme, toggleTheme } from '../shared/theme.js';
import { call, Problem } from './api.js';
import { closeRoom, openRoom } from './room.js';
import { forgetScope } from './scope.js';
import { currentKey, forgetKey, rememberKey } from './session.js';

/** A call that every admin key may make, and that costs nothing. */
const PROBE = '/api/orders?limit=1';

/** What a key is made of. Of anything else the browser makes no header, and asks nobody. */
const KEY = /^[!-~]+$/;

const WRONG_KEY =
  'This key is wrong, or it was revoked. “doorbuster keys list” shows the keys there are.';

async function signIn(event) {
  event.preventDefault();
  const form = event.target;
  const key = form.elements.key.value.trim();
  if (key === '') return refuse('Enter the admin key.');
  if (!KEY.test(key)) return refuse(WRONG_KEY);
  const button = form.querySelector('button');
  button.disabled = true;
  refuse('');
  try {
    await call(PROBE, { key });
    rememberKey(key);
    form.reset();
    enter();
  } catch (error) {
    refuse(error instanceof Problem && error.code === 'unauthorized' ? WRONG_KEY : error.message);
  } finally {
    button.disabled = false;
  }
  return undefined;
}

function refuse(message) {
  const input = byId('key');
  byId('key-wrong').textContent = message;
  if (message) {
    input.setAttribute('aria-invalid', 'true');
    input.select();
    input.focus();
  } else {
    input.removeAttribute('aria-invalid');
  }
}

function enter() {
  byId('welcome').hidden = true;
  byId('room').hidden = false;
  openRoom({ leave });
}

/** Back to the door; `message` says why, if it was not asked for. */
function leave(message = '') {
  forgetKey();
  forgetScope();
  closeRoom();
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  byId('room').hidden = true;
  byId('welcome').hidden = false;
  document.title = 'Doorbuster control room';
  refuse(message);
  byId('key').focus();
}

function showTheme() {
  const other = theme() === 'dark' ? 'Light' : 'Dark';
  setText(byId('theme'), other);
  byId('theme').setAttribute('aria-label', `${other} theme`);
}

byId('sign-in').addEventListener('submit', signIn);
byId('sign-out').addEventListener('click', () => leave());
byId('theme').addEventListener('click', toggleTheme);
onTheme(showTheme);
showTheme();
if (currentKey()) enter();
