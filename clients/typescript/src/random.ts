/** 16 unguessable bytes, from the Web Crypto that browsers and newer runtimes have. */
export function randomBytes(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(16));
}
