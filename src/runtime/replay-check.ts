/**
 * The check after a run: its function replayed over its own log, to find hidden non-determinism before it bites.
 *
 * Owns: which replays are made and what is concluded. Leaves to replay.ts: a replay; to replay-spies.ts: who reads what.
 *
 * R1. Twice: in the modules that ran, where state that runs leave behind shows; and in the same code loaded anew, where state
 *     shows that was made when the code was loaded or that nodes left there, and where originals that the code took for itself
 *     (`const now = Date.now`) are wrapped.
 * R2. What is found fails no run, and what cannot be followed (`fetch` in the function) is no finding of its own.
 * R3. A cause that was seen comes with its line; one that is concluded from what came out differently, with the line of that.
 */
import type { WorkflowDefinition } from "../model/definition.ts";
import type { CauseKind, LikelyCause, ReplayFinding } from "../model/divergence-report.ts";
import type { Mismatch } from "./divergence.ts";
import { divergenceReport } from "./divergence-report.ts";
import { readRecorded } from "./read-recorded.ts";
import { Replay, type ReplayOptions, type ReplayOutcome } from "./replay.ts";
import { capturingOriginals, syncExports } from "./globals.ts";
import { installSpies, watchFrame } from "./replay-spies.ts";

export interface ReplayCheck {
  /** Runs with more events are not checked; default 2,000. */
  readonly maxEvents?: number;
  /** Runs whose function was given more results are not checked; default 150. At 0.15 ms each, twice, a check stays below 50 ms
   *  (2026-11-22, 2 cores, Node 24). */
  readonly maxDeliveries?: number;
  /** The same code in new modules; undefined where it has no file. */
  readonly reload?: () => Promise<WorkflowDefinition | undefined>;
}

const MAX_EVENTS = 2000;
const MAX_DELIVERIES = 150;

export function isCheckable(check: ReplayCheck, of: { readonly events: number; readonly deliveries: number }): boolean {
  return of.events <= (check.maxEvents ?? MAX_EVENTS) && of.deliveries <= (check.maxDeliveries ?? MAX_DELIVERIES);
}

export interface CheckedRun extends Omit<ReplayOptions, "recorded"> {
  readonly version: string;
  readonly check: ReplayCheck;
}

/** Never rejects: a check that cannot be made finds nothing. */
export async function checkReplay(run: CheckedRun): Promise<readonly ReplayFinding[]> {
  const remove = installSpies(syncExports);
  try {
    const reloaded = await capturingOriginals(async () => run.check.reload?.()).catch(() => undefined);
    const anew = reloaded && (await replayed(run, reloaded));
    const same = await replayed(run, run.definition);
    return await conclude(run, { same, anew });
  } catch {
    return [];
  } finally {
    remove();
  }
}

interface Seen {
  readonly outcome: ReplayOutcome;
  readonly sightings: readonly LikelyCause[];
}

async function replayed(run: CheckedRun, definition: WorkflowDefinition): Promise<Seen> {
  const replay = new Replay({ ...run, definition, recorded: await readRecorded(run.store, run.runId) });
  const sightings = watchFrame(replay.frame);
  const outcome = await replay.follow();
  return { outcome, sightings: sightings() };
}

async function conclude(
  run: CheckedRun,
  { same, anew }: { readonly same: Seen; readonly anew: Seen | undefined },
): Promise<readonly ReplayFinding[]> {
  const sightings = new Map<string, LikelyCause>();
  for (const cause of [...(anew?.sightings ?? []), ...same.sightings])
    sightings.set(`${cause.text} ${cause.site?.file}:${cause.site?.line}`, cause);
  const mismatch = mismatchOf(same) ?? (anew && mismatchOf(anew));
  const findings: ReplayFinding[] = [...sightings.values()].map((cause) => ({ cause }));
  if (!mismatch) return findings;
  const { recorded, now, site, causes } = await divergenceReport(mismatch, { ...run, foundBy: "replay-check" });
  if (findings.length > 0) return findings.map((finding, i) => (i === 0 ? { ...finding, recorded, now } : finding));
  const cause = causeOf({ same, anew, first: causes[0]! });
  return [{ cause: site ? { ...cause, site } : cause, recorded, now }];
}

function mismatchOf({ outcome }: Seen): Mismatch | undefined {
  return outcome.kind === "differs" ? outcome.mismatch : undefined;
}

/** R1. */
function causeOf(of: {
  readonly same: Seen;
  readonly anew: Seen | undefined;
  readonly first: LikelyCause;
}): LikelyCause {
  const { same, anew, first } = of;
  const known: ReadonlySet<CauseKind> = new Set(["iteration-order", "clock", "chance"]);
  const both = mismatchOf(same) !== undefined && anew !== undefined && mismatchOf(anew) !== undefined;
  if (first.kind === "iteration-order" || (both && known.has(first.kind))) return first;
  if (anew && mismatchOf(anew) && !mismatchOf(same)) {
    return {
      kind: "module-state",
      text: "it uses what a module holds: made when the code was loaded, or left there by nodes, it is another in the next process",
    };
  }
  if (mismatchOf(same) && (!anew || !mismatchOf(anew))) {
    return { kind: "module-state", text: "it uses state of a module that this run has changed" };
  }
  return first;
}
