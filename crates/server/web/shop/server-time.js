// The server's time, which all deadlines are counted by: a buyer's own clock may be wrong.

let ahead = null;

/** Learns what time the server had between asking and hearing of it. */
export function learnTime(serverTime, askedAt) {
  const heardAt = performance.now();
  ahead = Date.parse(serverTime) - (askedAt + heardAt) / 2;
}

/** The server's time in milliseconds since 1970, as well as it is known. */
export function serverNow() {
  return ahead === null ? Date.now() : performance.now() + ahead;
}

/** How many seconds are left until `deadline`; 0 when it has passed. */
export function secondsLeft(deadline) {
  return Math.max(0, (Date.parse(deadline) - serverNow()) / 1000);
}
