// What somebody who does not see the page must hear, and no more of it than can be listened to.

/** How long after one announcement the next may come. */
const QUIET_MS = 4000;

let next = null;
let timer = null;
let spokenAt = -Infinity;

/** Says it in the page's live region; of several within a few seconds, the last. */
export function announce(text) {
  next = text;
  timer ??= setTimeout(speak, Math.max(0, spokenAt + QUIET_MS - performance.now()));
}

function speak() {
  timer = null;
  spokenAt = performance.now();
  document.getElementById('announcer').textContent = next;
}
