/**
 * Beginning a run and going on with one.
 *
 * Owns: what is written before the workflow function is called. Leaves to run.ts: everything after.
 *
 * R1. A run is created, owned, and its seed and clock recorded before its function is called.
 * R2. Going on reads the whole log first. What ended the run is reopened: failures nobody handled, and cancelled items.
 * R3. A run that ended well is not gone on with (WG4021); one that is owned by a living process neither (WG5006).
 */
import type { Clock } from "../base/clock.ts";
import { commandLine } from "../model/command-line.ts";
import type { WorkflowDefinition } from "../model/definition.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import type { RunEvent } from "../model/events.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { EventStore, NewRun } from "../store/store.ts";
import { observeAwaits, type AwaitObserver } from "../trace/await-observer.ts";
import { ItemState } from "./cell.ts";
import { runsAbove, type ChildRuns, type RunAbove } from "./children.ts";
import type { Engine } from "./engine.ts";
import { installGlobals, uninstallGlobals } from "./globals.ts";
import { newRunId, newSeed } from "./new-id.ts";
import { hasLostOwner } from "./owner-deaths.ts";
import { readRecorded } from "./read-recorded.ts";
import type { Recorded } from "./recorded.ts";
import type { ReplayCheck } from "./replay-check.ts";
import { Run } from "./run.ts";
import type { Pausing } from "./run-options.ts";
import type { Pools } from "./pools.ts";
import type { RateLimiter } from "./rate-limit.ts";
import type { Reuse } from "./reuse.ts";
import { errorRecord } from "./thrown.ts";

export { readRecorded } from "./read-recorded.ts";

export interface RunEnvironment {
  readonly store: EventStore;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly limiter: RateLimiter;
  /** Limits shared with other runs and processes; without it nodes wait for no pool. */
  readonly pools?: Pools;
  /** Makes child runs; without it a call of a workflow is refused. */
  readonly children?: ChildRuns;
  /** Ms an aborted attempt has to end; default 5,000. */
  readonly graceMs?: number;
  /** Calls a run may make; default 100,000. */
  readonly maxCalls?: number;
  /** Bytes of encoded values that one await may hold; default 256 MB. */
  readonly maxAwaitBytes?: number;
  readonly mapStack?: (stack: string) => string;
  /** Of one run: results that it need not make again. */
  readonly reuse?: Reuse;
  /** Replay the function over its own log at every graph break (default: where WORKGRAPH_ALWAYS_REPLAY is 1), or never. */
  readonly replayEach?: "graph break" | "never";
  /** Check a run when its function is done, and record what is found; default: no check. */
  readonly replayCheck?: ReplayCheck;
  /** Default: long sleeps are waited for. */
  readonly pausing?: Pausing;
  /** Told of every await of the workflow function. */
  readonly awaits?: AwaitObserver;
}

export type NewRunFacts = Omit<NewRun, "runId" | "workflow" | "createdAt" | "project" | "tags" | "caller"> & {
  /** Default: a new one. */
  readonly runId?: string;
  readonly project?: string;
  readonly tags?: NewRun["tags"];
  readonly caller?: NewRun["caller"];
  /** Seed and first time (epoch ms) of another run, whose chance and clock this one repeats. */
  readonly chance?: { readonly seed: string; readonly clock: number };
};

const DEFAULT_GRACE_MS = 5000;
const DEFAULT_MAX_CALLS = 100_000;
const DEFAULT_MAX_AWAIT_BYTES = 256 * 1024 * 1024;

/** Creates and starts a run; `created: false` when the idempotency key names an older one, which is not started. */
export async function startRun(
  definition: WorkflowDefinition,
  facts: NewRunFacts,
  environment: RunEnvironment,
): Promise<{ readonly created: true; readonly run: Run } | { readonly created: false; readonly runId: string }> {
  const { store, clock } = environment;
  const {
    runId = newRunId(clock.now()),
    project = "default",
    tags = {},
    caller = { kind: "code", id: "local" },
    chance = environment.reuse?.chance,
    ...rest
  } = facts;
  // Both are asked for in one turn, so that they share a commit.
  const making = store.createRun({
    ...rest,
    runId,
    project,
    tags,
    caller,
    workflow: definition.name,
    durability: definition.durability,
    createdAt: clock.now(),
  });
  const owning = store.acquire(runId);
  owning.catch(() => undefined);
  const made = await making;
  if (!made.created) return { created: false, runId: made.runId };
  const { epoch, seq } = await owning;
  const above = facts.parent ? await runsAbove(store, facts.parent) : [];
  const startedAt = chance?.clock ?? clock.now();
  const seed = chance?.seed ?? newSeed();
  const run = build(
    definition,
    {
      runId,
      version: facts.version,
      input: facts.input,
      epoch,
      seq,
      recorded: undefined,
      seed,
      startedAt,
      above,
    },
    environment,
  );
  run.emit({ type: "run.started", at: clock.now(), epoch, owner: store.owner.ownerId, seed, clock: startedAt });
  begin(run);
  return { created: true, run };
}

/** Goes on with a recorded run under the definition of its own version. */
export async function resumeRun(
  definition: WorkflowDefinition,
  runId: string,
  environment: RunEnvironment,
): Promise<Run> {
  const { store, clock } = environment;
  const row = await store.run(runId);
  if (!row) throw new WorkgraphError("WG5001", `there is no run "${runId}"`);
  if (row.status === "completed" || row.status === "completed_partial") {
    throw new WorkgraphError(
      "WG4021",
      `run ${runId} has ${row.status === "completed" ? "completed" : "completed partially"}: there is nothing to go on with`,
      {
        hint: `start a new run with the same input: ${commandLine(`run ${row.workflow}`)}`,
      },
    );
  }
  const above = row.parent ? await runsAbove(store, row.parent) : [];
  const { epoch } = await store.acquire(runId);
  const recorded = await readRecorded(store, runId);
  const input = (await store.eventValue(runId, 1)) ?? "{}";
  const neverStarted = recorded.seed === "";
  const chance = environment.reuse?.chance;
  const startedAt = neverStarted ? (chance?.clock ?? clock.now()) : recorded.clock;
  const seed = neverStarted ? (chance?.seed ?? newSeed()) : recorded.seed;
  const reopened = itemsToReopen(recorded);
  const event: RunEvent = neverStarted
    ? { type: "run.started", at: clock.now(), epoch, owner: store.owner.ownerId, seed, clock: startedAt }
    : {
        type: "run.resumed",
        at: clock.now(),
        epoch,
        owner: store.owner.ownerId,
        reason: recorded.ended || recorded.cancelling ? "explicit" : "recovery",
        reopened,
        ...(hasLostOwner(row) ? { ownerDied: true } : {}),
      };
  const seq = recorded.seq;
  recorded.apply({ runId, seq: seq + 1, event });
  const run = build(
    definition,
    { runId, version: row.version, input, epoch, seq, recorded, seed, startedAt, above },
    environment,
  );
  run.emit(event);
  begin(run);
  return run;
}

/** R2. */
function itemsToReopen(recorded: Recorded): (readonly [number, number])[] {
  const items = new Map<string, readonly [number, number]>();
  if (recorded.ended?.type === "run.failed")
    for (const [call, item] of recorded.ended.failures) items.set(`${call}.${item}`, [call, item]);
  if (recorded.ended?.type === "run.cancelled" || recorded.ended?.type === "run.failed" || recorded.cancelling) {
    for (const [no, call] of recorded.calls) {
      if (call.closed?.event.status === "cancelled") continue;
      for (const [item, decision] of call.decisions)
        if (decision.state === ItemState.cancelled) items.set(`${no}.${item}`, [no, item]);
    }
  }
  return [...items.values()];
}

interface Beginning {
  readonly runId: string;
  readonly version: string;
  readonly input: string;
  readonly epoch: number;
  readonly seq: number;
  readonly recorded: Recorded | undefined;
  readonly seed: string;
  readonly startedAt: number;
  readonly above: readonly RunAbove[];
}

function build(definition: WorkflowDefinition, beginning: Beginning, environment: RunEnvironment): Run {
  const { mapStack, children } = environment;
  const run = new Run({
    ...beginning,
    definition,
    store: environment.store,
    engine: environment.engine,
    clock: environment.clock,
    limiter: environment.limiter,
    ...(environment.pools ? { pools: environment.pools } : {}),
    ...(environment.reuse ? { reuse: environment.reuse } : {}),
    ...(children ? { children } : {}),
    ...(environment.replayCheck ? { replayCheck: environment.replayCheck } : {}),
    replayEach: environment.replayEach ?? (process.env["WORKGRAPH_ALWAYS_REPLAY"] === "1" ? "graph break" : "never"),
    pausing: environment.pausing ?? { sleeps: "wait" },
    graceMs: environment.graceMs ?? DEFAULT_GRACE_MS,
    maxCalls: environment.maxCalls ?? DEFAULT_MAX_CALLS,
    maxAwaitBytes: environment.maxAwaitBytes ?? DEFAULT_MAX_AWAIT_BYTES,
    describeError: (error, at): ErrorRecord => errorRecord(error, { ...at, ...(mapStack ? { mapStack } : {}) }),
  });
  if (environment.awaits) observeAwaits(run, environment.awaits);
  return run;
}

function begin(run: Run): void {
  installGlobals();
  run.ended.finally(uninstallGlobals).catch(() => undefined);
  run.start();
}
