/**
 * What `node()` and `workflow()` leave behind: the definition the runtime executes.
 *
 * Owns: the normalized shape of options. Leaves to define/: reading and checking what the author wrote.
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { ScheduleDefinition, WebhookDefinition } from "./trigger.ts";
import type { SourceSite } from "./workgraph-error.ts";

export type OnFailed = "fail" | "drop" | "settled" | { readonly tolerate: number };
export type OnInvalid = "retry" | "fail" | { readonly fallback: unknown };

export interface RetryPolicy {
  /** Attempts after the first. */
  readonly max: number;
  readonly backoff: "exponential" | "fixed";
  readonly delayMs: number;
  readonly maxDelayMs: number;
  /** "full" draws uniformly from 0 to the computed delay. */
  readonly jitter: "full" | "none";
}

export interface RateLimit {
  readonly limit: number;
  readonly perMs: number;
}

export interface NodeDefinition {
  readonly kind: "node";
  readonly id: string;
  readonly title?: string;
  readonly description?: string;
  readonly concurrency: number;
  readonly gather: ReadonlySet<string>;
  readonly whole: ReadonlySet<string>;
  /** "undeclared": plain JavaScript; an array result counts as many. "stream": an async generator. */
  readonly out: "many" | "one" | "stream" | "undeclared";
  readonly key?: (value: unknown) => string | number;
  readonly onFailed: OnFailed;
  readonly input?: StandardSchemaV1 | Readonly<Record<string, StandardSchemaV1>>;
  readonly output?: StandardSchemaV1;
  readonly onInvalid: OnInvalid;
  readonly retries: RetryPolicy;
  readonly timeoutMs?: number;
  readonly rateLimit?: RateLimit;
  readonly pool?: string;
  /** Validated and stored only. */
  readonly cache?: true | number;
  readonly effect: boolean;
  readonly thread: boolean;
  /** Of a call of a workflow: the one whose runs stand for the items. */
  readonly subgraph?: WorkflowDefinition;
  readonly fn: (input: never, ctx: never) => unknown;
  readonly site?: SourceSite;
}

export interface WorkflowDefinition {
  readonly kind: "workflow";
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly gather: ReadonlySet<string>;
  readonly whole: ReadonlySet<string>;
  readonly out: "many" | "one" | "undeclared";
  readonly input?: StandardSchemaV1 | Readonly<Record<string, StandardSchemaV1>>;
  readonly output?: StandardSchemaV1;
  readonly onFailure: "finish" | "abort";
  readonly durability: "process" | "power-loss";
  readonly schedule?: ScheduleDefinition;
  readonly webhook?: WebhookDefinition;
  /** Started once when a root run has failed. */
  readonly onRunFailed?: WorkflowDefinition;
  /** What `ctx.llm` asks where nothing else is said. */
  readonly model?: string;
  /** Validated and stored only: retention, effect. */
  readonly stored: Readonly<Record<string, unknown>>;
  readonly fn: (input: never) => unknown;
  readonly site?: SourceSite;
}
