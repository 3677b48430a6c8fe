/** What a test says of a run. */
import type { ErrorRecord } from "../model/error-record.ts";
import type { Script } from "./script.ts";
import type { PlacedFailure } from "./scripted-engine.ts";
import type { ModelScript } from "./scripted-models.ts";

/** Everything may be left out. */
export interface TestOptions {
  /** What stands in for nodes, by node id, in child runs too. A node that is not named here is performed as it is. */
  readonly nodes?: Readonly<Record<string, Script>>;
  /** What stands in for models, by the id of a node that asks, or by the name of a model ("default" where none is named). */
  readonly models?: Readonly<Record<string, ModelScript>>;
  /** Failures at single items, before their script or their function is asked. */
  readonly failures?: readonly PlacedFailure[];
  /** Errors that `ctx.errors()` tells before the run's own; only a message is needed. */
  readonly errors?: readonly (Partial<ErrorRecord> & Pick<ErrorRecord, "message">)[];
  /** What the run finds on its scratchpad. */
  readonly scratchpad?: Readonly<Record<string, unknown>>;
  /** Chance of the workflow function and of retry delays; default "test": every run draws the same. */
  readonly seed?: string;
  /** The run's first time, epoch ms; default 2026-01-01T00:00:00Z. */
  readonly startedAt?: number;
  /** "moving": the run's clock stands while node functions run, and jumps over sleeps, delays and timeouts (the default).
   *  "real": the machine's clock, which the test waits for. */
  readonly clock?: "moving" | "real";
  /** "always": the function is replayed over its own log at every graph break, so that what does not repeat is found (the
   *  default). "never": faster, for runs of thousands of awaits. */
  readonly replay?: "always" | "never";
  /** Real ms after which a run that has not ended is given up (WG1150); default 4,000. */
  readonly limitMs?: number;
  /** Absolute folder to publish artifacts in; default a temporary one, removed when the process ends. */
  readonly folder?: string;
}
