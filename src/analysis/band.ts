/**
 * The whole run as one strip: what happened in each slice of its time, and the event up to which that was.
 *
 * Owns: counting into slices. Leaves to timeline.ts: reading the log; to whoever draws: pixels.
 *
 * R1. All slices are equally long, and there are never more than MAX_SLICES, however long the run: they are joined in pairs when
 *     time runs on. So the strip costs the same for a thousand events and for a million.
 * R2. Every event counts in the slice of its own time; `seq` of a slice is the last event in it or before it.
 * R3. A graph break is counted where the first call of a new segment was made.
 */
import type { RunEvent } from "../model/events.ts";
import { BAND_LAYERS, type Band, type BandLayer } from "../model/timeline.ts";

/** Even, so that pairs can be joined. */
const MAX_SLICES = 1_024;

export class BandReader {
  #ms = 1;
  #used = 0;
  #segment = 0;
  readonly #seq: number[] = [];
  readonly #layers: Readonly<Record<BandLayer, number[]>> = Object.fromEntries(
    BAND_LAYERS.map((layer) => [layer, [] as number[]]),
  ) as Record<BandLayer, number[]>;

  /** @param at ms after the first event of the run */
  take(seq: number, event: RunEvent, at: number): void {
    const slice = this.#slice(Math.max(0, at));
    this.#seq[slice] = seq;
    switch (event.type) {
      case "call.created":
        if (event.segment > this.#segment) this.#count("break", slice, 1);
        this.#segment = Math.max(this.#segment, event.segment);
        break;
      case "item.completed":
        this.#count(event.to, slice, 1);
        break;
      case "item.retrying":
        this.#count("retrying", slice, 1);
        break;
      case "item.failed":
        this.#count(event.to === "cancelled" ? "skipped" : "failed", slice, 1);
        break;
      case "items.skipped":
        this.#count("skipped", slice, event.items.length);
        break;
      default:
        break;
    }
  }

  band(): Band {
    const layers = Object.fromEntries(
      BAND_LAYERS.map((layer) => [layer, Array.from({ length: this.#used }, (_, i) => this.#layers[layer][i] ?? 0)]),
    ) as Record<BandLayer, number[]>;
    const seq: number[] = [];
    for (let i = 0; i < this.#used; i++) seq.push(this.#seq[i] ?? seq[i - 1] ?? 0);
    return { ms: this.#ms, seq, ...layers };
  }

  #count(layer: BandLayer, slice: number, by: number): void {
    this.#layers[layer][slice] = (this.#layers[layer][slice] ?? 0) + by;
  }

  /** R1. */
  #slice(at: number): number {
    while (at >= this.#ms * MAX_SLICES) this.#join();
    const slice = Math.floor(at / this.#ms);
    // A clock that was set back changes no order: what came later counts no earlier than what came before.
    this.#used = Math.max(this.#used, slice + 1);
    return this.#used - 1;
  }

  #join(): void {
    this.#ms *= 2;
    const half = Math.ceil(this.#used / 2);
    for (let i = 0; i < half; i++) {
      this.#seq[i] = this.#seq[2 * i + 1] ?? this.#seq[2 * i] ?? this.#seq[i - 1] ?? 0;
      for (const layer of BAND_LAYERS) {
        const counts = this.#layers[layer];
        counts[i] = (counts[2 * i] ?? 0) + (counts[2 * i + 1] ?? 0);
      }
    }
    this.#seq.length = Math.min(this.#seq.length, half);
    for (const layer of BAND_LAYERS) this.#layers[layer].length = Math.min(this.#layers[layer].length, half);
    this.#used = half;
  }
}
