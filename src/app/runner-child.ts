/**
 * One runner process, as the server sees it.
 *
 * Owns: starting it, asking it, what it says, its end. Leaves to cli/runner-process.ts: what it does; to runner-pool.ts: who uses it.
 *
 * R1. It is in a process group of its own: Ctrl-C at the server does not reach it, and what its code started ends with it.
 * R2. Who asks gets the runner's own error; a process that ends without an answer is WG6030.
 * R3. It says every second that its event loop turns. Nothing follows from silence alone: an endless loop is the author's, until
 *     somebody cancels the run or a limit was stated.
 */
import type { ChildProcess } from "node:child_process";
import { systemClock } from "../base/clock.ts";
import type { RunId } from "../model/ids.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { startProcess } from "./child-process.ts";
import { thrownAgain, type Failure } from "./failure.ts";
import type { RoomNews, RunnerAnswer, RunnerNews, RunnerRequest } from "./runner-messages.ts";

const SAID_LENGTH = 2_000;

/** How a run in it came to its end: as its status says, or ("lost") with the process. */
export interface RunOver {
  readonly status: string;
  readonly rssBytes: number;
  /** Why it was given up, or lost. */
  readonly failure?: Failure;
}

export interface ChildOptions {
  /** Heap at which its process ends; default: as Node has it. */
  readonly memoryMb?: number;
  /** Told when a run of its waits for room, and when it does no more. */
  readonly room?: (news: RoomNews) => void;
}

export class RunnerChild {
  readonly ended: Promise<void>;
  /** The workflow whose code it has loaded; none: any may come. */
  workflow: string | undefined;
  /** Runs that it has taken. */
  runs = 0;
  #heardAt: number = systemClock.perf();
  readonly #child: ChildProcess;
  /** What it said before its first answer: why it does not start. Later its stderr is the author's, and may hold anything. */
  #said = "";
  #answered = false;
  #gone = false;
  readonly #waiting: { readonly resolve: (answer: RunnerAnswer) => void; readonly reject: (error: Error) => void }[] =
    [];
  readonly #over: Map<RunId, (over: RunOver) => void> = new Map();
  readonly #room: (news: RoomNews) => void;

  constructor({ memoryMb, room = () => undefined }: ChildOptions = {}) {
    this.#room = room;
    const execArgv = memoryMb === undefined ? [] : [`--max-old-space-size=${memoryMb}`];
    this.#child = startProcess("runner", {
      detached: true,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      execArgv: [...process.execArgv, ...execArgv],
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      if (!this.#answered) this.#said = (this.#said + text).slice(-SAID_LENGTH);
    });
    this.ended = new Promise((resolve) => {
      this.#child.on("exit", (exitCode, signal) => this.#exited(signal ?? `exit code ${exitCode}`, resolve));
      this.#child.on("error", (error) => this.#exited(error.message, resolve));
    });
    this.#child.on("message", (message: RunnerAnswer | RunnerNews) => this.#heard(message));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isGone(): boolean {
    return this.#gone;
  }

  /** Ms since it was last heard. */
  get silentMs(): number {
    return systemClock.perf() - this.#heardAt;
  }

  ask(request: RunnerRequest): Promise<RunnerAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#gone) return reject(this.#unanswered("it had ended"));
      this.#waiting.push({ resolve, reject });
      if (this.#child.connected) this.#child.send(request, () => undefined);
    });
  }

  /** Begins to execute a run. Resolves when it is owned; `over` when it, or the process, has ended. */
  async take(runId: RunId): Promise<{ readonly over: Promise<RunOver> }> {
    const over = new Promise<RunOver>((resolve) => this.#over.set(runId, resolve));
    this.runs++;
    try {
      await this.ask({ kind: "take", runId });
    } catch (error) {
      this.#over.delete(runId);
      throw error;
    }
    return { over };
  }

  /** Interrupts what it executes, and ends it. */
  stop(): void {
    if (this.#child.connected) this.#child.send({ kind: "stop" } satisfies RunnerRequest, () => undefined);
    else if (!this.#gone) this.#child.kill("SIGTERM");
  }

  async end(graceMs: number): Promise<void> {
    this.stop();
    const timer = systemClock.setTimer(() => this.kill(), graceMs);
    await this.ended;
    systemClock.clearTimer(timer);
  }

  /** R1. */
  kill(): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // The group has no member left.
    }
  }

  #heard(message: RunnerAnswer | RunnerNews): void {
    this.#heardAt = systemClock.perf();
    if (message.kind === "beat") return;
    if (message.kind === "room") return this.#room(message);
    if (message.kind === "ended") {
      this.#over.get(message.runId)?.(message);
      this.#over.delete(message.runId);
      return;
    }
    this.#answered = true;
    const waiting = this.#waiting.shift();
    if (message.kind === "refused") waiting?.reject(thrownAgain(message.failure));
    else waiting?.resolve(message);
  }

  #exited(how: string, resolve: () => void): void {
    this.#gone = true;
    // R1: what its code started and left behind.
    this.kill();
    for (const { reject } of this.#waiting.splice(0)) reject(this.#unanswered(how));
    const failure: Failure = { code: "WG6030", message: `the runner process ended (${how})` };
    for (const over of this.#over.values()) over({ status: "lost", rssBytes: 0, failure });
    this.#over.clear();
    resolve();
  }

  #unanswered(how: string): WorkgraphError {
    return new WorkgraphError("WG6030", `the runner process ended before it answered (${how})`, {
      hint: this.#answered
        ? "The code of the workflow ends the process while it is loaded, or the machine has no memory left for it."
        : `It did not start: ${this.#said.trim() || "it said nothing"}`,
    });
  }
}
