// Whether the key may change anything.

import { byId } from '../shared/dom.js';

/** Marks the room of a key that may only look. */
export function showScope(scope) {
  byId('scope').hidden = scope !== 'read';
}

/** The words for a failure; one that is about the key's scope also marks the room. */
export function noteRefusal(error) {
  if (error.code === 'forbidden') showScope('read');
  return error.message;
}

export function forgetScope() {
  byId('scope').hidden = true;
}
