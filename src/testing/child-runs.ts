/**
 * Child runs of a run under test: real runs in the same store, on the same clock, with the same scripts.
 *
 * Owns: making them of the definitions at hand. Leaves to runner/children.ts: versions, other processes.
 */
import { decode } from "../model/codec.ts";
import { formatAddress } from "../model/ids.ts";
import {
  cancelledBy,
  type ChildRequest,
  type ChildRuns,
  type LiveChild,
  type PreparedChild,
} from "../runtime/children.ts";
import type { Run } from "../runtime/run.ts";
import { resumeRun, startRun, type RunEnvironment } from "../runtime/start.ts";
import type { RunRow } from "../store/store.ts";
import { withoutFrame } from "../trace/current.ts";
import { encodedInput } from "./input.ts";

/** In place of a closure hash: no bundle is made of what a test runs. */
export const UNVERSIONED = "unversioned";

export interface ChildHost {
  readonly environment: RunEnvironment;
  /** From now on this run is part of the test. */
  own(run: Run): void;
}

export class ScriptedChildRuns implements ChildRuns {
  readonly #host: () => ChildHost;

  constructor(host: () => ChildHost) {
    this.#host = host;
  }

  async prepare(request: ChildRequest): Promise<PreparedChild> {
    const { workflow, parent, inputs } = request;
    const given = Object.fromEntries(Object.entries(inputs).map(([param, text]) => [param, decode(text)]));
    const input = await encodedInput(workflow, given);
    const caller = { kind: "run", id: formatAddress(parent.run, parent.call, parent.item) };
    return {
      version: UNVERSIONED,
      begin: (runId) =>
        withoutFrame(async () => {
          const facts = { runId, version: UNVERSIONED, input, parent, caller };
          const started = await startRun(workflow, facts, this.#host().environment);
          return this.#live(started.created ? started.run : undefined, parent.run);
        }),
    };
  }

  async resume(row: RunRow, { workflow, parent }: ChildRequest): Promise<LiveChild> {
    const run = await withoutFrame(() => resumeRun(workflow, row.runId, this.#host().environment));
    return this.#live(run, parent.run);
  }

  #live(run: Run | undefined, parent: string): LiveChild {
    if (run) this.#host().own(run);
    const ended = Promise.resolve(run?.ended).then(() => undefined);
    ended.catch(() => undefined);
    return {
      ended,
      stop(how) {
        if (how === "cancel") run?.cancel(cancelledBy(parent));
        else void run?.interrupt();
      },
    };
  }
}
