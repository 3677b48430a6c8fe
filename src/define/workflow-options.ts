/** The options of `workflow()`, as an author writes them. What they become is WorkflowDefinition. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { DurationInput } from "../base/duration.ts";
import type { AnyWorkflow } from "./brand.ts";
import type { InputSchemas } from "./node-options.ts";

/**
 * Options of a workflow. Only `name` is required.
 * Each is checked when `workflow()` is called: a value out of its range throws WG1110 to WG1123.
 */
export interface WorkflowOptions<
  Gather extends string = string,
  Whole extends string = string,
  Input extends InputSchemas | undefined = InputSchemas,
  Output extends StandardSchemaV1 | undefined = StandardSchemaV1,
  Out extends "many" | "one" | "undeclared" = "many" | "one" | "undeclared",
> {
  /** `^[a-z][a-z0-9_-]{0,63}$`, unique in a project. */
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  /** As for a node; for calls of this workflow by another. */
  readonly gather?: readonly Gather[];
  readonly whole?: readonly Whole[];
  readonly out?: Out & ("many" | "one");
  /** Validates the input; the function receives what the schema gives. Without it, the parameter's annotation is read. */
  readonly input?: Input;
  /** Validates the output; gives its type. */
  readonly output?: Output;
  /** What becomes of the other items when one fails: they "finish" (default), or the run is stopped ("abort"). */
  readonly onFailure?: "finish" | "abort";
  /** What a recorded result survives: the end of the "process" by kill -9 (default), or a "power-loss" too (slower). */
  readonly durability?: "process" | "power-loss";
  /** Default model of `ctx.llm`. Recorded; has no effect in this version. */
  readonly model?: string | Readonly<Record<string, unknown>>;
  /** Started once when a run has failed. Recorded; has no effect in this version. */
  readonly onRunFailed?: AnyWorkflow;
  /** A cron expression, or an object with one. Recorded; has no effect in this version. */
  readonly schedule?: string | Readonly<Record<string, unknown>>;
  /** Recorded; has no effect in this version. */
  readonly webhook?: boolean | Readonly<Record<string, unknown>>;
  /** How long runs are kept. Recorded; has no effect in this version. */
  readonly retention?: DurationInput | Readonly<Record<string, unknown>>;
  /** It acts on the outside world. Recorded; has no effect in this version. */
  readonly effect?: boolean;
}
