/** One run in memory: its log as text, its index, and what is kept beside the log. */
import { assert } from "../../base/assert.ts";
import type { AppendedEvent, RunEvent, StoredEvent } from "../../model/events.ts";
import type { RunId } from "../../model/ids.ts";
import { isRunEnded, runStatus } from "../../model/status.ts";
import type { MemoryBlobs } from "./memory-blobs.ts";
import type { SearchRecord } from "./memory-search.ts";
import type { ArtifactFact } from "../artifact-facts.ts";
import { CHAIN_START, chainHash } from "../chain.ts";
import type { ForeignEvent, LogBlock } from "../imports.ts";
import { PAGE_ITEMS, statusCode } from "../item-page.ts";
import { assertEncoded, eventText, INLINE_UNITS, lineEvent } from "../log-line.ts";
import { keptFromForgetting } from "../refusals.ts";
import type { Tombstone } from "../refusals.ts";
import { countsRecord, RunIndex } from "../run-index.ts";
import type { ErrorFact } from "../run-index.ts";
import { errorText, lineText, listBeside, TEXT_UNITS, valueText } from "../search.ts";
import type { SearchKind } from "../search.ts";
import type {
  CallRow,
  ErrorRow,
  EventStore,
  ItemFilter,
  ItemRow,
  ListChunk,
  NewRun,
  OwnerInfo,
  RunRow,
  StoredLogLine,
  ValueKey,
} from "../store.ts";

/** What one commit says that is kept beside its run. */
export interface Facts {
  readonly artifacts: readonly ArtifactFact[];
  readonly errors: readonly ErrorFact[];
}

interface Entry {
  readonly text: string;
  readonly value?: string;
  readonly blob?: string;
}

interface Commit {
  readonly first: number;
  readonly n: number;
  readonly hash: string;
}

/** Events that `errors` lists. */
const ERRORS: ReadonlySet<string> = new Set(["item.failed", "item.retrying", "run.failed"]);

interface Listed {
  readonly value: string;
  readonly key: string | undefined;
}

export class MemoryRun {
  readonly created: NewRun;
  readonly index: RunIndex;
  readonly scratchpad: Map<string, { readonly value: string; readonly version: number }> = new Map();
  readonly once: Map<string, string> = new Map();
  readonly logs: StoredLogLine[] = [];
  /** The topmost run above it; itself when it has no parent. */
  readonly root: RunId;
  pinned = false;
  tombstone: Tombstone | undefined;
  epoch = 0;
  owner: OwnerInfo | undefined;
  readonly #entries: Entry[] = [];
  readonly #commits: Commit[] = [];
  readonly #errors: ErrorFact[] = [];
  readonly #lists: Map<string, Listed[]> = new Map();
  readonly #blobs: MemoryBlobs;

  constructor(created: NewRun, around: { readonly root: RunId; readonly blobs: MemoryBlobs }) {
    this.created = created;
    this.root = around.root;
    this.#blobs = around.blobs;
    this.index = new RunIndex({
      call: () => undefined,
      page: () => undefined,
      openCalls: () => [],
    });
  }

  get seq(): number {
    return this.#entries.length;
  }

  /** One commit. Everything is checked before anything is kept. Gives what others than this run keep of it. */
  append(events: readonly AppendedEvent[], lists: readonly ListChunk[]): Facts {
    for (const { value } of events) if (value !== undefined) assertEncoded(value);
    for (const chunk of lists) this.stage(chunk);
    if (events.length === 0) return { artifacts: [], errors: [] };
    const entries = events.map(({ event, value }): Entry => {
      const text = eventText(event);
      if (value === undefined) return { text };
      return value.length <= INLINE_UNITS
        ? { text, value }
        : { text, blob: this.#blobs.put(Buffer.from(value, "utf8")) };
    });
    const first = this.seq + 1;
    const hash = chainHash(this.#commits.at(-1)?.hash ?? CHAIN_START, bodyOf(entries));
    for (const { event } of events) this.index.apply(event);
    this.#entries.push(...entries);
    this.#commits.push({ first, n: entries.length, hash });
    const facts = { artifacts: [...this.index.artifacts], errors: [...this.index.errors] };
    this.#errors.push(...facts.errors);
    this.index.settle(() => true);
    return facts;
  }

  blocks(range: { readonly after?: number; readonly limit?: number }): readonly LogBlock[] {
    const { after = 0, limit = 100 } = range;
    const behind = this.#commits.findIndex(({ first }) => first > after);
    if (behind < 0) return [];
    let previous = this.#commits[behind - 1]?.hash ?? CHAIN_START;
    return this.#commits.slice(behind, behind + limit).map(({ first, n, hash }): LogBlock => {
      const block = { first, n, previous, hash, body: bodyOf(this.#entries.slice(first - 1, first - 1 + n)) };
      previous = hash;
      return block;
    });
  }

  /** A log that was hashed elsewhere, into a run that has none yet. It is believed. */
  adopt(blocks: readonly LogBlock[], events: readonly ForeignEvent[]): Facts {
    for (const { event, ...entry } of events) {
      this.index.apply(event);
      this.#entries.push(entry);
    }
    for (const { first, n, hash } of blocks) this.#commits.push({ first, n, hash });
    const facts = { artifacts: [...this.index.artifacts], errors: [...this.index.errors] };
    this.#errors.push(...facts.errors);
    this.index.settle(() => true);
    return facts;
  }

  stage(chunk: ListChunk): void {
    const list = this.#lists.get(listKey(chunk)) ?? [];
    assert(list.length >= chunk.first, `a list has ${list.length} elements, but element ${chunk.first} is given next`);
    chunk.values.forEach(assertEncoded);
    list.length = chunk.first;
    chunk.values.forEach((value, at) => list.push({ value, key: chunk.keys?.[at] }));
    this.#lists.set(listKey(chunk), list);
  }

  events(range: { readonly after: number; readonly limit: number; readonly values: boolean }): StoredEvent[] {
    return this.#entries
      .slice(range.after, range.after + range.limit)
      .map((entry, at) => this.#stored(entry, { seq: range.after + at + 1, values: range.values }));
  }

  last(): StoredEvent | undefined {
    const entry = this.#entries.at(-1);
    return entry && this.#stored(entry, { seq: this.seq, values: false });
  }

  /** The encoded value of an event, or the name of the blob that holds it. */
  payload(seq: number): Pick<Entry, "value" | "blob"> {
    return this.#entries[seq - 1] ?? {};
  }

  /** Seq of the event that completed an item. */
  completedSeq(key: ValueKey): number | undefined {
    const page = this.index.calls.get(key.call)?.pages.get(Math.floor(key.item / PAGE_ITEMS));
    const slot = key.item % PAGE_ITEMS;
    const status = page?.status(slot);
    return status === statusCode("completed") || status === statusCode("reused") ? page?.seq(slot) : undefined;
  }

  list(
    key: ValueKey,
    range: { readonly first: number; readonly count: number },
  ): { readonly values: readonly string[]; readonly keys?: readonly string[] } {
    const part = (this.#lists.get(listKey(key)) ?? []).slice(range.first, range.first + range.count);
    const values = part.map((element) => element.value);
    const keys = part.map((element) => element.key).filter((listed) => listed !== undefined);
    return keys.length === 0 ? { values } : { values, keys };
  }

  calls(): CallRow[] {
    const calls = [...this.index.calls.values()].sort((a, b) => a.call - b.call);
    return calls.map((call): CallRow => {
      const created = this.#event(call.seq);
      const closed = call.closedSeq === 0 ? undefined : this.#event(call.closedSeq);
      assert(created?.type === "call.created", `call ${call.call} points to another event`);
      return {
        call: call.call,
        seq: call.seq,
        event: created,
        ...(closed?.type === "call.closed" ? { closed } : {}),
        superseded: call.superseded,
        counts: countsRecord(call.counts),
      };
    });
  }

  items(filter: ItemFilter): { readonly items: readonly ItemRow[]; readonly total: number } {
    const limit = Math.min(Math.max(filter.limit ?? 100, 1), 10_000);
    const [afterCall, afterItem] = filter.after ?? [0, -1];
    const all: ItemRow[] = [];
    for (const call of [...this.index.calls.values()].sort((a, b) => a.call - b.call)) {
      for (const [number, page] of [...call.pages].sort(([a], [b]) => a - b)) {
        for (let slot = 0; slot < page.capacity; slot++) {
          const row = page.row(slot, { call: call.call, item: number * PAGE_ITEMS + slot });
          if (row) all.push(row);
        }
      }
    }
    const wanted = all.filter(
      (row) =>
        (filter.call === undefined || row.call === filter.call) &&
        (filter.item === undefined || row.item === filter.item) &&
        (filter.status === undefined || filter.status.includes(row.status)),
    );
    const rest = wanted.filter((row) => row.call > afterCall || (row.call === afterCall && row.item > afterItem));
    return { items: rest.slice(0, limit), total: wanted.length };
  }

  errors(range: { readonly after: number; readonly limit: number }): ErrorRow[] {
    const places = this.#errors.filter((place) => place.seq > range.after).slice(0, range.limit);
    return places.map(({ event, ...place }): ErrorRow => {
      if (event.type === "run.failed") return { ...place, error: event.error };
      return { ...place, call: event.call, item: event.item, attempt: event.attempt, error: event.error };
    });
  }

  /** What may be found in it, newest first. */
  *records(kind: SearchKind): Generator<SearchRecord> {
    const { runId, workflow } = this.created;
    if (kind === "log") {
      for (const { id: line, call, item, at, text, fields } of this.logs.toReversed()) {
        yield { kind, runId, workflow, call, item, line, at, text: lineText({ text, fields }) };
      }
      return;
    }
    for (let seq = this.seq; seq > 0; seq--) {
      const event = this.#event(seq);
      if (event === undefined) continue;
      const place = {
        ...("call" in event ? { call: event.call } : {}),
        ...("item" in event ? { item: event.item } : {}),
      };
      const text = kind === "value" ? this.#valueText(seq, event) : ERRORS.has(event.type) ? failureText(event) : "";
      if (text !== "") yield { kind, runId, workflow, ...place, seq, at: event.at, text };
    }
  }

  #valueText(seq: number, event: RunEvent): string {
    const { value, blob } = this.payload(seq);
    if (value !== undefined) return valueText(value);
    if (blob !== undefined) return valueText(this.#blobs.text(blob));
    const list = listBeside(event);
    return list === undefined ? "" : this.list(list, list).values.map(valueText).join("\n").slice(0, TEXT_UNITS);
  }

  verify(): { readonly badSeq: number; readonly reason: string } | undefined {
    let previous = CHAIN_START;
    for (const commit of this.#commits) {
      const body = bodyOf(this.#entries.slice(commit.first - 1, commit.first - 1 + commit.n));
      if (chainHash(previous, body) !== commit.hash) {
        return { badSeq: commit.first, reason: "its bytes do not match its hash" };
      }
      previous = commit.hash;
    }
    return undefined;
  }

  lines(range: Parameters<EventStore["logs"]>[1] = {}): readonly StoredLogLine[] {
    const { call, item, after = 0, limit = 1_000 } = range;
    const isMeant = (line: StoredLogLine): boolean =>
      line.id > after && (call === undefined || line.call === call) && (item === undefined || line.item === item);
    return this.logs.filter(isMeant).slice(0, limit);
  }

  requireForgettable(): void {
    const { runId } = this.created;
    const { status, logged } = this.row();
    if (!isRunEnded(logged)) throw keptFromForgetting(runId, `it has not ended, its status is "${status}"`);
    if (this.owner !== undefined) {
      throw keptFromForgetting(runId, `the process with pid ${this.owner.pid} still holds it`);
    }
    if (this.pinned) throw keptFromForgetting(runId, "it is pinned");
  }

  /** Removes what a forgotten run does not keep; its index, and with it the row, stays. */
  bury(tombstone: Tombstone): void {
    this.tombstone = tombstone;
    this.#entries.length = 0;
    this.#commits.length = 0;
    this.#errors.length = 0;
    this.#lists.clear();
    this.scratchpad.clear();
    this.once.clear();
    this.logs.length = 0;
  }

  /** Hashes of the blobs that its events and its version name, the parts of the version included. */
  *named(): Generator<string> {
    for (const { blob } of this.#entries) if (blob !== undefined) yield blob;
    const { manifest } = this.created;
    if (manifest === undefined) return;
    yield manifest;
    for (const [hash] of this.#blobs.text(manifest).matchAll(/[0-9a-f]{64}/g)) yield hash;
  }

  /** The run as a row; whoever owns a run in memory is this process, which lives. */
  row(): RunRow {
    const { facts } = this.index;
    const { input: _, idempotencyKey: __, durability, ...created } = this.created;
    return {
      ...created,
      root: this.root,
      priority: created.priority ?? 0,
      pinned: this.pinned,
      ...(this.tombstone && { forgottenAt: this.tombstone.at, forgottenWhy: this.tombstone.why }),
      logged: facts.logged,
      status: runStatus(facts.logged, this.owner === undefined ? "none" : "alive"),
      ...(facts.startedAt === undefined ? {} : { startedAt: facts.startedAt }),
      ...(facts.endedAt === undefined ? {} : { endedAt: facts.endedAt }),
      seq: facts.seq,
      epoch: this.epoch,
      ...(durability === "power-loss" ? { durability } : {}),
      ...(this.owner === undefined ? {} : { owner: { ...this.owner, alive: true } }),
      ownerDeaths: 0,
      counts: countsRecord(facts.counts),
      calls: facts.calls,
      ...(facts.models === undefined ? {} : { models: facts.models }),
    };
  }

  #event(seq: number): RunEvent | undefined {
    const entry = this.#entries[seq - 1];
    return entry && lineEvent(entry.text);
  }

  #stored(entry: Entry, as: { readonly seq: number; readonly values: boolean }): StoredEvent {
    const { value, blob } = entry;
    return {
      runId: this.created.runId,
      seq: as.seq,
      event: lineEvent(entry.text),
      ...(as.values && value !== undefined ? { value } : {}),
      ...(blob === undefined ? {} : { blob }),
    };
  }
}

function failureText(event: RunEvent): string {
  return "error" in event && event.error !== undefined ? errorText(event.error) : "";
}

function bodyOf(entries: readonly Entry[]): string {
  return entries
    .map(({ text, value, blob }) =>
      blob !== undefined ? `${text}\t#${blob}` : value !== undefined ? `${text}\t${value}` : text,
    )
    .join("\n");
}

function listKey(key: { readonly call: number; readonly item: number }): string {
  return `${key.call}/${key.item}`;
}
