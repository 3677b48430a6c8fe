/**
 * Logs that come from another store: given out as they are hashed, and taken in unchanged.
 *
 * Owns: the interface, and checking a log that somebody else wrote. Leaves to implementations: their index and tables.
 *
 * R1. A log is taken in byte for byte: its blocks, its chain, its seqs. What is indexed follows from it, as from an own one.
 * R2. Nothing of it is believed: hashes, chain, seqs, event types, sizes and the first event are checked before anything is written.
 *     WG4066 says what is wrong, and where.
 * R3. An imported run belongs to nobody, offers no results to the cache, and its row says that it was imported. Its log does not
 *     change by that: `run.created` there still says who started it.
 */
import { parseJson } from "../base/primordials.ts";
import { EVENT_SCHEMA, type RunEvent } from "../model/events.ts";
import { MAX_ITEMS_PER_CALL, NAME_PATTERN, type RunId } from "../model/ids.ts";
import type { ModelCall } from "../model/llm.ts";
import { ITEM_STATUSES } from "../model/status.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { ArtifactPublished, ArtifactRead } from "./artifact-facts.ts";
import { CHAIN_START, chainHash } from "./chain.ts";
import { lineEvent, linePayload, type LinePayload } from "./log-line.ts";
import { RunIndex } from "./run-index.ts";
import type { ListChunk, LogLine, NewRun } from "./store.ts";

/** A block of a log, as it is hashed. */
export interface LogBlock {
  /** Seq of its first event. */
  readonly first: number;
  /** Events in it. */
  readonly n: number;
  /** Hash of the block before; 64 zeros for the first. */
  readonly previous: string;
  readonly hash: string;
  /** One line an event; a value after a tab, or "#" and the hash of its blob. */
  readonly body: string;
}

export interface ImportedRun {
  readonly run: Omit<NewRun, "input" | "idempotencyKey" | "durability">;
  readonly blocks: readonly LogBlock[];
  readonly lists: readonly ListChunk[];
  readonly logs: readonly LogLine[];
}

export interface ImportStore {
  /** Blocks of a log that hold events after `after`, in order; `limit` default 100. */
  blocks(runId: RunId, options?: { readonly after?: number; readonly limit?: number }): Promise<readonly LogBlock[]>;
  /** Takes in a run of another store, whole or not at all. The blobs that it names are put before. WG5013 when there is a run of
   *  that id, WG4066 for a log that cannot be believed. */
  importRun(imported: ImportedRun): Promise<void>;
}

export interface ForeignEvent extends LinePayload {
  /** The JSON of the event, as it is hashed. */
  readonly text: string;
  readonly event: RunEvent;
}

/** Its events by block. R2. */
function readForeignLog({ run, blocks }: ImportedRun): readonly (readonly ForeignEvent[])[] {
  const refuse = (seq: number, reason: string): WorkgraphError => damagedLog(run.runId, seq, reason);
  let previous = CHAIN_START;
  let seq = 1;
  const calls = new Set<number>();
  const read = blocks.map((block) => {
    if (block.first !== seq) throw refuse(seq, `the block at ${block.first} does not follow`);
    if (block.previous !== previous || chainHash(previous, block.body) !== block.hash)
      throw refuse(seq, "its bytes do not match the hash chain");
    const lines = block.body.split("\n");
    if (lines.length !== block.n) throw refuse(seq, `the block does not hold ${block.n} events`);
    previous = block.hash;
    return lines.map((line) => {
      const found = foreignEvent(line);
      const reason = typeof found === "string" ? found : implausible(found.event, seq, calls);
      if (reason !== undefined) throw refuse(seq, reason);
      seq++;
      return found as ForeignEvent;
    });
  });
  const created = read[0]?.[0]?.event;
  if (created?.type !== "run.created") throw refuse(1, "it does not begin with run.created");
  if (created.schema > EVENT_SCHEMA) throw refuse(1, `it was written by a newer release (schema ${created.schema})`);
  if (created.workflow !== run.workflow || created.version !== run.version || !NAME_PATTERN.test(run.workflow))
    throw refuse(1, "it is the log of another workflow or version than is said");
  return read;
}

/** R2. The index of a log that is believed; `told` after each block. */
export function indexForeignLog(
  imported: ImportedRun,
  told?: (index: RunIndex) => void,
): { readonly index: RunIndex; readonly blocks: readonly (readonly ForeignEvent[])[] } {
  const blocks = readForeignLog(imported);
  const index = new RunIndex({ call: () => undefined, page: () => undefined, openCalls: () => [] });
  try {
    for (const events of blocks) {
      for (const { event } of events) index.apply(event);
      told?.(index);
    }
  } catch (error) {
    throw damagedLog(imported.run.runId, index.facts.seq, (error as Error).message);
  }
  return { index, blocks };
}

function foreignEvent(line: string): ForeignEvent | string {
  try {
    const payload = linePayload(line);
    if (payload.blob !== undefined && !/^[0-9a-f]{64}$/.test(payload.blob)) return "a blob is named by no hash";
    // A value is one JSON text; whether it decodes is asked when it is read.
    if (payload.value !== undefined) parseJson(payload.value);
    return { event: lineEvent(line), text: line.split("\t", 1)[0]!, ...payload };
  } catch {
    return "it is no JSON";
  }
}

/** In order of appearance; kept complete by the compiler. */
const EVENT_TYPES: Readonly<Record<RunEvent["type"], true>> = {
  "run.created": true,
  "run.started": true,
  "run.resumed": true,
  "call.created": true,
  "list.recorded": true,
  "items.started": true,
  "item.completed": true,
  "item.yielded": true,
  "item.retrying": true,
  "item.failed": true,
  "items.skipped": true,
  "items.filtered": true,
  "item.emitted": true,
  "child.created": true,
  "child.ended": true,
  "artifact.published": true,
  "artifact.read": true,
  "model.called": true,
  "call.joined": true,
  "call.closed": true,
  "calls.superseded": true,
  "run.cancelling": true,
  "run.paused": true,
  "run.completed": true,
  "run.failed": true,
  "run.cancelled": true,
  "run.diverged": true,
};

/** What would break an index, before it is built. `calls` are those made so far. */
function implausible(event: RunEvent, seq: number, calls: Set<number>): string | undefined {
  if (typeof event !== "object" || event === null || !Object.hasOwn(EVENT_TYPES, event.type))
    return "it is no event that this release knows";
  if (!Number.isFinite(event.at)) return "it has no time";
  if ((event.type === "run.created") !== (seq === 1)) return "a run is created once, first";
  if (event.type === "call.created") {
    if (!isCount(event.call) || event.call === 0 || calls.has(event.call)) return `call ${event.call} is made anew`;
    if (typeof event.node !== "string" || !Array.isArray(event.space) || !Array.isArray(event.edges))
      return "a call lacks what it is";
    calls.add(event.call);
  } else if ("call" in event && !calls.has(event.call)) return `call ${event.call} was not made`;
  const to = "to" in event ? event.to : undefined;
  if (to !== undefined && !ITEM_STATUSES.includes(to)) return `"${String(to)}" is no status of an item`;
  if ((event.type === "artifact.published" || event.type === "artifact.read") && !isArtifactFact(event))
    return "it lacks what an artifact is";
  if (event.type === "model.called" && !isModelCall(event.model)) return "it lacks what a model call is";
  if ("item" in event && !isItem(event.item)) return "an item has no number";
  if ("items" in event && event.type !== "run.cancelled" && !(Array.isArray(event.items) && event.items.every(isItem)))
    return "items have no numbers";
  return undefined;
}

function isArtifactFact(event: ArtifactPublished | ArtifactRead): boolean {
  const texts = event.type === "artifact.read" ? [event.asked, event.selector] : [event.name, ...[event.labels].flat()];
  const numbers = event.type === "artifact.read" ? [] : [event.files, event.sizeBytes, event.attempt];
  const kinds = event.type === "artifact.read" ? [] : [event.kind ?? ""];
  return (
    /^[0-9a-f]{64}$/.test(event.sha256) &&
    [...texts, ...kinds].every((text) => typeof text === "string") &&
    numbers.every(isCount) &&
    (event.type === "artifact.read" || Array.isArray(event.labels))
  );
}

function isModelCall(model: ModelCall): boolean {
  if (typeof model !== "object" || model === null) return false;
  const { usage = {}, cost = 0, ms, number, requests } = model;
  const texts = [model.model, model.provider, model.modelId, model.identity, model.outcome, model.asked ?? ""];
  const tokens = typeof usage === "object" && usage !== null ? Object.values(usage) : [Number.NaN];
  const numbers = [cost, ms, number, requests, ...tokens];
  return texts.every((text) => typeof text === "string") && numbers.every((one) => Number.isFinite(one) && one >= 0);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isItem(value: unknown): boolean {
  return isCount(value) && value < MAX_ITEMS_PER_CALL;
}

export function damagedLog(runId: RunId, seq: number, reason: string): WorkgraphError {
  return new WorkgraphError("WG4066", `the log of run "${runId}" cannot be believed at event ${seq}: ${reason}`, {
    hint: "nothing was imported; export the run again where it was recorded",
    details: { runId, seq },
  });
}
