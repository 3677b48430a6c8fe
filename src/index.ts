/**
 * The public surface: what an author imports. A hand-written list; loading it opens no database and no bundler.
 */
import type { Workgraph } from "./runner/workgraph.ts";

export { node } from "./define/node.ts";
export type { NodeFunction } from "./define/node.ts";
export type { NodeOptions, RateLimitOptions, RetryOptions } from "./define/node-options.ts";
export type { Ports } from "./define/ports.ts";
export { workflow } from "./define/workflow.ts";
export type { Resolved, Workflow, WorkflowPorts } from "./define/workflow.ts";
export { runSubgraph } from "./define/subgraph.ts";
export type { SubgraphOptions } from "./define/subgraph.ts";
export type { ScheduleOptions, WebhookOptions, WorkflowOptions } from "./define/workflow-options.ts";
export type { FailedRun, FailedRunError, MissedFires } from "./model/trigger.ts";
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
export type { ArtifactFolder, ArtifactRef, Ctx, LogFields, NodeLog, Scratchpad } from "./model/ctx.ts";
export type { ArtifactContent, ArtifactOptions, OpenedArtifact } from "./model/ctx.ts";
export type { Llm, LlmAnswer, LlmMessage, LlmRequest, LlmUsage } from "./model/llm.ts";
export type { ModelConfig, ModelEntry, ModelSettings } from "./model/llm.ts";
export type { ArtifactManifest, ManifestFile, NextInputs } from "./model/manifest.ts";
export type { DurationInput } from "./base/duration.ts";
export type { ForkOptions, LaunchOptions, RecordedItem, RunHandle, Workgraph } from "./runner/workgraph.ts";
export type { RunResult } from "./runner/runner.ts";
export type { RunEvent, StoredEvent } from "./model/events.ts";
export type { ItemStatus, RunStatus } from "./model/status.ts";

/**
 * Opens workgraph in this process: launch any number of runs, read what is recorded.
 *
 * @param options.dir folder to find the project from (nearest `workgraph.config.ts` or `package.json` upwards); default the
 *   working folder. `options.data` names another data folder than the project's `.workgraph`. `options.hosts` names the hosts
 *   that `wg.fetch` serves, when it is mounted where others reach it; by default only this machine's own, without tokens to read.
 * @throws WorkgraphError WG50xx when the data folder cannot be used.
 * @example
 * const wg = await openWorkgraph();
 * const run = await wg.launch(researchPipeline, { query: "agentic frameworks" });
 * console.log(await run.result());
 * for await (const item of run.items()) console.log(item.address, item.status);
 * await wg.close();
 */
export async function openWorkgraph(
  options: { readonly dir?: string; readonly data?: string; readonly hosts?: readonly string[] } = {},
): Promise<Workgraph> {
  const [{ findProject }, { openWorkspace }, { openLiveExport }, { openRunner }, { Workgraph: Opened }] =
    await Promise.all([
      import("./app/project.ts"),
      import("./app/workspace.ts"),
      import("./app/live-export.ts"),
      import("./runner/runner.ts"),
      import("./runner/workgraph.ts"),
    ]);
  const project = await findProject({
    from: options.dir ?? process.cwd(),
    env: process.env,
    ...(options.data === undefined ? {} : { data: options.data }),
  });
  const workspace = await openWorkspace(project, "write");
  const runner = await openRunner({ store: workspace.store, project });
  const { hosts } = options;
  const spans = openLiveExport(workspace.store, { env: process.env, say: (text) => process.emitWarning(text) });
  return new Opened({
    runner,
    store: workspace.store,
    ...(spans === undefined ? {} : { spans }),
    close: () => workspace.close(),
    openHandler: async () => {
      const [{ createHandler, LOOPBACK_NAMES }, { readJsonBody }, { mcpMount }] = await Promise.all([
        import("./server/handler.ts"),
        import("./server/body.ts"),
        import("./mcp/mount.ts"),
      ]);
      const names = new Map((hosts ?? LOOPBACK_NAMES).map((name) => [name.toLowerCase(), "any"] as const));
      return createHandler(workspace, {
        host: { names },
        reading: hosts === undefined ? "open" : "token",
        mounts: [mcpMount(readJsonBody)],
      });
    },
  });
}
