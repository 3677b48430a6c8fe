/**
 * Child runs in this process.
 *
 * Owns: making a child with its own version and a checked input, going on with one, following one that somebody else runs.
 * Leaves to runtime/subgraph-call.ts: when, and what an end means; to code.ts: which code.
 *
 * R1. A child is owned by the process that owns its parent, and is a run like any other: listed, cancelled and interrupted as one.
 * R2. A child that another process is running is followed, not taken. When that process goes, it is gone on with here.
 * R3. A child that has killed three owners ends as failed by itself; its parent sees that end.
 * R4. What a child took over from another run counts for its parent before the parent goes on.
 */
import type { Clock } from "../base/clock.ts";
import { encodeInput } from "../define/workflow-input.ts";
import { decode } from "../model/codec.ts";
import { formatAddress } from "../model/ids.ts";
import { isRunEnded } from "../model/status.ts";
import type { WorkflowDefinition } from "../model/definition.ts";
import type { RunOrigin } from "../model/events.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import {
  cancelledBy,
  type ChildRequest,
  type ChildRuns,
  type LiveChild,
  type PreparedChild,
} from "../runtime/children.ts";
import { endDeadlyRun } from "../runtime/owner-deaths.ts";
import type { Reuse } from "../runtime/reuse.ts";
import type { Run } from "../runtime/run.ts";
import { resumeRun, startRun, type RunEnvironment } from "../runtime/start.ts";
import type { RunRow } from "../store/store.ts";
import { withoutFrame } from "../trace/current.ts";
import type { LoadedCode } from "./code.ts";
import { readInput } from "./input.ts";
import { rollUp } from "./reuse.ts";

/** What children need of the runner. */
export interface ChildHost {
  readonly project: string;
  /** Of a run with this code. */
  environment(code: LoadedCode): RunEnvironment;
  /** The same, with what a run of this origin may reuse. */
  reusing(code: LoadedCode, origin: RunOrigin | undefined): Promise<RunEnvironment>;
  /** The code of a new child, from that of its parent. */
  childCode(parent: LoadedCode, workflow: WorkflowDefinition): Promise<LoadedCode>;
  /** The code that a recorded child ran with. */
  recordedCode(row: RunRow, workflow: WorkflowDefinition): Promise<LoadedCode>;
  /** A run that is owned here now. */
  owned(runId: string): Run | undefined;
  /** From now on this run is owned here. */
  own(run: Run): unknown;
}

/** Ms between two looks at a run of another process. */
const LOOK_EVERY_MS = 200;

export class LocalChildRuns implements ChildRuns {
  readonly #host: ChildHost;
  /** Of the parent. */
  readonly #code: LoadedCode;
  readonly #reuse: Reuse | undefined;

  constructor(host: ChildHost, code: LoadedCode, reuse?: Reuse) {
    this.#host = host;
    this.#code = code;
    this.#reuse = reuse;
  }

  /** The code of a workflow is loaded outside every run: definitions are refused inside one. */
  prepare(request: ChildRequest): Promise<PreparedChild> {
    return withoutFrame(() => this.#prepare(request));
  }

  async #prepare(request: ChildRequest): Promise<PreparedChild> {
    const code = await this.#host.childCode(this.#code, request.workflow);
    const input = await childInput(code, request);
    return {
      version: code.version,
      begin: (child) => withoutFrame(() => this.#begin(child, { code, input, request })),
    };
  }

  async #begin(
    runId: string,
    of: { readonly code: LoadedCode; readonly input: string; readonly request: ChildRequest },
  ): Promise<LiveChild> {
    const { code, input, request } = of;
    const { run, call, item } = request.parent;
    const environment = await this.#host.reusing(code, request.origin);
    const started = await startRun(
      code.definition,
      {
        runId,
        input,
        version: code.version,
        parent: request.parent,
        project: this.#host.project,
        ...(code.manifest === undefined ? {} : { manifest: code.manifest }),
        ...(code.origin ? { code: code.origin } : {}),
        tags: Object.fromEntries(code.definition.tags.map((tag) => [tag, ""])),
        caller: { kind: "run", id: formatAddress(run, call, item) },
        ...(request.origin ? { origin: request.origin } : {}),
      },
      environment,
    );
    if (!started.created) throw new WorkgraphError("WG5008", `run ${runId} exists already`);
    this.#host.own(started.run);
    return this.#live(started.run, run, environment);
  }

  resume(row: RunRow, request: ChildRequest): Promise<LiveChild> {
    return withoutFrame(() => this.#resume(row, request));
  }

  async #resume(row: RunRow, request: ChildRequest): Promise<LiveChild> {
    const parent = request.parent.run;
    const owned = this.#host.owned(row.runId);
    if (owned) return live(owned, parent, owned.ended);
    if (isElsewhere(row, this.#host.environment(this.#code))) return this.#follow(row, request);
    if (await endDeadlyRun(row, this.#host.environment(this.#code))) return OVER;
    const code = await this.#host.recordedCode(row, request.workflow);
    const environment = await this.#host.reusing(code, row.origin);
    const run = await resumeRun(code.definition, row.runId, environment);
    this.#host.own(run);
    return this.#live(run, parent, environment);
  }

  /** R4. */
  #live(run: Run, parent: string, { reuse, store }: RunEnvironment): LiveChild {
    return live(
      run,
      parent,
      run.ended.then(() => rollUp(reuse, this.#reuse, store)),
    );
  }

  /** R2. */
  #follow(row: RunRow, request: ChildRequest): LiveChild {
    const environment = this.#host.environment(this.#code);
    const { store } = environment;
    const { runId } = row;
    let stopped: "cancel" | "interrupt" | undefined;
    let taken: LiveChild | undefined;
    const ended = (async (): Promise<void> => {
      for (;;) {
        const now = await store.run(runId);
        if (!now || isRunEnded(now.status) || stopped === "interrupt") return;
        if (!isElsewhere(now, environment)) {
          taken = await this.#resume(now, request);
          if (stopped) taken.stop(stopped);
          return taken.ended;
        }
        await pause(environment.clock);
      }
    })();
    return {
      ended,
      stop(how) {
        stopped = how;
        if (taken) taken.stop(how);
        else if (how === "cancel") void store.command({ runId, kind: "cancel", by: cancelledBy(request.parent.run) });
      },
    };
  }
}

const OVER: LiveChild = { ended: Promise.resolve(), stop: () => {} };

function live(run: Run, parent: string, over: Promise<unknown>): LiveChild {
  const ended = over.then(() => undefined);
  ended.catch(() => undefined);
  return {
    ended,
    stop(how) {
      if (how === "cancel") run.cancel(cancelledBy(parent));
      else void run.interrupt();
    },
  };
}

function isElsewhere({ owner }: RunRow, { store }: RunEnvironment): boolean {
  return owner?.alive === true && owner.ownerId !== store.owner.ownerId;
}

function pause(clock: Clock): Promise<void> {
  return new Promise((resolve) => void clock.setTimer(resolve, LOOK_EVERY_MS));
}

/** What the workflow takes, as a launch would read it: schemas and defaults of parameters apply. */
async function childInput({ definition, facts }: LoadedCode, { inputs }: ChildRequest): Promise<string> {
  const given: Record<string, unknown> = {};
  for (const [param, text] of Object.entries(inputs)) given[param] = decode(text);
  return encodeInput(await readInput(definition, facts?.signature, { input: given }), definition.name);
}
