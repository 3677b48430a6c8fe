/**
 * A run that ended, as a test reads it.
 *
 * Owns: what was asked of nodes, what became of items, and how the run reads as a graph. Everything is at hand: nothing here waits.
 *
 * R1. Absence is said: asking for the output of a run that has none, or for a node that nobody knows, is an error.
 */
import { nearestName } from "../base/nearest-name.ts";
import type { NodeFunction } from "../define/node.ts";
import type { Ports } from "../define/ports.ts";
import { decode } from "../model/codec.ts";
import type { DivergenceReport } from "../model/divergence-report.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import type { StoredEvent } from "../model/events.ts";
import { foldGraph, type Graph } from "../model/graph.ts";
import { graphText } from "../model/graph-text.ts";
import { formatAddress, type CallNo, type ItemNo, type RunId } from "../model/ids.ts";
import type { ItemStatus, RunStatus } from "../model/status.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { ArtifactRow, Store, StoredLogLine } from "../store/store.ts";
import type { ModelQuestion } from "./scripted-models.ts";
import type { NodeAttempt } from "./scripted-engine.ts";

/** The attempts of one node, in the order in which they started; retries are attempts of their own. */
export interface NodeAttempts<Input = unknown, Result = unknown> {
  readonly count: number;
  readonly inputs: readonly Input[];
  /** Of attempts that gave one, in order. */
  readonly results: readonly Result[];
  readonly last: NodeAttempt<Input, Result> | undefined;
  readonly all: readonly NodeAttempt<Input, Result>[];
}

/** What models were asked. */
export interface Prompts {
  readonly count: number;
  /** Text of the last message of the user, of each. */
  readonly texts: readonly string[];
  readonly last: ModelQuestion | undefined;
  readonly all: readonly ModelQuestion[];
}

/** What became of one item. */
export interface TestItem {
  /** `RUN.CALL.ITEM` */
  readonly address: string;
  readonly call: CallNo;
  readonly item: ItemNo;
  /** Where it came from; undefined when no attempt was made (a combinator, a skipped item). */
  readonly path: string | undefined;
  readonly status: ItemStatus;
  readonly attempts: number;
  /** Its result, or undefined. Of a `many` node the list. */
  readonly value: unknown;
  readonly error: ErrorRecord | undefined;
}

/** A line that a node wrote: `ctx.log`, `ctx.progress`, `ctx.stream`. */
export interface TestLogLine {
  readonly node: string;
  readonly item: ItemNo;
  readonly attempt: number;
  readonly level: StoredLogLine["level"];
  readonly text: string;
  readonly fields: unknown;
}

/** A node, or its id. */
export type NodeName = string | { readonly id: string };

export interface TestRunParts {
  readonly runId: RunId;
  readonly workflow: string;
  readonly status: RunStatus;
  readonly output: { readonly value: unknown } | undefined;
  readonly error: ErrorRecord | undefined;
  readonly diverged: DivergenceReport | undefined;
  readonly elapsedMs: number;
  readonly events: readonly StoredEvent[];
  readonly logs: readonly TestLogLine[];
  readonly items: readonly (TestItem & { readonly node: string })[];
  readonly graph: Graph;
  readonly attempts: readonly NodeAttempt[];
  readonly questions: readonly ModelQuestion[];
  readonly artifacts: readonly ArtifactRow[];
  readonly children: readonly TestRun<unknown>[];
  readonly scratchpad: ReadonlyMap<string, unknown>;
  /** Ids that scripts are for. */
  readonly scripted: readonly string[];
  readonly store: Store;
}

export class TestRun<Output = unknown> {
  readonly runId: RunId;
  readonly workflow: string;
  readonly status: RunStatus;
  /** Why the run failed; undefined when it did not. */
  readonly error: ErrorRecord | undefined;
  /** Of a run that diverged from its own log: the function depends on something that does not repeat. */
  readonly diverged: DivergenceReport | undefined;
  /** Ms on the run's clock from start to end. */
  readonly elapsedMs: number;
  /** The whole event log; values up to 16 KB stand in it, longer ones by hash. */
  readonly events: readonly StoredEvent[];
  /** What nodes wrote beside the log, oldest first. */
  readonly logs: readonly TestLogLine[];
  /** Folders that nodes published. */
  readonly artifacts: readonly ArtifactRow[];
  /** Child runs, in the order in which they were made. */
  readonly children: readonly TestRun<unknown>[];
  /** Every call as a vertex, with its edges. */
  readonly graph: Graph;
  /** The store that the run is in; it ends with the process. */
  readonly store: Store;
  readonly #parts: TestRunParts;

  constructor(parts: TestRunParts) {
    this.#parts = parts;
    this.runId = parts.runId;
    this.workflow = parts.workflow;
    this.status = parts.status;
    this.error = parts.error;
    this.diverged = parts.diverged;
    this.elapsedMs = parts.elapsedMs;
    this.events = parts.events;
    this.logs = parts.logs;
    this.artifacts = parts.artifacts;
    this.children = parts.children;
    this.graph = parts.graph;
    this.store = parts.store;
  }

  /** What the workflow returned. @throws WorkgraphError WG1152 with the run's error, when it returned nothing */
  get output(): Output {
    const { output } = this.#parts;
    if (output) return output.value as Output;
    const why = this.error ? `: ${this.error.name}: ${this.error.message}` : "";
    throw new WorkgraphError("WG1152", `the run of "${this.workflow}" is ${this.status} and has no output${why}`, {
      hint: "look at status and error first, or let what fails succeed",
      details: this.error === undefined ? {} : { error: this.error },
    });
  }

  /**
   * The attempts that were made of a node, in this run and its child runs.
   *
   * @param node the node itself, which types its inputs, or an id.
   * @throws WorkgraphError WG1151 for an id that was neither called nor scripted. The node itself may have been called never.
   * @example
   * expect(run.attempts(fetchPage).count).toBe(3);
   * expect(run.attempts(fetchPage).inputs).toEqual([{ url: "a" }, { url: "b" }, { url: "b" }]);
   */
  attempts<Input extends object, Result, P extends Ports>(
    node: NodeFunction<Input, Result, P>,
  ): NodeAttempts<Input, P["many"] extends true ? Result[] : Result>;
  attempts(node: NodeName): NodeAttempts;
  attempts(node: NodeName): NodeAttempts {
    const id = this.#known(node);
    const all = this.#parts.attempts.filter((attempt) => attempt.node === id);
    return {
      count: all.length,
      inputs: all.map(({ input }): unknown => input),
      results: all.filter((attempt) => "result" in attempt).map(({ result }): unknown => result),
      last: all.at(-1),
      all,
    };
  }

  /**
   * What models were asked, in this run and its child runs: one question for each request, corrections and retries included.
   *
   * @param of the node that asked, its id, or the name of a model; left out: all of them.
   * @throws as `attempts`
   */
  prompts(of?: NodeName): Prompts {
    const models = this.#parts.questions.map(({ model }) => model);
    const name = of === undefined ? undefined : this.#known(of, models);
    const all = this.#parts.questions.filter(
      ({ node, model }) => name === undefined || node === name || model === name,
    );
    return { count: all.length, texts: all.map(({ prompt }) => prompt), last: all.at(-1), all };
  }

  /** What became of the items of a node in this run (not of its child runs), calls in order. @throws as `attempts` */
  items(node: NodeName): readonly TestItem[] {
    const id = this.#known(node);
    return this.#parts.items.filter((item) => item.node === id);
  }

  /** The text that a node gave to `ctx.stream`, of all its items one after the other. @throws as `attempts` */
  streamed(node: NodeName): string {
    const id = this.#known(node);
    const lines = this.logs.filter((line) => line.node === id && line.level === "stream");
    return lines
      .toSorted((a, b) => a.item - b.item)
      .map(({ text }) => text)
      .join("");
  }

  /** What the scratchpad held at the end, of keys that the test seeded; of others ask `store.scratchpad`. */
  scratchpad(key: string): unknown {
    return this.#parts.scratchpad.get(key);
  }

  /** The graph as lines of text, every call a line: to be compared with a text that is kept (`expectFile`). */
  get graphText(): string {
    return graphText(this.graph, "text");
  }

  /** The graph with one line per call site, loops told. */
  get foldedGraphText(): string {
    return graphText(foldGraph(this.graph), "text");
  }

  /** R1. */
  #known(node: NodeName, more: readonly string[] = []): string {
    if (typeof node !== "string") return node.id;
    const known = new Set([...this.#parts.scripted, ...more, ...this.graph.calls.map((call) => call.node)]);
    for (const attempt of this.#parts.attempts) known.add(attempt.node);
    if (known.has(node)) return node;
    throw unknownNode(node, known);
  }
}

export function unknownNode(node: string, known: Iterable<string>): WorkgraphError {
  const near = nearestName(node, [...known]);
  return new WorkgraphError(
    "WG1151",
    `nothing of the name "${node}" was called or scripted${near === undefined ? "" : `; did you mean "${near}"?`}`,
    { hint: "to ask about a node that may not have been called, pass the node itself in place of its id" },
  );
}

const PAGE = 5000;
const MAX_ROWS = 10_000;

export interface ReadParts extends Pick<
  TestRunParts,
  "runId" | "status" | "error" | "diverged" | "store" | "scripted" | "attempts" | "questions"
> {
  readonly output: string | undefined;
  readonly graph: Graph;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly scratchpadKeys: readonly string[];
}

/** Reads what the store has of a run. */
export async function testRun<Output>(of: ReadParts, children: readonly TestRun<unknown>[]): Promise<TestRun<Output>> {
  const { store, runId } = of;
  const row = (await store.run(runId))!;
  const events: StoredEvent[] = [];
  for (let page: readonly StoredEvent[] = []; events.length === 0 || page.length === PAGE; events.push(...page))
    page = await store.events(runId, { after: events.length, limit: PAGE, values: "inline" });
  const nodes = new Map((await store.calls(runId)).map(({ call, event }) => [call, event.node]));
  const scratchpad = new Map<string, unknown>();
  for (const key of of.scratchpadKeys) {
    const entry = await store.scratchpad.get(runId, key);
    if (entry) scratchpad.set(key, decode(entry.value));
  }
  return new TestRun<Output>({
    ...of,
    workflow: row.workflow,
    output: of.output === undefined ? undefined : { value: decode(of.output) },
    elapsedMs: of.endedAt - of.startedAt,
    events,
    logs: (await store.logs(runId, { limit: MAX_ROWS })).map((line) => ({
      node: nodes.get(line.call) ?? "",
      item: line.item,
      attempt: line.attempt,
      level: line.level,
      text: line.text,
      fields: line.fields === undefined ? undefined : decode(line.fields),
    })),
    items: await itemsOf(of, nodes),
    artifacts: (await store.artifacts({ runId, limit: 1000 })).artifacts,
    children,
    scratchpad,
  });
}

async function itemsOf(
  { store, runId, attempts }: ReadParts,
  nodes: ReadonlyMap<CallNo, string>,
): Promise<TestRunParts["items"]> {
  const { items: rows } = await store.items(runId, { limit: MAX_ROWS });
  const paths = new Map(
    attempts.filter(({ run }) => run === runId).map((one) => [`${one.call}.${one.item}`, one.path]),
  );
  const errors = new Map(
    (await store.errors(runId, { limit: MAX_ROWS })).map((row) => [`${row.call}.${row.item}`, row]),
  );
  const items: TestRunParts["items"][number][] = [];
  for (const { call, item, status, attempts: made, size } of rows) {
    const key = `${call}.${item}`;
    const error = errors.get(key);
    items.push({
      address: formatAddress(runId, call, item),
      node: nodes.get(call) ?? "",
      call,
      item,
      path: paths.get(key),
      status,
      attempts: made,
      value: status === "completed" ? await valueOf(store, runId, { call, item, size }) : undefined,
      error: error?.final === true ? error.error : undefined,
    });
  }
  return items;
}

async function valueOf(
  store: Store,
  runId: RunId,
  { call, item, size }: { readonly call: CallNo; readonly item: ItemNo; readonly size: number | undefined },
): Promise<unknown> {
  if (size === undefined) {
    const [text] = await store.values(runId, [{ call, item }]);
    return text === undefined ? undefined : decode(text);
  }
  const { values } = await store.list(runId, { call, item }, { first: 0, count: size });
  return values.map((text) => decode(text));
}
