/**
 * Starting, going on with and stopping runs for callers that execute nothing themselves.
 *
 * R1. A workflow is named by its registered name: paths, modules and code are not taken from outside.
 * R2. What a run is stopped or started by is recorded with it.
 */
import { systemClock } from "../../base/clock.ts";
import { isRunEnded } from "../../model/status.ts";
import { isWorkgraphError } from "../../model/workgraph-error.ts";
import type { RunRow } from "../../store/store.ts";
import { findRun } from "../find-run.ts";
import type { ForkOrder } from "../launcher.ts";
import type { OperationContext } from "../registry.ts";
import { summaryOf, type RunSummary } from "../run-summary.ts";
import { cancelRun, type CancelRunOutput } from "./cancel-run.ts";
import { waitRun } from "./wait-run.ts";

export interface LaunchRunInput {
  readonly name: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string;
  readonly priority?: number;
  /** Only this node, on `input`: see version/alone.ts. */
  readonly node?: string;
  readonly waitMs?: number;
}

export interface LaunchRunOutput extends RunSummary {
  /** False: the idempotency key named this run. */
  readonly created: boolean;
}

type Context = Pick<OperationContext, "workspace" | "registration" | "launcher" | "caller" | "signal">;

export async function launchRun(context: Context, input: LaunchRunInput): Promise<LaunchRunOutput> {
  const { registration, launcher, caller } = context;
  const { file, exportName } = await registration.find(input.name);
  const launched = await launcher.launch({
    target: `${file}#${exportName}`,
    input: input.input ?? {},
    caller,
    ...(input.tags === undefined ? {} : { tags: input.tags }),
    ...(input.idempotencyKey === undefined ? {} : { idempotencyKey: input.idempotencyKey }),
    ...(input.priority === undefined ? {} : { priority: input.priority }),
    ...(input.node === undefined ? {} : { node: input.node }),
  });
  return { ...(await ended(context, launched.runId, input.waitMs)), created: launched.created };
}

export interface ForkRunInput {
  readonly run: string;
  readonly code?: "current" | "recorded";
  readonly input?: Readonly<Record<string, unknown>>;
  readonly from?: readonly string[];
  readonly set?: readonly { readonly address: string; readonly value: unknown }[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly dryRun?: boolean;
  readonly waitMs?: number;
}

/** A plan with `dryRun`, otherwise the new run. */
export async function forkRun(context: Context, { dryRun, waitMs, ...input }: ForkRunInput): Promise<unknown> {
  const order = await forkOrder(context, { ...input, kind: "fork" });
  if (dryRun === true) return context.launcher.planFork(order);
  return ended(context, (await context.launcher.fork(order)).runId, waitMs);
}

export async function rerunRun(context: Context, { waitMs, ...input }: ForkRunInput): Promise<RunSummary> {
  const order = await forkOrder(context, { ...input, kind: "rerun" });
  return ended(context, (await context.launcher.fork(order)).runId, waitMs);
}

async function forkOrder(
  { workspace, caller }: Context,
  input: ForkRunInput & Pick<ForkOrder, "kind">,
): Promise<ForkOrder> {
  const { run } = await findRun(workspace.store, input.run);
  return { ...input, run: run.runId, caller };
}

/** As it is after at most `waitMs`; at once without. A run that goes on is no error: its status says so. */
async function ended({ workspace, signal }: Context, runId: string, waitMs: number | undefined): Promise<RunSummary> {
  const until = systemClock.perf() + (waitMs ?? 0);
  for (;;) {
    const { run } = await findRun(workspace.store, runId);
    const isOver = isRunEnded(run.status) || run.status === "paused" || signal?.aborted === true;
    const leftMs = until - systemClock.perf();
    if (isOver || leftMs <= 0) return summaryOf(run, systemClock.now());
    await new Promise<void>((resolve) => systemClock.setTimer(resolve, Math.min(LOOK_EVERY_MS, leftMs)));
  }
}

export async function resumeRunFor(
  context: Context,
  input: { readonly run: string; readonly waitMs?: number },
): Promise<RunSummary> {
  const { workspace, launcher, caller } = context;
  const { run } = await findRun(workspace.store, input.run);
  const after = async (): Promise<RunRow> => (await findRun(workspace.store, run.runId)).run;
  try {
    await launcher.resume(run.runId, caller);
  } catch (error) {
    // Its code may end the process before that has said that it took the run: whether it did, the epoch tells.
    if (!isWorkgraphError(error) || error.code !== "WG6030" || (await after()).epoch === run.epoch) throw error;
  }
  return ended(context, run.runId, input.waitMs);
}

export async function cancelRunFor(
  context: Context,
  input: { readonly run: string; readonly reason?: string },
): Promise<CancelRunOutput> {
  const { workspace, launcher, caller } = context;
  const asked = await cancelRun(workspace, { ...input, caller });
  if (asked.cancel !== "orphan") return asked;
  try {
    await launcher.cancelOrphan(asked.runId, `${caller.kind}:${caller.id}`);
  } catch (error) {
    // Somebody took it in between: the command waits for them.
    if (!isWorkgraphError(error) || error.code !== "WG5006") throw error;
    return { ...asked, cancel: "asked" };
  }
  const { run } = await findRun(workspace.store, asked.runId);
  return { ...summaryOf(run, systemClock.now()), cancel: "orphan" };
}

const LOOK_EVERY_MS = 50;
const DEFAULT_WAIT_MS = 25_000;

/** Ends with the caller's signal; a run that waits for a process is waited for, too. */
export async function waitForAnswer(
  { workspace, signal }: Context,
  input: { readonly run: string; readonly timeoutMs?: number },
): Promise<RunSummary> {
  const { run } = await findRun(workspace.store, input.run);
  if (isRunEnded(run.status)) return summaryOf(run, systemClock.now());
  const timeoutMs = input.timeoutMs ?? DEFAULT_WAIT_MS;
  return waitRun(workspace, { run: run.runId, timeoutMs, ...(signal === undefined ? {} : { signal }) });
}
