/**
 * What would a workflow do? Its function is called on symbolic handles, once for each choice that leads somewhere else.
 *
 * Owns: the input of a trace, and the tree of choices. Leaves to symbolic-run.ts: one trace; to app: showing them together.
 *
 * R1. No node executes and nothing is written: a trace runs over a store in memory.
 * R2. Choices are followed breadth first, so that what is left when there are too many lies deepest; how many are left is told.
 * R3. A run that executed this very version is replayed exactly, by its own log; of another version, results are taken as far as its
 *     calls are the same.
 */
import { relative, sep } from "node:path";
import { assert } from "../base/assert.ts";
import { encode, decode } from "../model/codec.ts";
import type { Project } from "../model/config.ts";
import type { TracedCall, TracedWorkflow, TraceInput, TraceSample } from "../model/trace-report.ts";
import { isWorkgraphError, WorkgraphError, type SourceSite } from "../model/workgraph-error.ts";
import { nearestName } from "../base/nearest-name.ts";
import { resumeRun, startRun, type RunEnvironment } from "../runtime/start.ts";
import type { Run } from "../runtime/run.ts";
import type { RunRow, Store } from "../store/store.ts";
import { openMemoryStore } from "../store/memory/memory-store.ts";
import type { Asked } from "../trace/await-observer.ts";
import { originalSite } from "../trace/site.ts";
import { mapStack } from "../version/origin.ts";
import { jsonSchemaOf as schemaOfSignature } from "../version/signature.ts";
import { jsonSchemaOf, isStandardSchema } from "../define/schema.ts";
import { exampleOf } from "./finite-choices.ts";
import { readInput } from "./input.ts";
import { beforeItsEnd } from "./overlay-store.ts";
import { RecordedAnswers } from "./recorded-answers.ts";
import { SymbolicClock } from "./symbolic-clock.ts";
import { symbolicRun, type CallCreated, type SymbolicOutcome } from "./symbolic-run.ts";
import type { TracedCode } from "./traced-code.ts";

export interface TraceRequest {
  readonly code: TracedCode;
  readonly project: Project;
  /** Where the run of `from` is; undefined where there is no store yet. */
  readonly store: Store | undefined;
  readonly input?: unknown;
  /** Parameters as text. */
  readonly args?: Readonly<Record<string, string>>;
  /** A run whose results are given. */
  readonly from?: RunRow;
  /** Sample results by node id. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Traces put together; choices beyond are counted, not followed. */
const MAX_SAMPLES = 24;
/** Calls that one trace may make. */
const MAX_CALLS = 2_000;
/** A time that has nothing to do with when somebody traces: two traces of one version are equal. */
const TRACE_TIME = Date.UTC(2026, 0, 1);

export async function traceWorkflow(request: TraceRequest): Promise<TracedWorkflow> {
  const { code, from } = request;
  const input = await inputOf(request);
  const source = from && request.store ? await sourceRun(request, from) : undefined;
  const samples: TraceSample[] = [];
  const open: (readonly number[])[] = [[]];
  let notFollowed = 0;
  let last: SymbolicOutcome | undefined;
  while (open.length > 0 && samples.length < MAX_SAMPLES) {
    const decisions = open.shift()!;
    const outcome = await oneTrace(request, { input: input.text, decisions, source });
    last = outcome;
    if (outcome.end !== "chooses") samples.push(sampleOf(outcome, code));
    else {
      notFollowed += outcome.leftOut;
      for (let choice = 0; choice < outcome.choices; choice++) open.push([...decisions, choice]);
    }
  }
  requireKnownNodes(request, samples);
  const unmatched = last && source ? source.unmatched(last.calls) : 0;
  return {
    workflow: code.definition.name,
    version: code.version,
    path: code.path,
    input: { from: input.from, value: input.value },
    samples,
    notFollowed: notFollowed + open.length,
    ...(from && source ? { from: { run: from.runId, match: source.match, unmatched } } : {}),
  };
}

interface SourceRun {
  readonly match: "exact" | "by call";
  readonly begin?: (definition: TracedCode["definition"], environment: RunEnvironment) => Promise<Run>;
  readonly store?: ReturnType<typeof beforeItsEnd>;
  readonly recorded?: readonly CallCreated[];
  readonly answers?: RecordedAnswers;
  readonly chance: { readonly seed: string; readonly clock: number };
  unmatched(calls: readonly CallCreated[]): number;
}

/** R3. */
async function sourceRun({ code, store, input, args }: TraceRequest, from: RunRow): Promise<SourceRun> {
  assert(store !== undefined, "a run comes from a store");
  const chance = await chanceOf(store, from.runId);
  const hasOwnInput = input === undefined && args === undefined;
  if (from.version === code.version && hasOwnInput && chance) {
    const held = beforeItsEnd(store, await endOf(store, from));
    const rows = await store.calls(from.runId);
    return {
      match: "exact",
      store: held,
      begin: (definition, environment) => resumeRun(definition, from.runId, environment),
      recorded: rows.filter((row) => !row.superseded).map((row) => row.event),
      chance,
      unmatched: () => 0,
    };
  }
  const answers = await RecordedAnswers.of(store, from.runId);
  return {
    match: "by call",
    answers,
    chance: chance ?? { seed: "trace", clock: TRACE_TIME },
    unmatched: (calls) => answers.unmatched(calls.map((call) => call.identity)),
  };
}

/** Seed and first time of a run; undefined when it never started. */
export async function chanceOf(
  store: Store,
  runId: string,
): Promise<{ readonly seed: string; readonly clock: number } | undefined> {
  for (const { event } of await store.events(runId, { limit: FIRST_EVENTS, values: "none" }))
    if (event.type === "run.started") return { seed: event.seed, clock: event.clock };
  return undefined;
}

/** Among which the start of a run is, if it was started. */
const FIRST_EVENTS = 10;

/** The last seq before what ended a run. */
export async function endOf(store: Store, row: RunRow): Promise<{ readonly seq: number; readonly epoch: number }> {
  const from = Math.max(0, row.seq - 3);
  const tail = await store.events(row.runId, { after: from, values: "none" });
  let { seq } = row;
  for (const { event, seq: at } of tail.toReversed()) {
    if (!/^run\.(completed|failed|cancelled|cancelling|diverged|paused)$/.test(event.type)) break;
    seq = at - 1;
  }
  return { seq, epoch: row.epoch };
}

async function oneTrace(
  request: TraceRequest,
  of: { readonly input: string; readonly decisions: readonly number[]; readonly source: SourceRun | undefined },
): Promise<SymbolicOutcome> {
  const { code, values } = request;
  const { input, decisions, source } = of;
  const chance = source?.chance ?? { seed: "trace", clock: TRACE_TIME };
  const store = source?.store ?? openMemoryStore();
  const begin = async (definition: TracedCode["definition"], environment: RunEnvironment): Promise<Run> => {
    const started = await startRun(definition, { version: code.version, input, chance }, environment);
    assert(started.created, "a store in memory knows no other run");
    return started.run;
  };
  const outcome = await symbolicRun({
    definition: code.definition,
    store,
    begin: source?.begin ?? begin,
    clock: new SymbolicClock(chance.clock),
    maxCalls: MAX_CALLS + (source?.recorded?.length ?? 0),
    ...(source?.answers ? { answers: source.answers } : {}),
    ...(values ? { values: new Map(Object.entries(values)) } : {}),
    decisions,
    mapStack,
    isReturn: ({ site }) => site !== undefined && code.places.find(site)?.returned === true,
  });
  if (source?.store === undefined) await store.close();
  return source?.recorded ? { ...outcome, calls: [...source.recorded, ...outcome.calls] } : outcome;
}

function sampleOf(outcome: SymbolicOutcome, code: TracedCode): TraceSample {
  const { end, error, returned, decisions, pending, calls } = outcome;
  assert(end !== "chooses", "a trace that has to choose is not one of the samples");
  const kindOf = new Map(calls.map((call) => [call.call, call.kind]));
  const place = (site: SourceSite): SourceSite => relativeSite(site, code.root);
  return {
    end,
    ...(returned.length === 0 ? {} : { returns: returned }),
    decisions: decisions.map(({ site, ...rest }) => ({ ...rest, ...(site ? { site: place(site) } : {}) })),
    stops: (end === "stopped" ? pending : []).map(({ asked, why }) => {
      const site = awaitSite(asked, code);
      return {
        ...(site ? { site } : {}),
        node: asked.target.node,
        kind: kindOf.get(asked.target.call) ?? "node",
        by: asked.by,
        why,
      };
    }),
    ...(error
      ? { error: { code: error.code, message: error.message, ...(error.site ? { site: place(error.site) } : {}) } }
      : {}),
    calls: calls.map((call) => tracedCall(call, place)),
  };
}

function tracedCall(call: CallCreated, place: (site: SourceSite) => SourceSite): TracedCall {
  const { kind, node, title, site, many, edges } = call;
  const { via } = call as { readonly via?: readonly SourceSite[] };
  return {
    call: call.call,
    kind,
    node,
    ...(title === undefined ? {} : { title }),
    ...(site ? { site: place(site) } : {}),
    ...(via ? { via: via.map(place) } : {}),
    many,
    edges,
  };
}

/** Where an await stands in the author's source. */
export function awaitSite({ site }: Asked, { places, root }: TracedCode): SourceSite | undefined {
  if (site === undefined) return undefined;
  const { functionName } = site;
  const place = places.find(site);
  if (place === undefined) return relativeSite(originalSite(site), root);
  const { path: file, line, column } = place;
  return { file, line, column, ...(functionName === undefined ? {} : { functionName }) };
}

export function relativeSite({ file, line, column, functionName }: SourceSite, root: string): SourceSite {
  const path = relative(root, file).split(sep).join("/");
  return { file: path, line, column, ...(functionName === undefined ? {} : { functionName }) };
}

// ---- the input

async function inputOf(
  request: TraceRequest,
): Promise<{ readonly from: TraceInput; readonly value: unknown; readonly text: string }> {
  const { code, store, input, args, from } = request;
  const { definition, signature } = code;
  const read = (given: unknown): Promise<unknown> =>
    readInput(definition, signature, { input: given, ...(args ? { args } : {}) });
  const made = (kind: TraceInput, value: unknown): { from: TraceInput; value: unknown; text: string } => ({
    from: kind,
    value,
    text: encode(value),
  });
  if (input !== undefined || args !== undefined) return made("given", await read(input));
  if (from && store) {
    const text = await store.eventValue(from.runId, 1);
    if (text !== undefined) return { from: "run", value: decode(text), text };
  }
  try {
    return made("none", await read(undefined));
  } catch (refusal) {
    if (!isWorkgraphError(refusal)) throw refusal;
    const example = await read(exampleInput(code)).catch(() => {
      throw refusal;
    });
    return made("example", example);
  }
}

/** A value of the right type for each required parameter. */
function exampleInput({ definition, signature }: TracedCode): unknown {
  const { input } = definition;
  if (isStandardSchema(input)) return exampleOf(jsonSchemaOf(input, "input") ?? {});
  if (input !== undefined) {
    const each = Object.entries(input as Readonly<Record<string, unknown>>);
    return Object.fromEntries(each.map(([name, schema]) => [name, exampleOf(jsonSchemaOf(schema, "input") ?? {})]));
  }
  return signature ? exampleOf(schemaOfSignature(signature)) : {};
}

function requireKnownNodes({ values = {} }: TraceRequest, samples: readonly TraceSample[]): void {
  const known = new Set(samples.flatMap((sample) => sample.calls.map((call) => call.node)));
  for (const name of Object.keys(values)) {
    if (known.has(name)) continue;
    const near = nearestName(name, [...known]);
    throw new WorkgraphError("WG3071", `a result is given for "${name}", which the trace never came to call`, {
      hint: near === undefined ? `It calls: ${[...known].join(", ") || "nothing"}.` : `Did you mean "${near}"?`,
    });
  }
}
