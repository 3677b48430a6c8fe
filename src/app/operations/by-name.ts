/**
 * Operations that a person may point at files, for callers that may only name what is registered.
 *
 * R1. A workflow is its registered name, an artifact its run, label or hash. A path is refused, whatever it leads to.
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { readSelector } from "../../artifacts/selector.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { RegisteredWorkflow } from "../registration-reading.ts";
import type { OperationContext } from "../registry.ts";
import { explainWorkflow, type ExplainWorkflowOutput } from "./explain-workflow.ts";
import { traceWorkflow, type TraceWorkflowOutput } from "./trace-workflow.ts";

type Context = Pick<OperationContext, "workspace" | "registration">;

export interface DescribedWorkflow extends RegisteredWorkflow {
  /** Absolute path of its file. */
  readonly onDisk: string;
  /** Of the file, as it is now. */
  readonly text?: string;
}

export async function describeRegistered(
  { workspace, registration }: Context,
  input: { readonly name: string; readonly source?: "file" },
): Promise<DescribedWorkflow> {
  const found = await registration.find(input.name);
  const onDisk = resolve(workspace.project.root, found.file);
  return { ...found, onDisk, ...(input.source === undefined ? {} : { text: await readFile(onDisk, "utf8") }) };
}

export interface TraceRegisteredInput {
  readonly name: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly run?: string;
  readonly results?: Readonly<Record<string, unknown>>;
  readonly limitMs?: number;
}

export async function traceRegistered(
  { workspace, registration }: Context,
  { name, ...input }: TraceRegisteredInput,
): Promise<TraceWorkflowOutput> {
  const { file, exportName } = await registration.find(name);
  return traceWorkflow(workspace, { target: `${file}#${exportName}`, from: workspace.project.root, ...input });
}

export async function explainRegistered(
  { workspace, registration }: Context,
  input: { readonly name: string; readonly run?: string; readonly limitMs?: number },
): Promise<ExplainWorkflowOutput> {
  const { file, exportName } = await registration.find(input.name);
  const target = input.run ?? `${file}#${exportName}`;
  const { limitMs } = input;
  return explainWorkflow(workspace, {
    target,
    from: workspace.project.root,
    ...(limitMs === undefined ? {} : { limitMs }),
  });
}

/** R1. */
export function named<T extends { readonly selector: string }>(input: T): T {
  if (readSelector(input.selector).kind !== "path") return input;
  throw new WorkgraphError(
    "WG6010",
    `${JSON.stringify(input.selector.slice(0, 200))} is a path, which names nothing here`,
    {
      hint: "Write workflow/name@latest, workflow/name@RUN, workflow/name@LABEL, @RUN, or digits of a content hash.",
    },
  );
}
