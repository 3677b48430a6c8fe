/**
 * Pages of event logs as text, shared by everybody who reads them.
 *
 * Owns: the cut of a log into pages, and keeping those read lately. Leaves to run-tail.ts: what is committed from now on.
 *
 * R1. Events never change, so a page is read and written as text once while it is kept. The last page is read anew by who knows
 *     that there is more than is kept.
 * R2. Those who ask for the same page at the same time share one reading.
 * R3. What is kept is bounded in bytes; the page asked for longest ago goes first.
 */
import type { StoredEvent } from "../model/events.ts";
import type { Workspace } from "../app/workspace.ts";

type EventReader = Pick<Workspace["store"], "events">;

/** One event as it is sent. */
export interface Frame {
  readonly seq: number;
  readonly event: StoredEvent["event"];
  readonly text: string;
}

export function frameOf({ runId, seq, event }: StoredEvent): Frame {
  return { seq, event, text: `id: ${seq}\nevent: event\ndata: ${JSON.stringify({ runId, seq, event })}\n\n` };
}

const PAGE_EVENTS = 500;
const MAX_KEPT_BYTES = 16 * 1024 * 1024;

interface KeptPage {
  readonly frames: readonly Frame[];
  readonly bytes: number;
}

export class EventPages {
  readonly #store: EventReader;
  readonly #maxBytes: number;
  /** In the order of asking. */
  readonly #kept: Map<string, KeptPage> = new Map();
  readonly #reading: Map<string, Promise<readonly Frame[]>> = new Map();
  #bytes = 0;

  constructor(store: EventReader, options: { readonly maxBytes?: number } = {}) {
    this.#store = store;
    this.#maxBytes = options.maxBytes ?? MAX_KEPT_BYTES;
  }

  /**
   * Frames behind a seq, up to the end of its page.
   *
   * @param range.known the log is known to have this seq, which is behind `range.after`
   */
  async after(runId: string, range: { readonly after: number; readonly known: number }): Promise<readonly Frame[]> {
    const page = Math.floor(range.after / PAGE_EVENTS);
    const start = page * PAGE_EVENTS;
    const frames = await this.#page(runId, { page, least: Math.min(range.known - start, PAGE_EVENTS) });
    return frames.slice(range.after - start);
  }

  async #page(
    runId: string,
    { page, least }: { readonly page: number; readonly least: number },
  ): Promise<readonly Frame[]> {
    const key = `${runId}:${page}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.frames.length >= least) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept.frames;
    }
    const reading = this.#reading.get(key) ?? this.#read(key, { runId, page });
    this.#reading.set(key, reading);
    return reading;
  }

  async #read(
    key: string,
    { runId, page }: { readonly runId: string; readonly page: number },
  ): Promise<readonly Frame[]> {
    try {
      const options = { after: page * PAGE_EVENTS, limit: PAGE_EVENTS, values: "none" } as const;
      const frames = (await this.#store.events(runId, options)).map(frameOf);
      this.#keep(key, frames);
      return frames;
    } finally {
      this.#reading.delete(key);
    }
  }

  #keep(key: string, frames: readonly Frame[]): void {
    const bytes = frames.reduce((sum, frame) => sum + frame.text.length, 0);
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
    this.#kept.set(key, { frames, bytes });
    this.#bytes += bytes;
    for (const [oldest, { bytes: freed }] of this.#kept) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#kept.delete(oldest);
      this.#bytes -= freed;
    }
  }
}
