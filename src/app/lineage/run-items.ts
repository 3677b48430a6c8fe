/**
 * What a log says of a run's items, in memory: what became of each, which places its lists have, what a combinator chose.
 *
 * Owns: one pass over the log. Leaves to run-lists.ts: what that means for lists; to links.ts: what flowed.
 *
 * R1. A resume that reopened an item took back what was decided about it, and every skip behind it.
 * R2. Calls that were superseded are left out: what they did was not used.
 */
import type { RunEvent, StoredEvent } from "../../model/events.ts";
import type { CallNo, ItemNo, RunId } from "../../model/ids.ts";
import type { Members } from "../../model/joined-places.ts";
import type { ItemStatus } from "../../model/status.ts";
import type { CallRow, EventStore } from "../../store/store.ts";
import { GrowthLog, type Growth } from "../growth-log.ts";

const PAGE_EVENTS = 5_000;

export type ItemRef = readonly [CallNo, ItemNo];

interface CallFacts {
  readonly statuses: Map<ItemNo, ItemStatus>;
  readonly causes: Map<ItemNo, readonly ItemRef[]>;
  readonly joined: Members[];
  readonly children: Map<ItemNo, RunId>;
  winner: number | undefined;
  /** Its results are lists. */
  givesLists: boolean;
}

/** A folder that an item published, or opened. */
export interface ArtifactFact {
  readonly call: CallNo;
  readonly item: ItemNo;
  readonly what: "published" | "read";
  /** `workflow/name@RUN` */
  readonly selector: string;
  readonly sha256: string;
}

export class RunItems {
  readonly calls: ReadonlyMap<CallNo, CallRow>;
  readonly artifacts: ArtifactFact[] = [];
  readonly #facts: Map<CallNo, CallFacts> = new Map();
  readonly #growth: GrowthLog;
  readonly #lists: Map<number, number> = new Map();
  readonly #run: { readonly runId: RunId; readonly workflow: string };

  private constructor(run: { readonly runId: RunId; readonly workflow: string }, rows: readonly CallRow[]) {
    this.#run = run;
    this.calls = new Map(rows.filter((row) => !row.superseded).map((row) => [row.call, row]));
    this.#growth = new GrowthLog((call) => this.calls.has(call));
    for (const row of rows) for (const source of row.event.space) if (source > 0) this.#of(source).givesLists = true;
  }

  /** @param also sees every event too: who needs more of the log does not read it again. */
  static async read(
    store: EventStore,
    run: { readonly runId: RunId; readonly workflow: string },
    also?: (stored: StoredEvent) => void,
  ): Promise<RunItems> {
    const items = new RunItems(run, await store.calls(run.runId));
    for (let after = 0; ;) {
      const page = await store.events(run.runId, { after, limit: PAGE_EVENTS, values: "none" });
      for (const stored of page) {
        items.#apply(stored.event);
        also?.(stored);
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_EVENTS) return items;
      after = last.seq;
    }
  }

  status(call: CallNo, item: ItemNo): ItemStatus | undefined {
    return this.#facts.get(call)?.statuses.get(item);
  }

  /** Items that began, in the order of their numbers. */
  items(call: CallNo): readonly ItemNo[] {
    return [...(this.#facts.get(call)?.statuses.keys() ?? [])].toSorted((a, b) => a - b);
  }

  /** The failed items because of which it was skipped. */
  causes(call: CallNo, item: ItemNo): readonly ItemRef[] {
    return this.#facts.get(call)?.causes.get(item) ?? [];
  }

  child(call: CallNo, item: ItemNo): RunId | undefined {
    return this.#facts.get(call)?.children.get(item);
  }

  givesLists(call: CallNo): boolean {
    return this.#facts.get(call)?.givesLists === true;
  }

  winner(call: CallNo): number | undefined {
    return this.#facts.get(call)?.winner;
  }

  joined(call: CallNo): readonly Members[] {
    return this.#facts.get(call)?.joined ?? [];
  }

  growth(call: CallNo): readonly Growth[] {
    return this.#growth.growth.get(call) ?? [];
  }

  listSize(list: number): number {
    return this.#lists.get(list) ?? 0;
  }

  #of(call: CallNo): CallFacts {
    let facts = this.#facts.get(call);
    if (facts === undefined) {
      facts = {
        statuses: new Map(),
        causes: new Map(),
        joined: [],
        children: new Map(),
        winner: undefined,
        givesLists: false,
      };
      this.#facts.set(call, facts);
    }
    return facts;
  }

  #apply(event: RunEvent): void {
    this.#growth.apply(event);
    if (event.type === "list.recorded") this.#lists.set(event.list, event.size);
    if (event.type === "run.resumed") this.#reopen(event.reopened);
    if (!("call" in event) || !this.calls.has(event.call)) return;
    const facts = this.#of(event.call);
    switch (event.type) {
      case "items.started":
        for (const item of event.items) facts.statuses.set(item, "running");
        break;
      case "item.completed":
        if (event.size !== undefined && event.scalar !== true) facts.givesLists = true;
        facts.statuses.set(event.item, event.to);
        break;
      case "item.yielded":
        facts.givesLists = true;
        break;
      case "item.retrying":
      case "item.failed":
        facts.statuses.set(event.item, event.to);
        break;
      case "items.skipped":
        for (const item of event.items) {
          facts.statuses.set(item, "skipped");
          facts.causes.set(item, event.causes);
        }
        break;
      case "items.filtered": {
        const kept = new Set(event.kept);
        for (const item of event.items) {
          if (kept.has(item)) facts.statuses.set(item, "completed");
          else facts.statuses.delete(item);
        }
        break;
      }
      case "call.joined":
        facts.joined.push(event.members ?? "broken");
        break;
      case "call.closed":
        facts.winner = event.winner;
        break;
      case "child.created":
        facts.children.set(event.item, event.child);
        break;
      case "artifact.published": {
        const { call, item, sha256 } = event;
        const selector = `${this.#run.workflow}/${event.name}@${this.#run.runId}`;
        this.artifacts.push({ call, item, what: "published", selector, sha256 });
        break;
      }
      case "artifact.read":
        this.artifacts.push({ ...event, what: "read" });
        break;
      default:
        break;
    }
  }

  /** R1. */
  #reopen(items: readonly ItemRef[]): void {
    const reopened = new Set(items.map(([call, item]) => `${call}.${item}`));
    for (const [call, item] of items) this.#facts.get(call)?.statuses.delete(item);
    for (const [call, facts] of this.#facts) {
      for (const [item, causes] of facts.causes) {
        if (!causes.some(([failedCall, failed]) => reopened.has(`${failedCall}.${failed}`))) continue;
        facts.statuses.delete(item);
        facts.causes.delete(item);
        this.#growth.reopen(call, item);
      }
    }
  }
}
