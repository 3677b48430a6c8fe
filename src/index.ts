/**
 * The public surface: what an author imports. A hand-written list; loading it opens no database and no bundler.
 */
export { node } from "./define/node.ts";
export type { NodeFunction } from "./define/node.ts";
export type { NodeOptions, RateLimitOptions, RetryOptions } from "./define/node-options.ts";
export type { Ports } from "./define/ports.ts";
export { workflow } from "./define/workflow.ts";
export type { Resolved, Workflow } from "./define/workflow.ts";
export type { WorkflowOptions } from "./define/workflow-options.ts";
export { cross, filter, merge, now, race, random, sleep, uuid, zip, zipBy } from "./define/combinators.ts";
export type { List } from "./define/combinators.ts";
export { text } from "./define/text.ts";
export { isNode, isWorkflow } from "./define/brand.ts";
export type { AnyNode, AnyWorkflow } from "./define/brand.ts";
export { FatalError } from "./define/fatal-error.ts";
export { defineConfig } from "./define/config.ts";
export type { ProjectConfig } from "./model/config.ts";
export { ItemsFailed } from "./define/items-failed.ts";
export { WorkgraphError } from "./model/workgraph-error.ts";
export type { SourceSite } from "./model/workgraph-error.ts";
export type { ErrorKind, ErrorRecord, ValidationIssue } from "./model/error-record.ts";
export type { SettledFailed, Handle, Item, Items, SettledOk, Settled } from "./model/handle.ts";
export type { ArtifactFolder, ArtifactRef, Ctx, LlmRequest, LogFields, NodeLog, Scratchpad } from "./model/ctx.ts";
export type { DurationInput } from "./base/duration.ts";
