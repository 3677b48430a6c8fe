/**
 * The graph breaks of a workflow: where its function waits, for what, and what that cost in a run.
 *
 * R1. Of a run, its function is replayed over its own log, so every await is known with its place. Without a run the source tells
 *     where it may wait.
 * R2. Breaks are numbered in the order of the source, one number per place, however often it was passed.
 * R3. What the workflow's own function returns is no break: nothing follows it.
 */
import { overlapOf, type BreakCost, type BreakPassed } from "../../analysis/overlap.ts";
import type { RunId } from "../../model/ids.ts";
import type { PassedAwait } from "../../model/trace-report.ts";
import type { SourceSite } from "../../model/workgraph-error.ts";
import type { StoredEvent } from "../../model/events.ts";
import type { EventStore } from "../../store/store.ts";
import type { Branch } from "../../version/call-sites.ts";
import type { BreakKind, StaticBreak } from "../../version/static-breaks.ts";
import { findRun } from "../find-run.ts";
import { shownNotes, type NoteEntry } from "../run-notes.ts";
import type { AwaitsAsked } from "../trace-messages.ts";
import { askTraced, TRACE_LIMIT_MS } from "../traced-process.ts";
import type { Workspace } from "../workspace.ts";

export interface ExplainWorkflowInput {
  /** A run, or `file.ts`, `file.ts#export` or a registered name: then the newest run of the code as it is now. */
  readonly target: string;
  /** Folder that a path is relative to. */
  readonly from: string;
  readonly limitMs?: number;
}

export interface BreakEntry {
  /** From 1. */
  readonly no: number;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly kind: BreakKind;
  /** Source text of what is awaited. */
  readonly awaited?: string;
  /** Nodes and combinators that were awaited; of a break that was not passed what the source says. */
  readonly nodes: readonly string[];
  /** "unknown": the source does not say whether a handle is awaited here, and no run passed it. */
  readonly certainty: "handle" | "unknown";
  readonly functionName?: string;
  readonly branches: readonly Branch[];
  /** In the run; absent without one. */
  readonly passed?: number;
  readonly items?: number;
  /** Ms of work that could have overlapped and did not; see docs/authoring.md. */
  readonly overlapMs?: number;
  /** Ms from the first item to the delivery. */
  readonly spreadMs?: number;
}

export interface ExplainWorkflowOutput {
  readonly label: "observed" | "static";
  readonly workflow: string;
  readonly version: string;
  readonly run?: RunId;
  readonly breaks: readonly BreakEntry[];
  /** Ms; every moment once. Absent without a run. */
  readonly overlapMs?: number;
  /** Calls made after the function was woken by something the run does not track: their cause is unknown. */
  readonly untracked: readonly { readonly call: number; readonly node: string; readonly site?: SourceSite }[];
  /** The replay asked for something else than is recorded: awaits after that are missing. */
  readonly diverged?: string;
  /** Of the run and its code, newest first; absent where there are none. */
  readonly notes?: readonly NoteEntry[];
}

export async function explainWorkflow(
  workspace: Workspace,
  input: ExplainWorkflowInput,
): Promise<ExplainWorkflowOutput> {
  const { project, store } = workspace;
  const of = await subjectOf(workspace, input);
  const answer = await askTraced({
    kind: "awaits",
    limitMs: input.limitMs ?? TRACE_LIMIT_MS,
    root: project.root,
    data: project.dataDir,
    of,
  });
  const { workflow, version, source, run, replayed } = answer;
  const places = source.breaks.filter((one) => one.returned !== true);
  if (run === undefined || replayed === undefined) {
    const breaks = places.map((one, index) => entryOf(one, index + 1));
    return { label: "static", workflow, version, breaks, untracked: [] };
  }
  const events = await eventsOf(store, run);
  const passes = passesOf(replayed.awaits, source.breaks);
  const { breaks, overlapMs } = costed(places, passes, events);
  return {
    label: "observed",
    workflow,
    version,
    run,
    breaks,
    overlapMs,
    untracked: untrackedIn(events),
    ...(replayed.diverged === undefined ? {} : { diverged: replayed.diverged }),
    ...(await notesOn(store, run)),
  };
}

async function notesOn(store: Workspace["store"], runId: RunId): Promise<{ readonly notes?: readonly NoteEntry[] }> {
  const run = await store.run(runId);
  return run === undefined ? {} : shownNotes(store, { run });
}

/** Ids of runs begin with a digit, names of workflows with a letter. */
async function subjectOf({ store }: Workspace, { target, from }: ExplainWorkflowInput): Promise<AwaitsAsked["of"]> {
  if (target === "latest" || /^[0-9][0-9A-Za-z]*(\.[0-9]+)*$/.test(target)) {
    return { run: (await findRun(store, target)).run.runId };
  }
  return { target, from };
}

/** One time that one place was passed. */
interface Pass {
  readonly place: StaticBreak | undefined;
  readonly awaits: readonly PassedAwait[];
}

/** Members of a `Promise.all` are awaited at one place in one segment: they are one pass. */
function passesOf(awaits: readonly PassedAwait[], breaks: readonly StaticBreak[]): readonly Pass[] {
  const passes = new Map<string, Pass & { readonly awaits: PassedAwait[] }>();
  for (const [index, one] of awaits.entries()) {
    const place = one.place === undefined ? undefined : breaks[one.place];
    const isTogether = place?.kind.startsWith("Promise.") === true;
    const key = isTogether ? `${breaks.indexOf(place)} ${one.asked}` : `#${index}`;
    const pass = passes.get(key);
    if (pass) pass.awaits.push(one);
    else passes.set(key, { place, awaits: [one] });
  }
  return [...passes.values()];
}

function costed(
  places: readonly StaticBreak[],
  passes: readonly Pass[],
  events: readonly StoredEvent[],
): { readonly breaks: readonly BreakEntry[]; readonly overlapMs: number } {
  const observed = passes.filter(({ place }) => place?.returned !== true);
  const { breaks: costs, totalMs } = overlapOf(events, observed.map(passedOf));
  const perPlace = new Map<string, { place: Place; costs: BreakCost[]; nodes: Set<string> }>();
  for (const place of places) perPlace.set(keyOf(place), { place, costs: [], nodes: new Set() });
  for (const [index, pass] of observed.entries()) {
    const place = pass.place ?? adHoc(pass.awaits[0]!);
    const entry = perPlace.get(keyOf(place)) ?? { place, costs: [], nodes: new Set<string>() };
    perPlace.set(keyOf(place), entry);
    entry.costs.push(costs[index]!);
    for (const { node } of pass.awaits) entry.nodes.add(node);
  }
  // An await of a helper that awaited by itself, or of nothing the run knows: no handle was awaited there.
  const breaksHere = [...perPlace.values()].filter(
    ({ place, costs: each }) => each.length > 0 || place.certainty === "handle",
  );
  const ordered = breaksHere.toSorted(
    (a, b) =>
      a.place.path.localeCompare(b.place.path) || a.place.line - b.place.line || a.place.column - b.place.column,
  );
  const sum = (all: readonly BreakCost[], field: "items" | "overlapMs" | "spreadMs"): number =>
    all.reduce((total, cost) => total + cost[field], 0);
  const breaks = ordered.map(({ place, costs: each, nodes }, index) => ({
    ...entryOf(place, index + 1),
    ...(nodes.size > 0 ? { nodes: [...nodes], certainty: "handle" as const } : {}),
    passed: each.length,
    items: sum(each, "items"),
    overlapMs: sum(each, "overlapMs"),
    spreadMs: sum(each, "spreadMs"),
  }));
  return { breaks, overlapMs: totalMs };
}

/** A `for await` gets each item as it comes: it opens a segment per item, and waits for no other. */
function passedOf({ place, awaits }: Pass): BreakPassed {
  const calls = [...new Set(awaits.map((one) => one.call))];
  if (awaits.some((one) => one.by === "for await")) return { calls, segment: -1 };
  const opened = awaits.flatMap((one) => one.segments);
  const isFirst = place?.kind === "Promise.race" || place?.kind === "Promise.any";
  return { calls, segment: opened.length === 0 ? -1 : isFirst ? Math.min(...opened) : Math.max(...opened) };
}

type Place = Omit<StaticBreak, "range" | "awaited"> & { readonly awaited?: string };

/** An await where the source shows none: a `then` of the author's, code that makes code. */
function adHoc({ site, by, node }: PassedAwait): Place {
  return {
    path: site?.file ?? "",
    line: site?.line ?? 0,
    column: site?.column ?? 0,
    kind: by === "then" ? "await" : by,
    node,
    certainty: "handle",
    functionName: site?.functionName,
    branches: [],
  };
}

const keyOf = ({ path, line, column }: Place): string => `${path}:${line}:${column}`;

function entryOf(place: Place, no: number): BreakEntry {
  const { path, line, column, kind, awaited, node, certainty, functionName, branches } = place;
  return {
    no,
    file: path,
    line,
    column,
    kind,
    ...(awaited === undefined ? {} : { awaited }),
    nodes: node === undefined ? [] : node.split(", "),
    certainty,
    ...(functionName === undefined ? {} : { functionName }),
    branches,
  };
}

function untrackedIn(events: readonly StoredEvent[]): ExplainWorkflowOutput["untracked"] {
  return events.flatMap(({ event }) =>
    event.type === "call.created" && event.untracked === true
      ? [{ call: event.call, node: event.node, ...(event.site ? { site: event.site } : {}) }]
      : [],
  );
}

const PAGE = 5_000;

async function eventsOf(store: EventStore, run: RunId): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (let after = 0; ;) {
    const page = await store.events(run, { after, limit: PAGE, values: "none" });
    events.push(...page);
    if (page.length < PAGE) return events;
    after = page.at(-1)!.seq;
  }
}
