import { hash } from "node:crypto";

/**
 * SHA-256, 64 lower-case hex digits. Text is hashed as UTF-8 (a lone surrogate as U+FFFD).
 * The one file of `base/` that needs Node: `model/` and `trace/` run in a browser and do not import it.
 */
export function sha256Hex(data: string | Uint8Array): string {
  // `createHash().update().digest()` makes a stream object: 0.8-1.0 us for 200 bytes, this 0.4-0.6 us (2026-11-22, 2 cores, Node 24).
  return hash("sha256", data, "hex");
}
