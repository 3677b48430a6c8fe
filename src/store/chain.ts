/** The hash chain of a run: each block of its log names the one before it, so that no byte of the past can change unseen. */
import { sha256Hex } from "../base/hash.ts";

/** What the first block of every run follows. */
export const CHAIN_START: string = "0".repeat(64);

/** sha256 over the previous block's hash (64 hex digits), a line feed and the body of this block, as UTF-8. */
export function chainHash(previous: string, body: string): string {
  return sha256Hex(`${previous}\n${body}`);
}
