/**
 * A run as its events fold: what a late reader begins with, before it follows the stream.
 *
 * R1. The view at seq n is the fold of events 1 to n, whoever folds them: a reader goes on from it with the same function.
 * R2. An outline is told apart: what the index says of a long log that nobody has folded yet, and no view to go on from.
 * R3. Views are kept for a few runs, so that the next reader folds only what came since. They are a cache: the log decides.
 */
import { foldAll } from "../../model/fold.ts";
import { packView, type PackedView } from "../../model/packed-view.ts";
import type { RunStatus } from "../../model/status.ts";
import { EMPTY_VIEW, type RunView } from "../../model/view.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { callStatus, countsOf } from "../../store/run-graph.ts";
import type { CallRow, RunRow } from "../../store/store.ts";
import { findRun } from "../find-run.ts";
import type { Workspace } from "../workspace.ts";

export interface ReadViewInput {
  readonly run: string;
  /** Seq up to which events are folded; default all. */
  readonly at?: number;
  /** "soon": of a long log that would have to be folded first, the outline. */
  readonly when?: "soon";
}

export interface ReadViewOutput {
  readonly runId: string;
  readonly status: RunStatus;
  readonly view: PackedView;
  /** R2. Absent: the view is whole. */
  readonly isOutline?: true;
}

const PAGE = 5_000;
const KEPT_RUNS = 16;
/** Views of one run: the newest, and one every so many events, for whoever looks back. */
const EVERY = 25_000;

/** Events to fold that take longer than a page should wait: with 100,000 its head stood after 1.5 s, with an outline first after 0.85. */
const LONG_LOG = 50_000;

const kept = new WeakMap<Workspace["store"], Map<string, RunView[]>>();

export async function readView(workspace: Workspace, input: ReadViewInput): Promise<ReadViewOutput> {
  const { store } = workspace;
  const { run } = await findRun(store, input.run);
  const { at = Infinity } = input;
  if (at !== Infinity && at > run.seq) {
    throw new WorkgraphError("WG5056", `run ${run.runId} has ${run.seq} events; there is no event ${at} to look from`, {
      hint: 'Leave "at" out for the run as it is.',
    });
  }
  const views = viewsOf(workspace, run.runId);
  let view = views.findLast(({ seq }) => seq <= at) ?? EMPTY_VIEW;
  if (input.when === "soon" && at === Infinity && run.seq - view.seq > LONG_LOG) {
    return {
      runId: run.runId,
      status: run.status,
      view: packView(outlineOf(run, await store.calls(run.runId))),
      isOutline: true,
    };
  }
  while (view.seq < at) {
    const limit = Math.min(PAGE, at - view.seq);
    const events = await store.events(run.runId, { after: view.seq, limit, values: "none" });
    if (events.length === 0) break;
    const before = view.seq;
    view = foldAll(view, events);
    if (Math.floor(before / EVERY) !== Math.floor(view.seq / EVERY)) keep(views, view);
  }
  if (at === Infinity) keep(views, view);
  return { runId: run.runId, status: (await store.run(run.runId))?.status ?? run.status, view: packView(view) };
}

function viewsOf({ store }: Workspace, runId: string): RunView[] {
  let runs = kept.get(store);
  if (!runs) kept.set(store, (runs = new Map()));
  const views = runs.get(runId) ?? [];
  // The run asked for last is forgotten last.
  runs.delete(runId);
  runs.set(runId, views);
  const [oldest] = runs.keys();
  if (runs.size > KEPT_RUNS && oldest !== undefined) runs.delete(oldest);
  return views;
}

/** In the order of their seqs; of the views between two marks only the newest is kept. */
function keep(views: RunView[], view: RunView): void {
  if (views.some(({ seq }) => seq === view.seq)) return;
  const mark = Math.floor(view.seq / EVERY);
  const last = views.at(-1);
  if (last !== undefined && last.seq < view.seq && Math.floor(last.seq / EVERY) === mark && last.seq % EVERY > PAGE)
    views.pop();
  views.push(view);
  views.sort((a, b) => a.seq - b.seq);
}

/** R2. */
export function outlineOf(run: RunRow, rows: readonly CallRow[]): RunView {
  const { calls } = foldAll(
    EMPTY_VIEW,
    rows
      .flatMap(({ seq, event, closed }) => [
        { seq, event },
        // Later than every call, and in their order: where it stands in the log is not known here.
        ...(closed === undefined ? [] : [{ seq: run.seq + event.call, event: closed }]),
      ])
      .toSorted((a, b) => a.seq - b.seq),
  );
  return {
    ...EMPTY_VIEW,
    seq: run.seq,
    workflow: run.workflow,
    version: run.version,
    tags: run.tags,
    logged: run.logged,
    createdAt: run.createdAt,
    ...(run.startedAt === undefined ? {} : { startedAt: run.startedAt }),
    ...(run.endedAt === undefined ? {} : { endedAt: run.endedAt }),
    lastAt: run.endedAt ?? run.startedAt ?? run.createdAt,
    counts: countsOf(run, run.counts),
    calls: calls.map((call, i) => {
      const counts = countsOf(run, rows[i]!.counts);
      const produced = (counts.completed ?? 0) + (counts.reused ?? 0);
      return { ...call, counts, status: callStatus(run, rows[i]!), produced };
    }),
  };
}
