/**
 * What happens to the process while runs are active.
 *
 * R1. `process.exit` in user code: what is decided is committed before the process is gone, its runs read as interrupted,
 *     and an exit code of 0 becomes 1 (absence must not read as success).
 * R2. An empty event loop: nothing can settle what is awaited any more; it fails, by name.
 * R3. An error nobody caught belongs to the item it came from, when that can be told; runs go on. When it cannot be told, it may
 *     be the host program's, and the exit code says so unless the program decides otherwise.
 * R4. What is said about an error holds no secret and leads to the author's lines, as everything recorded does.
 */
import { inspect } from "node:util";
import { commandLine } from "../model/command-line.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { Run } from "../runtime/run.ts";
import type { EventStore, LogLine } from "../store/store.ts";
import { currentFrame, type NodeFrame } from "../trace/current.ts";
import { mapStack } from "../version/origin.ts";

export interface GuardedRuns {
  readonly store: EventStore;
  active(): readonly Run[];
  redact(text: string): string;
  /** Says, synchronously, that the process ends under these runs. */
  exited(failure: WorkgraphError, runIds: readonly string[]): void;
}

/** Of frames that the local engine makes. */
interface FrameWithLog extends NodeFrame {
  readonly channel: { log(line: Pick<LogLine, "level" | "text">): void };
}

export class ProcessGuard {
  readonly #runs: GuardedRuns;
  #watching = false;

  constructor(runs: GuardedRuns) {
    this.#runs = runs;
  }

  watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    process.on("exit", this.#onExit);
    process.on("beforeExit", this.#onBeforeExit);
    process.on("uncaughtException", this.#onUncaught);
    process.on("unhandledRejection", this.#onUncaught);
  }

  dispose(): void {
    if (!this.#watching) return;
    this.#watching = false;
    process.off("exit", this.#onExit);
    process.off("beforeExit", this.#onBeforeExit);
    process.off("uncaughtException", this.#onUncaught);
    process.off("unhandledRejection", this.#onUncaught);
  }

  /** R1. */
  readonly #onExit = (exitCode: number): void => {
    const active = this.#runs.active();
    if (active.length === 0) return;
    // Called from inside `process.exit`, so the frame is the caller's.
    const frame = nodeFrame();
    if (frame)
      frame.channel.log({ level: "error", text: `process.exit(${exitCode}) was called; the run is interrupted` });
    for (const run of active) run.flushSync();
    this.#runs.store.flushSync();
    if (process.exitCode === undefined || process.exitCode === 0) process.exitCode = 1;
    // Who goes on with a run goes on with its child runs.
    const ids = new Set(active.map((run) => run.runId));
    const runIds = active.filter((run) => !ids.has(run.parentId ?? "")).map((run) => run.runId);
    this.#runs.exited(processEnded(frame, { exitCode, runIds }), runIds);
  };

  /** R2. */
  readonly #onBeforeExit = (): void => {
    for (const run of this.#runs.active()) run.starve();
  };

  /** R3, R4. */
  readonly #onUncaught = (error: unknown): void => {
    const frame = nodeFrame();
    const text = this.#runs.redact(`an error that nothing caught: ${whole(error)}`);
    if (frame) {
      frame.channel.log({ level: "error", text });
      process.stderr.write(`${frame.address} "${frame.nodeId}": ${text}\n`);
      return;
    }
    if (currentFrame() === undefined) process.exitCode ??= 1;
    process.stderr.write(`${text}\n`);
  };
}

/** To whom nobody listens otherwise. */
export function sayExited(failure: WorkgraphError, runIds: readonly string[]): void {
  process.stderr.write(
    `${failure.message}; go on with:\n${runIds.map((runId) => `${commandLine(`resume ${runId}`)}\n`).join("")}`,
  );
}

function nodeFrame(): FrameWithLog | undefined {
  const frame = currentFrame();
  return frame?.kind === "node" && "channel" in frame ? (frame as FrameWithLog) : undefined;
}

/** Hostile things are thrown too: a getter that throws must not end the process here. */
function whole(error: unknown): string {
  try {
    return error instanceof Error && typeof error.stack === "string" ? mapStack(error.stack) : inspect(error);
  } catch {
    return "something that cannot be shown";
  }
}

function processEnded(
  frame: NodeFrame | undefined,
  { exitCode, runIds }: { readonly exitCode: number; readonly runIds: readonly string[] },
): WorkgraphError {
  const runs = `run${runIds.length === 1 ? "" : "s"} ${runIds.map((runId) => `"${runId}"`).join(", ")}`;
  const who = frame
    ? `node "${frame.nodeId}" called process.exit(${exitCode}) at ${frame.address}`
    : `the process ended with exit code ${exitCode}`;
  return new WorkgraphError("WG2015", `${who} while ${runs} ${runIds.length === 1 ? "was" : "were"} running`, {
    hint: `what is recorded is kept; go on with: ${commandLine(`resume ${runIds[0]}`)}${frame ? "; to give up on an item, throw an error" : ""}`,
    details: { runIds, exitCode, ...(frame ? { address: frame.address } : {}) },
  });
}
