import { webcrypto } from "node:crypto"; // Node 18 has it under this name only

/** 16 unguessable bytes. */
export function randomBytes(): Uint8Array {
  return webcrypto.getRandomValues(new Uint8Array(16));
}
