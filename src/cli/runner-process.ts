/**
 * A process that executes runs for a server, one root run with its children at a time.
 *
 * Owns: the life of the process. Leaves to runner/: the run; to app/process-launcher.ts: which run.
 *
 * R1. It is told what to do by messages, and does it in order. Nothing of a workflow is loaded before the first order, and never two
 *     versions of one workflow (WG6060).
 * R2. A run goes on when the server is gone: it owns itself, and a server that starts later finds it running. Then the process ends.
 * R3. Told to stop, it interrupts its run, commits, and ends; nothing recorded is lost. A run that it gave up because the store
 *     refused is told with the reason, and left as one whose process died: a server goes on with it.
 * R4. It says every second that its event loop turns.
 */
import { systemClock } from "../base/clock.ts";
import { failureOf } from "../app/failure.ts";
import { openLiveExport, type LiveExport } from "../app/live-export.ts";
import { findProject } from "../app/project.ts";
import { markRunner, unmarkRunner } from "../app/runner-marks.ts";
import type { RunnerAnswer, RunnerNews, RunnerRequest } from "../app/runner-messages.ts";
import { openWorkspace, type Workspace } from "../app/workspace.ts";
import type { PauseNews } from "../runner/pause-text.ts";
import { openRunner, type LiveRun, type Runner } from "../runner/runner.ts";
import { holdYoungGeneration } from "../runner/young-generation.ts";

const BEAT_MS = 1_000;

interface Opened {
  readonly workspace: Workspace;
  readonly runner: Runner;
  readonly spans: LiveExport | undefined;
}

class RunnerProcess {
  #opened: Promise<Opened> | undefined;
  #live: LiveRun | undefined;
  #gaveUp = false;
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
      case "enqueue-fork": {
        const { runner } = await this.#parts();
        return { kind: "enqueued", launched: await runner.enqueueFork(request.order) };
      }
      case "take": {
        const { runner, workspace, spans } = await this.#parts();
        const { runId, caller } = request;
        await markRunner(workspace.project, workspace.store.owner.ownerId);
        const before = spans && (await workspace.store.run(runId))?.seq;
        this.#drive(await runner.resume(runId, caller === undefined ? {} : { caller }));
        spans?.follow(runId, before);
        return { kind: "done" };
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

  /** To its end. The next one may come then. */
  #drive(live: LiveRun): void {
    const { runId } = live;
    this.#live = live;
    void live
      .result()
      .then(
        ({ status }) => ({ status }),
        (error: unknown) => {
          this.#gaveUp = true;
          return { status: "interrupted", failure: failureOf(error) };
        },
      )
      .then((over) => {
        this.#live = undefined;
        tell({ kind: "ended", runId, ...over, rssBytes: process.memoryUsage.rss() });
        // R2.
        return process.connected ? undefined : this.end();
      });
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
      await parts?.spans?.close();
      if (parts && !this.#gaveUp) await unmarkRunner(parts.workspace.project, parts.workspace.store.owner.ownerId);
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
  const runner = await openRunner({
    store: workspace.store,
    project,
    process: "own",
    sleeps: "leave",
    versions: "one each",
    paused: tellRoom,
  });
  await runner.warmUp();
  const say = (text: string): unknown => process.stderr.write(`${text}\n`);
  return { workspace, runner, spans: openLiveExport(workspace.store, { env: process.env, say }) };
}

function tell(news: RunnerNews): void {
  if (process.connected) process.send?.(news, () => undefined);
}

/** That a run sleeps, its status says. */
function tellRoom(news: PauseNews): void {
  const { runId } = news;
  if (news.reason === "store-full") tell({ kind: "room", runId, failure: failureOf(news.error) });
  else if (news.reason === "room") tell({ kind: "room", runId });
}

/** R4. */
function beat(): void {
  tell({ kind: "beat" });
  systemClock.setTimer(beat, BEAT_MS).unref();
}

holdYoungGeneration();
const runner = new RunnerProcess();
let last: Promise<unknown> = Promise.resolve();

process.on("message", (request: RunnerRequest) => {
  const before = request.kind === "stop" ? Promise.resolve() : last;
  last = before
    .then(() => runner.perform(request))
    .catch((error: unknown): RunnerAnswer => ({ kind: "refused", failure: failureOf(error) }))
    .then((answer) => {
      if (process.connected) process.send?.(answer, () => undefined);
    });
});
beat();
// R2.
process.on("disconnect", () => {
  if (runner.isIdle) void last.then(() => (runner.isIdle ? runner.end() : undefined));
});
// Nobody reads any more when the server is gone.
process.stderr.on("error", () => undefined);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void runner.end());
