/** The options of `node()`, as an author writes them. What they become is NodeDefinition. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { DurationInput } from "../base/duration.ts";
import type { OnFailed } from "../model/definition.ts";

/** When and how often a failed attempt is followed by another. */
export interface RetryOptions {
  /** Attempts after the first, 0 to 10,000. */
  readonly max: number;
  /** How the delay grows: doubled each time, or the same. Default "exponential". */
  readonly backoff?: "exponential" | "fixed";
  /** Before the second attempt. Default "1s". */
  readonly delay?: DurationInput;
  /** The longest delay. Default "30s". */
  readonly maxDelay?: DurationInput;
  /** "full" draws uniformly between 0 and the delay, so that many items do not come back at once. Default "full". */
  readonly jitter?: "full" | "none";
}

/** Gives each item of a result of many its stable key. */
// oxlint-disable-next-line typescript/no-explicit-any -- a key whose parameter is not annotated has to get some type; unknown would refuse every use
export type KeyFunction = (value: any) => string | number;

declare const noKey: unique symbol;
/** `key` was not given. Callable, so that the parameter of a key that is being written has a type (`any`). */
export interface NoKey {
  // oxlint-disable-next-line typescript/no-explicit-any -- as in KeyFunction
  (value: any): string | number;
  readonly [noKey]: true;
}

/** At most `limit` attempts start in any `per`, over all runs and processes of one store. */
export interface RateLimitOptions {
  /** A whole number from 1. */
  readonly limit: number;
  readonly per: DurationInput;
}

/** A schema of all parameters as one object, or one schema per parameter. */
export type InputSchemas<Name extends string = string> = StandardSchemaV1 | { readonly [K in Name]?: StandardSchemaV1 };

/**
 * Options of a node. Only `id` is required. Durations are ms or text: `"250ms"`, `"20s"`, `"1.5h"`, `"2d"`.
 * Each is checked when `node()` is called: a value out of its range throws WG1110 to WG1123.
 */
export interface NodeOptions<
  Gather extends string = string,
  Whole extends string = string,
  Out extends "many" | "one" | "undeclared" = "many" | "one",
  Failed extends OnFailed | undefined = OnFailed,
  Key extends KeyFunction = KeyFunction,
  Input extends InputSchemas | undefined = InputSchemas,
  Output extends StandardSchemaV1 | undefined = StandardSchemaV1,
> {
  /** `^[a-z][a-z0-9_-]{0,63}$`, unique among the nodes a workflow reaches. */
  readonly id: string;
  /** Shown in place of the id. */
  readonly title?: string;
  readonly description?: string;
  /** Items of this node in flight in one run: a whole number from 1. Default 16. */
  readonly concurrency?: number;
  /** Array-typed parameters that receive the whole set. */
  readonly gather?: readonly Gather[];
  /** Array-typed parameters that take one value which happens to be an array, e.g. an embedding. */
  readonly whole?: readonly Whole[];
  /** What an array result is: "many" items, or "one" value. `async function*` implies "many". */
  readonly out?: Out & ("many" | "one");
  /** Stable key of each item of a result of many; default its index. Annotate its parameter to have it checked. */
  readonly key?: Key | KeyFunction;
  /**
   * What a gather does about failed and skipped items. "fail" (default): it is skipped. "drop": it goes on without them.
   * "settled": it receives `Settled<T>[]`. `{ tolerate }`: as "drop" up to a count (>= 1) or a share (< 1), else as "fail".
   */
  readonly onFailed?: Failed;
  /** Validates the input of each attempt; the function receives what the schema gives. */
  readonly input?: Input;
  /** Validates the result, or each item of a result of many; gives its type, and consumers what the schema gives. */
  readonly output?: Output;
  /**
   * The result does not pass `output`: "fail" (default), "retry" with `ctx.feedback`, or another value in its place.
   * Concerns validation alone; what the function throws goes its usual way.
   */
  readonly onInvalid?: "retry" | "fail" | { readonly fallback: unknown };
  /** Attempts after the first, or how they follow. Default 0, or 2 with `onInvalid: "retry"`. `FatalError` is never retried. */
  readonly retries?: number | RetryOptions;
  /** Per attempt, above 0 and below 2^31 ms (24.8 days). Aborts `ctx.signal`; 5 s later the attempt is abandoned. */
  readonly timeout?: DurationInput;
  readonly rateLimit?: RateLimitOptions;
  /** Name of a limit shared by nodes, runs and processes: `pools` in workgraph.config.ts says how many attempts it lets run at once. */
  readonly pool?: string;
  /** Reuse results across runs, for good or for a time. Recorded; has no effect in this version. */
  readonly cache?: boolean | DurationInput;
  /** It acts on the outside world: its results are never reused by cache or fork. Recorded; has no effect in this version. */
  readonly effect?: boolean;
  /** Attempts run in worker threads, as many as the machine has cores: for CPU-bound code, and for code that may loop for ever. */
  readonly thread?: boolean;
}
