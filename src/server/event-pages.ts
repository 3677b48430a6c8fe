/**
 * Pages of event logs as they are sent, shared by everybody who reads them.
 *
 * Owns: the cut of a log into pages, and keeping those read lately. Leaves to run-tail.ts: what is committed from now on.
 *
 * R1. Events never change, so a page is read and written once while it is kept. The last page is read anew by who knows
 *     that there is more than is kept.
 * R2. Those who ask for the same page at the same time share one reading.
 * R3. What is kept is bounded in bytes; the page asked for longest ago goes first.
 */
import type { Workspace } from "../app/workspace.ts";
import { EventBatch, messageOf } from "./event-batch.ts";

type EventReader = Pick<Workspace["store"], "events">;

const PAGE_EVENTS = 500;
const MAX_KEPT_BYTES = 16 * 1024 * 1024;

export class EventPages {
  readonly #store: EventReader;
  readonly #maxBytes: number;
  /** In the order of asking. */
  readonly #kept: Map<string, EventBatch> = new Map();
  readonly #reading: Map<string, Promise<EventBatch | undefined>> = new Map();
  #bytes = 0;

  constructor(store: EventReader, options: { readonly maxBytes?: number } = {}) {
    this.#store = store;
    this.#maxBytes = options.maxBytes ?? MAX_KEPT_BYTES;
  }

  /**
   * The page that holds the event behind a seq.
   *
   * @param range.known the log is known to have this seq, which is behind `range.after`
   */
  async after(
    runId: string,
    range: { readonly after: number; readonly known: number },
  ): Promise<EventBatch | undefined> {
    const page = Math.floor(range.after / PAGE_EVENTS);
    const start = page * PAGE_EVENTS;
    return this.#page(runId, { page, least: Math.min(range.known - start, PAGE_EVENTS) });
  }

  async #page(
    runId: string,
    { page, least }: { readonly page: number; readonly least: number },
  ): Promise<EventBatch | undefined> {
    const key = `${runId}:${page}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.size >= least) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept;
    }
    const reading = this.#reading.get(key) ?? this.#read(key, { runId, page });
    this.#reading.set(key, reading);
    return reading;
  }

  async #read(
    key: string,
    { runId, page }: { readonly runId: string; readonly page: number },
  ): Promise<EventBatch | undefined> {
    try {
      const options = { after: page * PAGE_EVENTS, limit: PAGE_EVENTS, values: "none" } as const;
      const events = await this.#store.events(runId, options);
      if (events.length === 0) return undefined;
      const batch = new EventBatch(events.map(messageOf));
      this.#keep(key, batch);
      return batch;
    } finally {
      this.#reading.delete(key);
    }
  }

  #keep(key: string, batch: EventBatch): void {
    this.#bytes += batch.bytes.length - (this.#kept.get(key)?.bytes.length ?? 0);
    this.#kept.delete(key);
    this.#kept.set(key, batch);
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#kept.delete(oldest);
      this.#bytes -= bytes.length;
    }
  }
}
