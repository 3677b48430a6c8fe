/** The options of `workflow()`, as an author writes them. What they become is WorkflowDefinition. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { DurationInput } from "../base/duration.ts";
import type { MissedFires } from "../model/trigger.ts";
import type { AnyWorkflow } from "./brand.ts";
import type { InputSchemas } from "./node-options.ts";

export interface ScheduleOptions {
  /** minute hour day month weekday, with seconds before them where there are six; or `@daily` and the like. */
  readonly cron: string;
  /** IANA name, such as "Europe/Berlin". Default: that of the machine. */
  readonly timeZone?: string;
  /**
   * What becomes of moments at which no server ran: "skip" (default) lets them pass, "once" starts one run for the latest, "all" one
   * for each, the oldest first, at most 100.
   */
  readonly missed?: MissedFires;
  /** Input of the runs; plain JSON. Default none. */
  readonly input?: Readonly<Record<string, unknown>>;
}

export interface WebhookOptions {
  /** Environment variable of the server that holds the secret. Default: the secret that `workgraph webhook secret NAME` made. */
  readonly secretEnv?: string;
  /** Parameter that receives the whole body. Default: the fields of the body are the parameters. */
  readonly parameter?: string;
  /** Longest body, 1 to 1,048,576. Default 262,144. */
  readonly maxBytes?: number;
  /** How far the time of a request may be from the server's, at most an hour. Default "5m". */
  readonly window?: DurationInput;
}

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
  /** What `ctx.llm` asks where a request names no model: an entry of `models` in workgraph.config.ts. Default: its entry "default". */
  readonly model?: string;
  /**
   * Started once when a run has failed, with `runId`, `workflow`, `version`, `input` and `errors` (see FailedRun), of which it gets
   * the parameters that it declares. By whoever ends the run: the command line, a server, or your own program. A child run that
   * fails starts nothing: its parent sees it as a failed item.
   */
  readonly onRunFailed?: AnyWorkflow;
  /** When a server starts runs by itself: a cron expression, or an object with one. */
  readonly schedule?: string | ScheduleOptions;
  /** A server starts a run for every signed `POST /api/webhooks/NAME`. Default false. */
  readonly webhook?: boolean | WebhookOptions;
  /** How long runs are kept. Recorded; has no effect in this version. */
  readonly retention?: DurationInput | Readonly<Record<string, unknown>>;
  /** It acts on the outside world. Recorded; has no effect in this version. */
  readonly effect?: boolean;
}
