/**
 * A recorded run as one JSON document that a test keeps: input, answers, end, and the log they stand in.
 *
 * Owns: what goes into the document, and taking it into a store again. Leaves to testing/: running a workflow against it.
 *
 * R1. Values stand in it as the codec encodes them, which for plain data is the data itself: it can be read, and reviewed.
 * R2. A digest over all of it tells an answer that was edited by hand from one that was recorded (WG1156).
 * R3. It holds one run. What a child run came to is an answer of its parent's log; the child is a fixture of its own.
 * R4. Logs, progress and streamed text are not in it; artifacts by name and hash only.
 */
import { sha256Hex } from "../base/hash.ts";
import type { RunEvent } from "../model/events.ts";
import type { CallNo, ItemNo, RunId } from "../model/ids.ts";
import type { RunStatus } from "../model/status.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { CHAIN_START, chainHash } from "./chain.ts";
import { eventText, INLINE_UNITS } from "./log-line.ts";
import type { ListChunk, RunRow, Store } from "./store.ts";

export const FIXTURE_FORMAT = "workgraph-fixture";
export const FIXTURE_SCHEMA = 1;

/** An event with the value that belongs to it. */
export interface FixtureEvent {
  readonly event: RunEvent;
  readonly value?: unknown;
}

/** Elements of a `many` result, or of a plain array that was mapped (negative `call`). */
export interface FixtureList {
  readonly call: number;
  readonly item: ItemNo;
  readonly values: readonly unknown[];
  readonly keys?: readonly string[];
}

/** A run as `workgraph fixture` writes it. */
export interface RunFixture {
  readonly format: typeof FIXTURE_FORMAT;
  readonly schema: typeof FIXTURE_SCHEMA;
  readonly run: RunId;
  readonly workflow: string;
  /** Closure hash of the code that ran, or "unversioned". */
  readonly version: string;
  readonly status: RunStatus;
  /** Chance and first time (epoch ms) of the workflow function. */
  readonly seed: string;
  readonly clock: number;
  readonly input: unknown;
  /** Absent when the run failed. */
  readonly output?: unknown;
  readonly events: readonly FixtureEvent[];
  readonly lists: readonly FixtureList[];
  /** sha256 of all of the above. */
  readonly digest: string;
}

const ENDED: readonly RunStatus[] = ["completed", "completed_partial", "failed"];
const PAGE = 1000;

/** @throws WorkgraphError WG1157 for a run that has not ended by itself, or was forgotten */
export async function fixtureOf(store: Store, row: RunRow): Promise<RunFixture> {
  refuseUnfit(row);
  const { runId, workflow, version, status } = row;
  const events: FixtureEvent[] = [];
  const lists = new Map<string, readonly [call: CallNo, item: ItemNo]>();
  let began = { seed: "", clock: row.createdAt };
  for (let after = 0; after < row.seq; after = events.length) {
    for (const { event, seq, value, blob } of await store.events(runId, { after, limit: PAGE, values: "inline" })) {
      const text = blob === undefined ? value : await store.eventValue(runId, seq);
      events.push({ event, ...(text === undefined ? {} : { value: JSON.parse(text) as unknown }) });
      const list = listOf(event);
      if (list) lists.set(list.join("/"), list);
      if (event.type === "run.started") began = { seed: event.seed, clock: event.clock };
    }
  }
  const last = events.at(-1)!;
  const content = {
    format: FIXTURE_FORMAT,
    schema: FIXTURE_SCHEMA,
    run: runId,
    workflow,
    version,
    status,
    ...began,
    input: events[0]!.value,
    ...(last.event.type === "run.completed" ? { output: last.value } : {}),
    events,
    lists: await Promise.all([...lists.values()].map(([call, item]) => readList(store, { runId, call, item }))),
  } as const;
  return { ...content, digest: digestOf(content) };
}

function refuseUnfit({ runId, status, forgottenAt }: RunRow): void {
  if (ENDED.includes(status) && forgottenAt === undefined) return;
  const what = forgottenAt === undefined ? `is ${status}` : "was forgotten";
  throw new WorkgraphError("WG1157", `run ${runId} ${what}: a fixture is made of a run that completed or failed`, {
    hint: "go on with the run, or take another one",
  });
}

function listOf(event: RunEvent): readonly [call: CallNo, item: ItemNo] | undefined {
  if (event.type === "list.recorded") return [event.list, 0];
  if (event.type === "item.yielded") return [event.call, event.item];
  return event.type === "item.completed" && event.size !== undefined ? [event.call, event.item] : undefined;
}

async function readList(
  store: Store,
  { runId, call, item }: { readonly runId: RunId; readonly call: CallNo; readonly item: ItemNo },
): Promise<FixtureList> {
  const texts: string[] = [];
  const keys: string[] = [];
  for (let more = true; more;) {
    const part = await store.list(runId, { call, item }, { first: texts.length, count: PAGE });
    texts.push(...part.values);
    keys.push(...(part.keys ?? []));
    more = part.values.length === PAGE;
  }
  const values = texts.map((text) => JSON.parse(text) as unknown);
  return { call, item, values, ...(keys.length > 0 ? { keys } : {}) };
}

/** R2. */
function digestOf(content: Omit<RunFixture, "digest">): string {
  return sha256Hex(JSON.stringify(content));
}

/** @param name of the file, for messages. @throws WorkgraphError WG1156 */
export function parseFixture(text: string, name: string): RunFixture {
  const refuse = (what: string, hint: string): WorkgraphError =>
    new WorkgraphError("WG1156", `the fixture "${name}" ${what}`, { hint });
  const write = "write it anew: workgraph fixture RUN FILE";
  let read: Partial<RunFixture>;
  try {
    read = JSON.parse(text) as Partial<RunFixture>;
  } catch {
    throw refuse("is no JSON", write);
  }
  if (read === null || read.format !== FIXTURE_FORMAT || !Array.isArray(read.events) || !Array.isArray(read.lists))
    throw refuse("is no recorded run", write);
  if (read.schema !== FIXTURE_SCHEMA) throw refuse(`has schema ${String(read.schema)}, this release reads 1`, write);
  const { digest, ...content } = read as RunFixture;
  if (digestOf(content) !== digest)
    throw refuse(
      "was edited after it was recorded: its digest does not match",
      `${write}, or script what you would change`,
    );
  return read as RunFixture;
}

/** Puts the run into a store, under its own id, owned by nobody. */
export async function takeInFixture(store: Store, fixture: RunFixture): Promise<void> {
  const { run: runId, workflow, version, events } = fixture;
  const lines: string[] = [];
  for (const { event, value } of events) {
    const text = value === undefined ? undefined : JSON.stringify(value);
    const long = text !== undefined && text.length > INLINE_UNITS;
    const payload = long ? `#${await store.putBlob(Buffer.from(text, "utf8"))}` : text;
    lines.push(payload === undefined ? eventText(event) : `${eventText(event)}\t${payload}`);
  }
  const body = lines.join("\n");
  const created = events[0]?.event;
  const tags = created?.type === "run.created" ? created.tags : {};
  await store.importRun({
    run: {
      runId,
      workflow,
      version,
      project: "default",
      tags,
      caller: { kind: "fixture", id: "local" },
      createdAt: created?.at ?? fixture.clock,
    },
    blocks: [{ first: 1, n: lines.length, previous: CHAIN_START, hash: chainHash(CHAIN_START, body), body }],
    lists: fixture.lists.map(({ call, item, values, keys }): ListChunk => ({
      call,
      item,
      first: 0,
      values: values.map((value) => JSON.stringify(value)),
      ...(keys ? { keys } : {}),
    })),
    logs: [],
  });
}
