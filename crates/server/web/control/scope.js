// Whether the key may change anything. The server says so only when something is tried.

import { byId } from '../shared/dom.js';

/** The words for a failure; one that is about the key's scope also marks the room. */
export function noteRefusal(error) {
  if (error.code === 'forbidden') byId('scope').hidden = false;
  return error.message;
}

export function forgetScope() {
  byId('scope').hidden = true;
}
