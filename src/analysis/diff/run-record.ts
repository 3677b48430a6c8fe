/**
 * What a run did, as far as another one can be compared with it: read once, in order, from its log.
 *
 * Owns: which facts of a log are compared. Leaves to align.ts: which belong together; to divergence.ts: what a difference means.
 *
 * R1. A value is compared by the sha256 of its recorded text: nothing is decoded, and a run of many items stays small.
 *     A reference to a published folder names the run that published it; what counts is its content, which it names, too.
 * R2. What a resume put aside (superseded calls, earlier attempts) is not compared.
 */
import { sha256Hex } from "../../base/hash.ts";
import type { RunEvent, StoredEvent } from "../../model/events.ts";
import type { CallNo, ItemNo, RunId } from "../../model/ids.ts";
import type { ItemStatus } from "../../model/status.ts";
import type { EventStore, RunRow } from "../../store/store.ts";

export type CallCreated = Extract<RunEvent, { type: "call.created" }>;

export interface FolderRead {
  readonly asked: string;
  readonly selector: string;
  readonly sha256: string;
}

export interface ItemRecord {
  readonly item: ItemNo;
  status: ItemStatus;
  /** Seq of the event that said how it ended. */
  seq: number;
  /** Digest of its inputs; only of an item that has a result. */
  digest?: string;
  /** sha256 of the result, the text of the error, or whether a filter kept it. */
  result?: string;
  /** Elements of a `many` result. */
  size?: number;
  /** Of its last attempt. */
  ms: number;
  impure: readonly string[];
  /** Nothing ran: the result was taken from another run. */
  isReused: boolean;
  child?: RunId;
  readonly reads: FolderRead[];
}

export interface CallRecord {
  readonly call: CallNo;
  /** Seq of `call.created`, under which its plain arguments stand. */
  readonly seq: number;
  readonly created: CallCreated;
  readonly items: Map<ItemNo, ItemRecord>;
  winner?: number;
}

export interface ListRecord {
  readonly size: number;
  readonly digest: string;
}

export interface RunRecord {
  readonly row: RunRow;
  /** sha256 of the encoded input. */
  readonly input: string;
  readonly seed: string | undefined;
  /** Epoch ms. */
  readonly clock: number | undefined;
  readonly calls: readonly CallRecord[];
  readonly lists: ReadonlyMap<number, ListRecord>;
  /** How it ended: sha256 of the output, or the text of the error. */
  readonly outcome: string | undefined;
}

const PAGE_EVENTS = 5_000;
const PAGE_ELEMENTS = 10_000;

export async function readRunRecord(store: EventStore, row: RunRow): Promise<RunRecord> {
  const reader = new LogReader();
  for (let after = 0; ;) {
    const page = await store.events(row.runId, { after, limit: PAGE_EVENTS });
    for (const stored of page) reader.read(stored);
    if (page.length < PAGE_EVENTS) break;
    after += page.length;
  }
  for (const call of reader.calls.values())
    for (const item of call.items.values())
      if (item.size !== undefined)
        item.result = await listFingerprint(store, row.runId, { call: call.call, item: item.item });
  const { input, seed, clock, lists, outcome } = reader;
  return { row, input, seed, clock, calls: [...reader.calls.values()], lists, outcome };
}

class LogReader {
  readonly calls: Map<CallNo, CallRecord> = new Map();
  readonly lists: Map<number, ListRecord> = new Map();
  input = "";
  seed: string | undefined;
  clock: number | undefined;
  outcome: string | undefined;

  read({ seq, event, value, blob }: StoredEvent): void {
    switch (event.type) {
      case "run.created":
        this.input = fingerprint(value, blob) ?? "";
        return;
      case "run.started":
        this.seed = event.seed;
        this.clock = event.clock;
        return;
      case "run.resumed":
        this.outcome = undefined;
        return;
      case "call.created":
        this.calls.set(event.call, { call: event.call, seq, created: event, items: new Map() });
        return;
      case "call.closed": {
        const call = this.calls.get(event.call);
        if (call && event.winner !== undefined) call.winner = event.winner;
        return;
      }
      case "calls.superseded":
        for (const call of event.calls) this.calls.delete(call);
        return;
      case "list.recorded":
        this.lists.set(event.list, { size: event.size, digest: event.digest });
        return;
      case "item.completed": {
        const item = this.#item(event.call, event.item);
        if (item === undefined) return;
        const result = fingerprint(value, blob);
        Object.assign(item, { status: event.to, seq, ms: event.ms, isReused: event.to === "reused" });
        item.impure = event.impure ?? [];
        if (event.digest !== undefined) item.digest = event.digest;
        if (event.size !== undefined) item.size = event.size;
        if (result !== undefined) item.result = result;
        return;
      }
      case "item.failed": {
        const item = this.#item(event.call, event.item);
        const { code, name, message } = event.error;
        if (item)
          Object.assign(item, { status: event.to, seq, ms: event.ms, result: `${code ?? ""} ${name} ${message}` });
        return;
      }
      case "items.skipped":
        for (const number of event.items) {
          const item = this.#item(event.call, number);
          if (item) Object.assign(item, { status: "skipped", seq });
        }
        return;
      case "items.filtered": {
        const kept = new Set(event.kept);
        for (const number of event.items) {
          const item = this.#item(event.call, number);
          if (item) Object.assign(item, { status: "completed", seq, result: kept.has(number) ? "kept" : "left out" });
        }
        return;
      }
      case "child.created": {
        const item = this.#item(event.call, event.item);
        if (item) item.child = event.child;
        return;
      }
      case "artifact.read": {
        const { asked, selector, sha256 } = event;
        this.#item(event.call, event.item)?.reads.push({ asked, selector, sha256 });
        return;
      }
      case "model.called": {
        // What a name stood for, as with a selector.
        const { asked = "default", modelId: selector, identity: sha256 } = event.model;
        this.#item(event.call, event.item)?.reads.push({ asked: `model ${asked}`, selector, sha256 });
        return;
      }
      case "run.completed":
        this.outcome = fingerprint(value, blob) ?? "";
        return;
      case "run.failed":
        this.outcome = `${event.error.code ?? ""} ${event.error.name} ${event.error.message}`;
        return;
      default:
    }
  }

  #item(call: CallNo, item: ItemNo): ItemRecord | undefined {
    const record = this.calls.get(call);
    if (record === undefined) return undefined;
    let found = record.items.get(item);
    if (found === undefined) {
      found = { item, status: "waiting", seq: 0, ms: 0, impure: [], isReused: false, reads: [] };
      record.items.set(item, found);
    }
    return found;
  }
}

/** R1. A blob is named by the same hash. */
function fingerprint(value: string | undefined, blob: string | undefined): string | undefined {
  return blob ?? (value === undefined ? undefined : sha256Hex(withoutRuns(value)));
}

/** `book/page@RUN` and `artifacts/book/RUN/page`, as a reference has them. A text too long to stand in its event is compared as it is. */
function withoutRuns(text: string): string {
  return text.includes('"sha256"') ? text.replace(/([@/])[0-9A-HJKMNP-TV-Z]{26}(?=["/])/g, "$1RUN") : text;
}

async function listFingerprint(
  store: EventStore,
  runId: RunId,
  key: { readonly call: CallNo; readonly item: ItemNo },
): Promise<string> {
  let all = "";
  for (let first = 0; ;) {
    const { values } = await store.list(runId, key, { first, count: PAGE_ELEMENTS });
    all = sha256Hex(`${all}\n${values.map(withoutRuns).join("\n")}`);
    if (values.length < PAGE_ELEMENTS) return all;
    first += values.length;
  }
}
