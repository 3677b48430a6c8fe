/**
 * Runs in processes of their own: one for each root run with its children.
 *
 * Owns: starting, asking and ending them. Leaves to cli/runner-process.ts: what one does.
 *
 * R1. A process belongs to one run: what its code does to it (a crash, memory, an endless loop) happens to no other run.
 * R2. They are in process groups of their own: Ctrl-C at the server does not reach them, `close` does.
 * R3. Who asks gets the runner's own error; a process that ends without an answer is WG6030.
 */
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { systemClock } from "../base/clock.ts";
import type { Project } from "../model/config.ts";
import type { RunId } from "../model/ids.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { thrownAgain } from "./failure.ts";
import type { Caller, ForkOrder, Launched, Launcher, LaunchOrder } from "./launcher.ts";
import type { RunnerAnswer, RunnerRequest } from "./runner-messages.ts";

const ENTRY = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../cli/runner-process.ts" : "../cli/runner-process.js", import.meta.url),
);

const SAID_LENGTH = 2_000;

export class ProcessLauncher implements Launcher {
  readonly #project: Project;
  readonly #processes: Set<RunnerProcess> = new Set();
  #closed = false;

  constructor(project: Project) {
    this.#project = project;
  }

  async launch(order: LaunchOrder): Promise<Launched> {
    const runner = await this.#start();
    const answer = await this.#orStop(runner, runner.ask({ kind: "enqueue", order }));
    if (answer.kind !== "enqueued") throw new TypeError(`a runner answered "${answer.kind}"`);
    const { launched } = answer;
    if (launched.created) void this.#orStop(runner, this.#take(runner, launched.runId)).catch(() => undefined);
    else runner.stop();
    return launched;
  }

  async fork(order: ForkOrder): Promise<Launched> {
    const runner = await this.#start();
    const answer = await this.#orStop(runner, runner.ask({ kind: "fork", order }));
    if (answer.kind !== "enqueued") throw new TypeError(`a runner answered "${answer.kind}"`);
    runner.runId = answer.launched.runId;
    return answer.launched;
  }

  async planFork(order: ForkOrder): Promise<unknown> {
    const runner = await this.#start();
    const answer = await this.#orStop(runner, runner.ask({ kind: "plan-fork", order }));
    runner.stop();
    return answer.kind === "planned" ? answer.plan : undefined;
  }

  async resume(runId: RunId, caller: Caller): Promise<void> {
    const runner = await this.#start();
    await this.#orStop(runner, this.#take(runner, runId, caller));
  }

  async cancelOrphan(runId: RunId, by: string): Promise<void> {
    const runner = await this.#start();
    await this.#orStop(runner, runner.ask({ kind: "cancel-orphan", runId, by }));
    runner.stop();
  }

  active(): readonly RunId[] {
    return [...this.#processes].flatMap(({ runId }) => (runId === undefined ? [] : [runId]));
  }

  async close(graceMs: number): Promise<readonly RunId[]> {
    this.#closed = true;
    const interrupted = this.active();
    await Promise.all([...this.#processes].map((runner) => runner.end(graceMs)));
    return interrupted;
  }

  async #start(): Promise<RunnerProcess> {
    if (this.#closed)
      throw new WorkgraphError("WG6031", "the server is stopping", { hint: "Ask again when it is back." });
    const runner = new RunnerProcess();
    this.#processes.add(runner);
    void runner.ended.then(() => this.#processes.delete(runner));
    const { root, dataDir } = this.#project;
    await this.#orStop(runner, runner.ask({ kind: "open", from: root, data: dataDir }));
    return runner;
  }

  async #take(runner: RunnerProcess, runId: RunId, caller?: Caller): Promise<RunnerAnswer> {
    runner.runId = runId;
    return runner.ask({ kind: "take", runId, ...(caller === undefined ? {} : { caller }) });
  }

  async #orStop<T>(runner: RunnerProcess, asked: Promise<T>): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      runner.stop();
      throw error;
    }
  }
}

class RunnerProcess {
  readonly ended: Promise<void>;
  /** The run it was given. */
  runId: RunId | undefined;
  readonly #child: ChildProcess;
  /** What it said before its first answer: why it does not start. Later its stderr is the author's, and may hold anything. */
  #said = "";
  #answered = false;
  readonly #waiting: { readonly resolve: (answer: RunnerAnswer) => void; readonly reject: (error: Error) => void }[] =
    [];

  constructor() {
    this.#child = fork(ENTRY, { detached: true, stdio: ["ignore", "ignore", "pipe", "ipc"] });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      if (!this.#answered) this.#said = (this.#said + text).slice(-SAID_LENGTH);
    });
    this.ended = new Promise((resolve) => {
      this.#child.on("exit", (exitCode, signal) => this.#gone(signal ?? `exit code ${exitCode}`, resolve));
      this.#child.on("error", (error) => this.#gone(error.message, resolve));
    });
    this.#child.on("message", (answer: RunnerAnswer) => {
      this.#answered = true;
      const waiting = this.#waiting.shift();
      if (answer.kind === "refused") waiting?.reject(thrownAgain(answer.failure));
      else waiting?.resolve(answer);
    });
  }

  ask(request: RunnerRequest): Promise<RunnerAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (this.#child.connected) this.#child.send(request);
    });
  }

  stop(): void {
    if (this.#child.connected) this.#child.send({ kind: "stop" } satisfies RunnerRequest);
    else this.#child.kill("SIGTERM");
  }

  async end(graceMs: number): Promise<void> {
    this.stop();
    const timer = systemClock.setTimer(() => this.#child.kill("SIGKILL"), graceMs);
    await this.ended;
    systemClock.clearTimer(timer);
  }

  #gone(how: string, resolve: () => void): void {
    for (const { reject } of this.#waiting.splice(0)) {
      reject(
        new WorkgraphError("WG6030", `the runner process ended before it answered (${how})`, {
          hint: this.#answered
            ? "The code of the workflow ends the process while it is loaded, or the machine has no memory left for it."
            : `It did not start: ${this.#said.trim() || "it said nothing"}`,
        }),
      );
    }
    resolve();
  }
}
