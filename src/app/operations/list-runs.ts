/**
 * The history: runs from newest to oldest.
 *
 * R1. Child runs stand in the history of their own workflow; in that of all workflows only the runs that somebody started do,
 *     unless asked for.
 */
import { systemClock } from "../../base/clock.ts";
import type { RunStatus } from "../../model/status.ts";
import { findRun } from "../find-run.ts";
import { timeOf } from "../time-of.ts";
import { limitOf, type Page, type PageRequest } from "../paging.ts";
import { summaryOf, type RunSummary } from "../run-summary.ts";
import type { Workspace } from "../workspace.ts";

export interface ListRunsInput extends PageRequest {
  readonly workflow?: string;
  readonly status?: RunStatus;
  readonly version?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** "root": runs that are no child runs; "all": those too. Default by R1. */
  readonly level?: "root" | "all";
  /** Child runs of this run. */
  readonly parent?: string;
  /** Created at or after / before this time: ISO 8601, or how long ago ("2h", "7d"). */
  readonly from?: string;
  readonly to?: string;
  /** Ended runs that took at least / at most this many ms from their start, pauses included. */
  readonly minMs?: number;
  readonly maxMs?: number;
  /** Words that all occur in one error, log line or value of the run. */
  readonly text?: string;
}

export interface ListRunsOutput extends Page {
  readonly runs: readonly RunSummary[];
  /** Of a text that very much has: that older runs are missing, and what to do. */
  readonly incomplete?: string;
}

const INCOMPLETE = "so much has these words that only the newest of it was looked at: add a rarer word";
const UNFINISHED = "looking through so many runs takes longer: the next page goes on with older ones";

/** The cursor is the id of the last run of the page. */
export async function listRuns({ store }: Workspace, input: ListRunsInput = {}): Promise<ListRunsOutput> {
  const { cursor, workflow, status, version, tags, minMs, maxMs, text } = input;
  const [createdFrom, createdBefore] = [timeOf(input.from, "from"), timeOf(input.to, "to")];
  const parent = input.parent === undefined ? undefined : (await findRun(store, input.parent)).run.runId;
  const isOfOneWorkflow = workflow !== undefined || version !== undefined || parent !== undefined;
  const level = input.level ?? (isOfOneWorkflow ? "all" : "root");
  const limit = limitOf(input, { default: 50, max: 999 });
  const page = await store.runs({
    ...(workflow === undefined ? {} : { workflow }),
    ...(status === undefined ? {} : { status }),
    ...(version === undefined ? {} : { version }),
    ...(tags === undefined ? {} : { tags }),
    ...(parent === undefined ? {} : { parent }),
    ...(createdFrom === undefined ? {} : { createdFrom }),
    ...(createdBefore === undefined ? {} : { createdBefore }),
    ...(minMs === undefined ? {} : { minMs }),
    ...(maxMs === undefined ? {} : { maxMs }),
    ...(text === undefined ? {} : { text }),
    level,
    ...(cursor === undefined ? {} : { before: cursor }),
    limit: limit + 1,
  });
  const shown = page.runs.slice(0, limit);
  const last = shown.at(-1);
  const next = page.runs.length > limit ? last?.runId : page.lookedTo;
  const now = systemClock.now();
  return {
    runs: shown.map((row) => summaryOf(row, now)),
    // With words it is not known without looking at all of them.
    ...(text === undefined ? { total: page.total } : {}),
    truncated: next !== undefined,
    ...(next === undefined ? {} : { cursor: next }),
    ...(page.isCut === true ? { incomplete: page.lookedTo === undefined ? INCOMPLETE : UNFINISHED } : {}),
  };
}
