import { hash } from "node:crypto";

/**
 * SHA-256, 64 lower-case hex digits. Text is hashed as UTF-8 (a lone surrogate as U+FFFD).
 * The one file of `base/` that needs Node: `model/` and `trace/` run in a browser and do not import it.
 */
export function sha256Hex(data: string | Uint8Array): string {
  // One-shot `hash` costs about half of `createHash().update().digest()` on short input: it makes no stream object.
  return hash("sha256", data, "hex");
}
