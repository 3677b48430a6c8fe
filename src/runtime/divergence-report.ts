/**
 * What is said of a divergence: recorded, now, the last call that matched, likely causes, three ways on.
 *
 * Owns: putting a mismatch into words and plain JSON. Leaves to divergence.ts: noticing; to likely-cause.ts: guessing.
 */
import type { WorkflowDefinition } from "../model/definition.ts";
import type { Asked, DivergenceReport, LikelyCause } from "../model/divergence-report.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { EventStore } from "../store/store.ts";
import { shownArguments, shownCall, type Mismatch } from "./divergence.ts";
import { likelyCauses } from "./likely-cause.ts";

export interface DivergedRun {
  readonly runId: string;
  readonly definition: WorkflowDefinition;
  readonly version: string;
  readonly store: EventStore;
  readonly foundBy: DivergenceReport["foundBy"];
}

export async function divergenceReport(mismatch: Mismatch, run: DivergedRun): Promise<DivergenceReport> {
  const { now, isReordered, segment } = mismatch;
  const recordedArgs = mismatch.recorded && (await run.store.eventValue(run.runId, mismatch.recorded.seq));
  const recorded = recordedPart(mismatch, recordedArgs);
  const isSameNode = recorded.what === "call" && now.what === "call" && recorded.node === now.node;
  const causes = likelyCauses({
    ...(isSameNode ? { recordedArgs, nowArgs: mismatch.nowArgs } : {}),
    isReordered,
    source: Function.prototype.toString.call(run.definition.fn),
    version: run.version,
  });
  const lastMatching = mismatch.lastMatching && shownCall(mismatch.lastMatching);
  const site = siteOf(now) ?? siteOf(recorded) ?? lastMatching?.site;
  return {
    workflow: run.definition.name,
    segment,
    recorded,
    now,
    ...(lastMatching ? { lastMatching } : {}),
    ...(site ? { site } : {}),
    causes,
    waysOn: waysOn(run.runId, causes[0]!),
    foundBy: run.foundBy,
  };
}

function recordedPart({ recorded, recordedEnd }: Mismatch, args: string | undefined): Asked {
  if (recorded) return { ...shownCall(recorded), ...(args === undefined ? {} : { args: shownArguments(args) }) };
  return recordedEnd ?? { what: "nothing" };
}

const siteOf = (asked: Asked): DivergenceReport["site"] => (asked.what === "call" ? asked.site : undefined);

function waysOn(runId: string, cause: LikelyCause): DivergenceReport["waysOn"] {
  const undo =
    cause.kind === "environment"
      ? "with the environment it was recorded with"
      : cause.kind === "files"
        ? "with the files as they were"
        : "after what differs is as it was";
  return [
    { words: `resume ${runId}`, effect: `${undo}: goes on with this run; nothing recorded runs again` },
    {
      words: `resume ${runId} --with-current-code`,
      effect: "after moving what differs into a node: a new run that takes over what still holds",
    },
    { words: `rerun ${runId}`, effect: "a new run with the same input, from its beginning" },
  ];
}

/** One line, for the error that ends the run. */
export function divergedError(workflow: string, mismatch: Mismatch): WorkgraphError {
  const { recorded, recordedEnd, now, segment, isReordered } = mismatch;
  const then = recorded ? phrase(shownCall(recorded)) : phrase(recordedEnd ?? { what: "nothing" });
  const site = siteOf(now) ?? (recorded && siteOf(shownCall(recorded)));
  const order = isReordered ? " (the same calls in another order)" : "";
  return new WorkgraphError(
    "WG4020",
    `the workflow function of "${workflow}" asked for something else than it did when the run was recorded: recorded ${then}; now ${phrase(now)}${order}`,
    {
      hint: "look for what differs between two runs of the same code: environment, module state, files, a captured Math.random or Date; move it into a node",
      ...(site ? { site } : {}),
      details: { segment },
    },
  );
}

function phrase(asked: Asked): string {
  switch (asked.what) {
    case "call":
      return `${asked.call === undefined ? "a call" : `call ${asked.call}`} of "${asked.node}"${asked.site ? ` at line ${asked.site.line}` : ""}`;
    case "returned":
      return "the function returned";
    case "threw":
      return `the function threw${asked.text === undefined ? "" : ` ${asked.text}`}`;
    case "nothing":
      return "no further call";
  }
}
