/** One run on one page: what it is, what it was given, its calls, its first errors, what it gave. */
import { systemClock } from "../../base/clock.ts";
import type { DivergenceReport, ReplayFinding } from "../../model/divergence-report.ts";
import type { CallKind } from "../../model/events.ts";
import type { CallNo } from "../../model/ids.ts";
import { formatAddress } from "../../model/ids.ts";
import { commandLine } from "../../model/command-line.ts";
import { isRunEnded, type CallStatus, type ItemCounts } from "../../model/status.ts";
import { WorkgraphError, type SourceSite } from "../../model/workgraph-error.ts";
import { callStatus, countsOf } from "../../store/run-graph.ts";
import type { CallRow, RunRow, Store } from "../../store/store.ts";
import {
  childEntry,
  newerRuns,
  rollUpOf,
  runsBelow,
  type ChildEntry,
  type NewerRun,
  type RollUp,
} from "../child-runs.ts";
import { findRun, unknownCall } from "../find-run.ts";
import { previewOf } from "../plain-json.ts";
import { shownNotes, type NoteEntry } from "../run-notes.ts";
import { summaryOf, type RunSummary } from "../run-summary.ts";
import type { Workspace } from "../workspace.ts";
import { errorEntries, type ErrorEntry } from "../error-entries.ts";
import { outputSeq } from "./read-output.ts";

export interface CallEntry {
  /** `RUN.CALL`. */
  readonly address: string;
  readonly call: CallNo;
  readonly node: string;
  readonly kind: CallKind;
  readonly title?: string;
  readonly site?: SourceSite;
  readonly status: CallStatus;
  readonly items: ItemCounts;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface ShowRunInput {
  readonly run: string;
  /** Calls shown at most; default 200. */
  readonly limit?: number;
}

export interface ShowRunOutput extends RunSummary {
  /** One line, cut. */
  readonly input?: string;
  readonly callList: readonly CallEntry[];
  readonly callsTruncated: boolean;
  readonly errors: readonly ErrorEntry[];
  readonly errorsTruncated: boolean;
  /** Its own child runs, by call and item, at most 100; absent where it has none. */
  readonly children?: readonly ChildEntry[];
  /** Of it and everything below it, live. */
  readonly rollUp?: RollUp;
  /** Runs made from it (rerun, forked) since, newest first. */
  readonly newer?: readonly NewerRun[];
  /** One line, cut. */
  readonly output?: string;
  /** Of a run that diverged. */
  readonly diverged?: DivergenceReport;
  /** What a replay of the function over its log found; no failure of the run. */
  readonly replay?: readonly ReplayFinding[];
  /** Of it and of its code, newest first, at most 20; absent where there are none. */
  readonly notes?: readonly NoteEntry[];
}

const PREVIEW_LENGTH = 300;
const SHOWN_ERRORS = 5;
const SHOWN_CHILDREN = 100;

export async function showRun(
  { store }: Workspace,
  { run: reference, limit = 200 }: ShowRunInput,
): Promise<ShowRunOutput> {
  const { run } = await findRun(store, reference);
  const rows = await store.calls(run.runId);
  const input = await store.eventValue(run.runId, 1);
  const seq = await outputSeq(store, run);
  const output = seq === undefined ? undefined : await store.eventValue(run.runId, seq);
  const newer = await newerRuns(store, run.runId);
  const errors = await errorEntries(store, run, { limit: SHOWN_ERRORS + 1, attempts: "final" });
  return {
    ...summaryOf(run, systemClock.now()),
    ...(input === undefined ? {} : { input: previewOf(input, PREVIEW_LENGTH) }),
    callList: rows.slice(0, limit).map((row) => callEntry(run, row)),
    callsTruncated: rows.length > limit,
    errors: errors.slice(0, SHOWN_ERRORS),
    errorsTruncated: errors.length > SHOWN_ERRORS,
    ...(rows.some((row) => row.event.kind === "subgraph") ? await childrenOf(store, run) : {}),
    ...(newer.length === 0 ? {} : { newer }),
    ...(output === undefined ? {} : { output: previewOf(output, PREVIEW_LENGTH) }),
    ...(await replayedOf(store, run)),
    ...(await shownNotes(store, { run })),
  };
}

/** What the last event of an ended run says of its function and its log. */
async function replayedOf(store: Workspace["store"], run: RunRow): Promise<Pick<ShowRunOutput, "diverged" | "replay">> {
  if (!isRunEnded(run.status)) return {};
  const [last] = await store.events(run.runId, { after: run.seq - 1, values: "none" });
  if (last?.event.type === "run.diverged") return { diverged: last.event.report };
  const isChecked = last?.event.type === "run.completed" || last?.event.type === "run.failed";
  return isChecked && last.event.replay ? { replay: last.event.replay } : {};
}

async function childrenOf(store: Store, run: RunRow): Promise<Pick<ShowRunOutput, "children" | "rollUp">> {
  const below = await runsBelow(store, run);
  const children: ChildEntry[] = [];
  for (const child of (below.get(run.runId) ?? []).slice(0, SHOWN_CHILDREN))
    children.push(await childEntry(store, run, child));
  return { children, rollUp: rollUpOf(run, below) };
}

export interface ShowCallOutput extends CallEntry {
  readonly runId: string;
  readonly inputs: CallRow["event"]["inputs"];
  readonly edges: CallRow["event"]["edges"];
  readonly many: boolean;
  /** Of it and of its node, newest first; absent where there are none. */
  readonly notes?: readonly NoteEntry[];
}

export async function showCall(
  { store }: Workspace,
  { run: reference }: { readonly run: string },
): Promise<ShowCallOutput> {
  const { run, call } = await findRun(store, reference);
  if (call === undefined) {
    throw new WorkgraphError("WG5041", `"${reference}" is a run, and no call of it`, {
      hint: `Write "${run.runId}.1" for its first call; "${commandLine(`show ${run.runId}`)}" lists them.`,
    });
  }
  const row = (await store.calls(run.runId)).find((candidate) => candidate.call === call);
  if (row === undefined) throw unknownCall(run, call);
  const { inputs, edges, many, node } = row.event;
  return {
    runId: run.runId,
    ...callEntry(run, row),
    inputs,
    edges,
    many,
    ...(await shownNotes(store, { run, node, call })),
  };
}

export function callEntry(run: RunRow, row: CallRow): CallEntry {
  const { node, kind, title, site } = row.event;
  const error = row.closed?.error;
  return {
    address: formatAddress(run.runId, row.call, 0).replace(/\.0$/, ""),
    call: row.call,
    node,
    kind,
    ...(title === undefined ? {} : { title }),
    ...(site === undefined ? {} : { site }),
    status: callStatus(run, row),
    items: countsOf(run, row.counts),
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
  };
}

export async function summaryOfRun({ store }: Workspace, input: { readonly run: string }): Promise<RunSummary> {
  return summaryOf((await findRun(store, input.run)).run, systemClock.now());
}
