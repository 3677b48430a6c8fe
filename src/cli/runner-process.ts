/**
 * A process that executes one root run with its children for a server, and ends.
 *
 * Owns: the life of the process. Leaves to runner/: the run; to app/process-launcher.ts: when there is one.
 *
 * R1. It is told what to do by messages, and does it in order. Nothing of a workflow is loaded before the first order.
 * R2. A run goes on when the server is gone: it owns itself, and a server that starts later finds it running.
 * R3. Told to stop, it interrupts its run, commits, and ends; nothing recorded is lost.
 */
import { failureOf } from "../app/failure.ts";
import { findProject } from "../app/project.ts";
import type { RunnerAnswer, RunnerRequest } from "../app/runner-messages.ts";
import { openWorkspace, type Workspace } from "../app/workspace.ts";
import { openRunner, type LiveRun, type Runner } from "../runner/runner.ts";

interface Opened {
  readonly workspace: Workspace;
  readonly runner: Runner;
}

class RunnerProcess {
  #opened: Promise<Opened> | undefined;
  #live: LiveRun | undefined;
  #ending: Promise<void> | undefined;

  async perform(request: RunnerRequest): Promise<RunnerAnswer> {
    switch (request.kind) {
      case "open":
        this.#opened = openParts(request);
        await this.#opened;
        return { kind: "done" };
      case "enqueue": {
        const { runner, workspace } = await this.#parts();
        const launched = await runner.enqueue({ ...request.order, from: workspace.project.root });
        return { kind: "enqueued", launched };
      }
      case "take": {
        const { runner } = await this.#parts();
        const { runId, caller } = request;
        this.#drive(await runner.resume(runId, caller === undefined ? {} : { caller }));
        return { kind: "done" };
      }
      case "fork": {
        const live = await (await this.#parts()).runner.fork(request.order);
        this.#drive(live);
        const { runId, workflow, version } = live;
        return { kind: "enqueued", launched: { runId, workflow, version, created: true } };
      }
      case "plan-fork":
        return { kind: "planned", plan: await (await this.#parts()).runner.planFork(request.order) };
      case "cancel-orphan":
        await (await this.#parts()).runner.cancelOrphan(request.runId, request.by);
        return { kind: "done" };
      case "stop":
        await this.end();
        return { kind: "done" };
      default:
        request satisfies never;
        throw new TypeError("an unknown request");
    }
  }

  /** To its end, which is that of the process. */
  #drive(live: LiveRun): void {
    this.#live = live;
    void live.result().then(
      () => this.end(),
      () => this.end(),
    );
  }

  get isIdle(): boolean {
    return this.#live === undefined;
  }

  /** R3. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    try {
      const parts = await this.#opened;
      await parts?.runner.close();
      await parts?.workspace.close();
    } finally {
      process.exit();
    }
  }

  #parts(): Promise<Opened> {
    if (this.#opened === undefined) throw new TypeError("asked before it was opened");
    return this.#opened;
  }
}

async function openParts({ from, data }: { readonly from: string; readonly data: string }): Promise<Opened> {
  const project = await findProject({ from, data, env: process.env });
  const workspace = await openWorkspace(project, "write");
  return { workspace, runner: await openRunner({ store: workspace.store, project, process: "own" }) };
}

const runner = new RunnerProcess();
let last: Promise<unknown> = Promise.resolve();

process.on("message", (request: RunnerRequest) => {
  const before = request.kind === "stop" ? Promise.resolve() : last;
  last = before
    .then(() => runner.perform(request))
    .catch((error: unknown): RunnerAnswer => ({ kind: "refused", failure: failureOf(error) }))
    .then((answer) => {
      if (process.connected) process.send?.(answer);
    });
});
// R2.
process.on("disconnect", () => {
  if (runner.isIdle) void last.then(() => (runner.isIdle ? runner.end() : undefined));
});
// Nobody reads any more when the server is gone.
process.stderr.on("error", () => undefined);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void runner.end());
