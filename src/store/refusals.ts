/** Why a store says no: every coded error that is the same for all implementations. */
import { isoTime } from "../base/primordials.ts";
import { commandLine } from "../model/command-line.ts";
import type { RunId } from "../model/ids.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";

export function unknownRun(runId: RunId): WorkgraphError {
  return new WorkgraphError("WG5001", `there is no run "${runId}" in this store`, {
    hint: `list what there is with "${commandLine("runs")}"`,
    details: { runId },
  });
}

export interface HeldRun {
  readonly runId: RunId;
  readonly pid: number;
}

export function ownedElsewhere(held: HeldRun): WorkgraphError {
  return new WorkgraphError(
    "WG5006",
    `run "${held.runId}" is owned by the process with pid ${held.pid}, which is alive`,
    {
      hint: `wait until it ends, cancel it with "${commandLine(`cancel ${held.runId}`)}", or stop process ${held.pid}`,
      details: { runId: held.runId, pid: held.pid },
    },
  );
}

export function storeClosed(): WorkgraphError {
  return new WorkgraphError("WG5007", "the store is closed", { hint: "open it again before using it" });
}

export function keyReused(key: string, first: RunId): WorkgraphError {
  return new WorkgraphError("WG5008", `the idempotency key "${key}" was used with another input, for run "${first}"`, {
    hint: "use another key for another input",
    details: { runId: first, key },
  });
}

export interface Fenced {
  readonly runId: RunId;
  readonly epoch: number;
}

export function notOwner(fenced: Fenced): WorkgraphError {
  return new WorkgraphError(
    "WG5009",
    `run "${fenced.runId}" is not owned under epoch ${fenced.epoch} any more: another owner took it over or it was released`,
    { hint: "nothing was written; acquire the run again before going on with it", details: { ...fenced } },
  );
}

export interface SeqMismatch {
  readonly runId: RunId;
  readonly expectedSeq: number;
  readonly seq: number;
}

export function wrongSeq(mismatch: SeqMismatch): WorkgraphError {
  return new WorkgraphError(
    "WG5011",
    `run "${mismatch.runId}" stands at seq ${mismatch.seq}, but events were given to follow seq ${mismatch.expectedSeq}`,
    { hint: "nothing was written; an earlier append that failed leaves such a gap", details: { ...mismatch } },
  );
}

export function runExists(runId: RunId): WorkgraphError {
  return new WorkgraphError("WG5013", `there is a run "${runId}" already`, {
    hint: "give every run an id of its own",
    details: { runId },
  });
}

export interface Tombstone {
  readonly runId: RunId;
  /** Epoch ms. */
  readonly at: number;
  readonly why: string;
}

export function runForgotten({ runId, at, why }: Tombstone): WorkgraphError {
  return new WorkgraphError(
    "WG5061",
    `run "${runId}" was forgotten at ${isoTime(at)} (${why}): its log and values are gone, its row and artifacts stay`,
    {
      hint: `"${commandLine("runs")}" still lists it; start a new run for a new result`,
      details: { runId, forgottenAt: at, why },
    },
  );
}

export function keptFromForgetting(runId: RunId, because: string): WorkgraphError {
  return new WorkgraphError("WG5060", `run "${runId}" cannot be forgotten: ${because}`, {
    hint: "nothing was removed; wait until it has ended, and take its pin away if it has one",
    details: { runId },
  });
}
