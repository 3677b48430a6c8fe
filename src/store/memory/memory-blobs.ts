/** Big values and files of versions, once each, under their sha256. */
import type { Clock } from "../../base/clock.ts";
import { sha256Hex } from "../../base/hash.ts";

/** A blob that was given within this time is not swept: what will name it may not be written yet. */
const SPARE_MS = 3_600_000;

export class MemoryBlobs {
  readonly #clock: Clock;
  readonly #blobs: Map<string, { readonly bytes: Uint8Array; readonly givenAt: number }> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  put(bytes: Uint8Array): string {
    const hash = sha256Hex(bytes);
    this.#blobs.set(hash, { bytes: this.#blobs.get(hash)?.bytes ?? bytes.slice(), givenAt: this.#clock.now() });
    return hash;
  }

  get(hash: string): Uint8Array | undefined {
    return this.#blobs.get(hash)?.bytes.slice();
  }

  text(hash: string): string {
    return Buffer.from(this.#blobs.get(hash)?.bytes ?? []).toString("utf8");
  }

  /** @param names hashes that something names; what a version's manifest holds is named with it. */
  sweep(names: Iterable<string>, how: "delete" | "dry"): { readonly blobs: number; readonly bytes: number } {
    const named = new Set(names);
    const swept = { blobs: 0, bytes: 0 };
    for (const [hash, { bytes, givenAt }] of this.#blobs) {
      if (named.has(hash) || givenAt >= this.#clock.now() - SPARE_MS) continue;
      swept.blobs++;
      swept.bytes += bytes.length;
      if (how === "delete") this.#blobs.delete(hash);
    }
    return swept;
  }
}
