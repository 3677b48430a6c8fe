/**
 * Language models that recorded items asked, and whether the same names still mean the same models.
 *
 * R1. Equal is what catalog.ts calls the identity: provider, model id, configured settings. A model that is gone does not hold.
 * R2. An item that named no model asked the default of its workflow, or of the project: what that is now, counts.
 * R3. A run that asked none is known by its row: its log is not read.
 */
import type { RunId } from "../model/ids.ts";
import type { ModelIdentities } from "../model/llm.ts";
import type { ReuseSource } from "../runtime/reuse.ts";
import type { RecordedReads } from "../runtime/run-reuse.ts";
import type { EventStore } from "../store/store.ts";

const PAGE = 5000;

/** By `call.item`: name that was asked for ("" for the default), a tab, identity of what answered. */
type AskedModels = ReadonlyMap<string, ReadonlySet<string>>;

export class StoredModels implements RecordedReads {
  readonly #store: EventStore;
  readonly #models: ModelIdentities;
  /** Default of the workflow that would run now. */
  readonly #preset: string | undefined;
  readonly #byRun: Map<RunId, Promise<AskedModels>> = new Map();

  constructor(store: EventStore, models: ModelIdentities, preset: string | undefined) {
    this.#store = store;
    this.#models = models;
    this.#preset = preset;
  }

  async of(runId: RunId): Promise<ReadonlySet<string> | undefined> {
    const asked = await this.#items(runId);
    return asked.size === 0 ? undefined : new Set(asked.keys());
  }

  /** R1, R2. */
  async hold([runId, call, item]: ReuseSource): Promise<boolean> {
    for (const one of (await this.#items(runId)).get(`${call}.${item}`) ?? []) {
      const [name, identity] = one.split("\t");
      if ((await this.#models.identity(name === "" ? undefined : name, this.#preset)) !== identity) return false;
    }
    return true;
  }

  #items(runId: RunId): Promise<AskedModels> {
    let items = this.#byRun.get(runId);
    if (!items) this.#byRun.set(runId, (items = this.#read(runId)));
    return items;
  }

  /** R3. */
  async #read(runId: RunId): Promise<AskedModels> {
    const asked = new Map<string, Set<string>>();
    const row = await this.#store.run(runId);
    if (row?.models === undefined || row.forgottenAt !== undefined) return asked;
    for (let after = 0; ;) {
      const page = await this.#store.events(runId, { after, limit: PAGE, values: "none" });
      for (const { event } of page) {
        if (event.type !== "model.called") continue;
        const place = `${event.call}.${event.item}`;
        const of = asked.get(place) ?? new Set();
        asked.set(place, of.add(`${event.model.asked ?? ""}\t${event.model.identity}`));
      }
      if (page.length < PAGE) return asked;
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
