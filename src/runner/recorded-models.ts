/**
 * Language models that recorded items asked, and whether the same names still mean the same models.
 *
 * R1. Equal is what catalog.ts calls the identity: provider, model id, configured settings. A model that is gone does not hold.
 * R2. An item that named no model asked the default of its workflow, or of the project: what that is now, counts.
 * R3. A run that asked none and took over nothing is known by its row: its log is not read.
 * R4. Of a result that was taken over, the item that made it says what was asked.
 */
import type { RunId } from "../model/ids.ts";
import type { ModelIdentities } from "../model/llm.ts";
import type { ReuseSource } from "../runtime/reuse.ts";
import type { RecordedReads } from "../runtime/run-reuse.ts";
import type { EventStore } from "../store/store.ts";

const PAGE = 5000;

interface Recorded {
  /** By `call.item`: name that was asked for ("" for the default), a tab, identity of what answered. */
  readonly asked: Map<string, Set<string>>;
  /** By `call.item`: where it was taken from. */
  readonly taken: Map<string, ReuseSource>;
}

export class StoredModels implements RecordedReads {
  readonly #store: EventStore;
  readonly #models: ModelIdentities;
  /** Default of the workflow that would run now. */
  readonly #preset: string | undefined;
  readonly #byRun: Map<RunId, Promise<Recorded>> = new Map();

  constructor(store: EventStore, models: ModelIdentities, preset: string | undefined) {
    this.#store = store;
    this.#models = models;
    this.#preset = preset;
  }

  async of(runId: RunId): Promise<ReadonlySet<string> | undefined> {
    const { asked, taken } = await this.#items(runId);
    return asked.size + taken.size === 0 ? undefined : new Set([...asked.keys(), ...taken.keys()]);
  }

  /** R1, R2. */
  async hold([runId, call, item]: ReuseSource): Promise<boolean> {
    const { asked, taken } = await this.#items(runId);
    const place = `${call}.${item}`;
    for (const one of asked.get(place) ?? []) {
      const [name, identity] = one.split("\t");
      if ((await this.#models.identity(name === "" ? undefined : name, this.#preset)) !== identity) return false;
    }
    // R4. Where a run was made from another, its id is the higher one: this comes to an end.
    const source = taken.get(place);
    return source === undefined || source[0] >= runId ? true : this.hold(source);
  }

  #items(runId: RunId): Promise<Recorded> {
    let items = this.#byRun.get(runId);
    if (!items) this.#byRun.set(runId, (items = this.#read(runId)));
    return items;
  }

  /** R3. */
  async #read(runId: RunId): Promise<Recorded> {
    const recorded: Recorded = { asked: new Map(), taken: new Map() };
    const row = await this.#store.run(runId);
    if (!row || row.forgottenAt !== undefined) return recorded;
    if (row.models === undefined && (row.counts.reused ?? 0) === 0) return recorded;
    for (let after = 0; ;) {
      const page = await this.#store.events(runId, { after, limit: PAGE, values: "none" });
      for (const { event } of page) {
        if (event.type === "item.completed" && event.source)
          recorded.taken.set(`${event.call}.${event.item}`, event.source);
        if (event.type !== "model.called") continue;
        const key = `${event.call}.${event.item}`;
        const asked = `${event.model.asked ?? ""}\t${event.model.identity}`;
        recorded.asked.set(key, (recorded.asked.get(key) ?? new Set()).add(asked));
      }
      if (page.length < PAGE) return recorded;
      after = page.at(-1)!.seq;
    }
  }
}

/** What was read of either kind. */
export class AllReads implements RecordedReads {
  readonly #all: readonly RecordedReads[];

  constructor(all: readonly RecordedReads[]) {
    this.#all = all;
  }

  async of(runId: RunId): Promise<ReadonlySet<string> | undefined> {
    const sets = await Promise.all(this.#all.map((one) => one.of(runId)));
    const items = sets.flatMap((set) => [...(set ?? [])]);
    return items.length === 0 ? undefined : new Set(items);
  }

  async hold(source: ReuseSource): Promise<boolean> {
    for (const one of this.#all) if (!(await one.hold(source))) return false;
    return true;
  }
}
