/**
 * Who executes runs for those that do not: the server, and MCP over it.
 *
 * Owns: the interface. Leaves to process-launcher.ts: runner processes; to the runner: code, input, execution.
 *
 * R1. Nothing of a workflow is loaded in the calling process: target and input travel as data.
 * R2. A launch is answered when its run is recorded (status "queued") with its input checked, before anything executes.
 */
import type { RunId } from "../model/ids.ts";

/** Who asks. Only entries make one: the gate, the command line, MCP over stdio, `openWorkgraph`, triggers. */
export interface Caller {
  readonly kind: string;
  readonly id: string;
}

export interface LaunchOrder {
  /** `file.ts#export` as registered, relative to the project folder. Never from outside (section "Registration" of docs/server.md). */
  readonly target: string;
  /** Plain JSON. */
  readonly input: unknown;
  readonly tags?: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string;
  /** Of runs that wait: higher first. Default 0. */
  readonly priority?: number;
  /** Only this node of it, on `input`: a run of its own. */
  readonly node?: string;
  readonly caller: Caller;
}

/** A new run from a recorded one. */
export interface ForkOrder {
  readonly run: RunId;
  readonly kind: "fork" | "rerun";
  readonly code?: "current" | "recorded";
  /** Plain JSON, in place of the recorded input. */
  readonly input?: unknown;
  readonly from?: readonly string[];
  readonly set?: readonly { readonly address: string; readonly value: unknown }[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly caller: Caller;
}

export interface Launched {
  readonly runId: RunId;
  readonly workflow: string;
  readonly version: string;
  /** False: the idempotency key named this run, and nothing new was started. */
  readonly created: boolean;
}

export interface LauncherHealth {
  /** Runs it executes at once. */
  readonly limit: number;
  /** Runs that wait. */
  readonly queued: number;
  readonly processes: number;
  /** Runs whose process has not been heard of for a while: their code keeps its thread to itself. */
  readonly silent: readonly RunId[];
  /** Runs that are not tried any more. */
  readonly givenUp: readonly RunId[];
  /** Runs that wait for room in their store, and what it said: folder and bytes. */
  readonly withoutRoom: readonly { readonly runId: RunId; readonly message: string }[];
}

export interface Launcher {
  /** Throws what the runner says: WG1014 for a wrong input, WG4xxx for code that does not load, WG5008 for a key with another input. */
  launch(order: LaunchOrder): Promise<Launched>;
  /** Resolves when the new run is recorded. Throws what the runner says. */
  fork(order: ForkOrder): Promise<Launched>;
  /** What `fork` would reuse and execute, as plain JSON. Nothing is started. */
  planFork(order: ForkOrder): Promise<unknown>;
  /** Resolves when the run is owned again, or when every place is taken and it waits for one. Throws WG5006, WG4006, WG4021 and the
   *  like. */
  resume(runId: RunId, caller: Caller): Promise<void>;
  /** Ends a run that nobody owns as cancelled. */
  cancelOrphan(runId: RunId, by: string): Promise<void>;
  /** Runs that its processes execute now. */
  active(): readonly RunId[];
  /** How it fares: of a launcher that has processes. */
  readonly health?: () => LauncherHealth;
  /** Interrupts what still runs, within the grace; gives the runs that were interrupted. They can be resumed. */
  close(graceMs: number): Promise<readonly RunId[]>;
}
