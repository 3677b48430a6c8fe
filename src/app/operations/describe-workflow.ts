/**
 * What a workflow takes: for people, forms and agents.
 *
 * R1. A schema of the workflow says more than its annotation and wins; without one, parameters are read from the source.
 * R2. Reading a schema needs the code to be loaded. A file that cannot be loaded is described from its source, and says why.
 */
import { relative, sep } from "node:path";
import { commandLine, shellWord } from "../../model/command-line.ts";
import type { Project } from "../../model/config.ts";
import type { WorkflowDefinition } from "../../model/definition.ts";
import type { WorkflowTriggers } from "../../model/trigger.ts";
import { isWorkgraphError, type WorkgraphError } from "../../model/workgraph-error.ts";
import type { Bundle } from "../../version/bundle.ts";
import type { Parameter } from "../../version/signature.ts";
import { findWorkflow, type FoundWorkflow } from "../find-workflow.ts";
import { exampleWords } from "../example-input.ts";
import { inputJsonSchema, type JsonSchema } from "../schema-json.ts";

export interface DescribeInput {
  /** `file.ts`, `file.ts#export` or a registered name. */
  readonly target: string;
  /** Folder that a path is relative to. */
  readonly from: string;
}

export interface ParameterEntry {
  readonly name: string;
  /** The annotation as written, or the type that the schema names. */
  readonly type: string;
  readonly required: boolean;
  readonly default?: unknown;
  readonly choices?: readonly unknown[];
  readonly description?: string;
}

export interface DescribeOutput {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly file: string;
  readonly exportName: string;
  /** What `workgraph run` takes, from the project folder. */
  readonly target: string;
  /** Closure hash of the code as it is now. */
  readonly version: string;
  readonly parameters: readonly ParameterEntry[];
  /** Absent when neither schema nor annotation says anything: the input is then any JSON. */
  readonly inputSchema?: JsonSchema;
  /** What starts runs of it by itself, when something does. */
  readonly triggers?: WorkflowTriggers;
  /** To paste where it was asked: required parameters with values that are accepted, to be replaced. */
  readonly commandLine: string;
  /** How long its runs are kept by `gc`, where it says so. */
  readonly retentionMs?: number;
  readonly warnings: readonly string[];
}

export async function describeWorkflow(project: Project, input: DescribeInput): Promise<DescribeOutput> {
  const found = await findWorkflow(project, input.target, input.from);
  return (await describeFound(project, found, input.from)).description;
}

export interface Described {
  readonly description: DescribeOutput;
  readonly bundle: Bundle;
  /** Why the code cannot be loaded, when it cannot. */
  readonly failure?: WorkgraphError;
}

/** @param from folder that the command line to paste is typed in */
export async function describeFound(project: Project, found: FoundWorkflow, from: string): Promise<Described> {
  const [{ bundleWorkflow }, { jsonSchemaOf }, { listWorkflows }] = await Promise.all([
    import("../../version/bundle.ts"),
    import("../../version/signature.ts"),
    import("../../version/discover.ts"),
  ]);
  const bundle = await bundleWorkflow({ file: found.file, exportName: found.exportName });
  const { definition, failure } = await loadDefinition(bundle);
  const schema = inputJsonSchema(definition?.input);
  const parameters = schema === undefined ? (bundle.signature ?? []).map(fromSignature) : fromSchema(schema);
  const inputSchema = schema ?? (bundle.signature === undefined ? undefined : jsonSchemaOf(bundle.signature));
  const file = relative(project.root, found.file).split(sep).join("/");
  const name = found.name ?? definition?.name ?? found.exportName;
  const registered = (await project.workflowFiles()).includes(found.file);
  const alone = (await listWorkflows(found.file)).filter((one) => one.certain).length === 1;
  const written = (path: string): string => (registered ? name : alone ? path : `${path}#${found.exportName}`);
  const target = written(file);
  // Somebody in a subfolder types a path from there.
  const runTarget = written(relative(from, found.file).split(sep).join("/"));
  const words = exampleWords({
    names: parameters.filter((parameter) => parameter.required).map((parameter) => parameter.name),
    schema: inputSchema,
    lists: schema === undefined ? "commas" : "json",
  });
  const title = found.title ?? definition?.title;
  const retention = definition?.stored["retention"];
  const text = found.description ?? definition?.description;
  const description: DescribeOutput = {
    name,
    ...(title === undefined ? {} : { title }),
    ...(text === undefined ? {} : { description: text }),
    file,
    exportName: found.exportName,
    target,
    version: bundle.closureHash,
    parameters,
    ...(inputSchema === undefined ? {} : { inputSchema }),
    ...triggersOf(definition),
    commandLine: commandLine(["run", shellWord(runTarget), ...words].join(" ")),
    ...(typeof retention === "number" ? { retentionMs: retention } : {}),
    warnings: [...bundle.warnings, ...(failure === undefined ? [] : [notLoaded(failure)])],
  };
  return { description, bundle, ...(failure === undefined ? {} : { failure }) };
}

function triggersOf(definition: WorkflowDefinition | undefined): { readonly triggers?: WorkflowTriggers } {
  if (definition === undefined) return {};
  const { schedule, webhook, onRunFailed } = definition;
  const triggers = {
    ...(schedule === undefined ? {} : { schedule }),
    ...(webhook === undefined ? {} : { webhook }),
    ...(onRunFailed === undefined ? {} : { onRunFailed: onRunFailed.name }),
  };
  return Object.keys(triggers).length === 0 ? {} : { triggers };
}

function notLoaded(failure: WorkgraphError): string {
  return `the file cannot be loaded, so a schema in it is not seen: ${failure.message}`;
}

async function loadDefinition(
  bundle: Bundle,
): Promise<{ readonly definition?: WorkflowDefinition; readonly failure?: WorkgraphError }> {
  const { loadBundle } = await import("../../version/loader.ts");
  try {
    const { closureHash: hash, code, map, file: originFile, root, sources } = bundle;
    const loaded = await loadBundle({ hash, code, map, originFile, root, sources });
    const { definition } = (loaded[bundle.exportName] ?? {}) as { definition?: WorkflowDefinition };
    return definition === undefined ? {} : { definition };
  } catch (failure) {
    if (!isWorkgraphError(failure)) throw failure;
    return { failure };
  }
}

function fromSignature(parameter: Parameter): ParameterEntry {
  const { name, typeText, type, required, choices } = parameter;
  return {
    name,
    type: typeText === "" ? type : typeText,
    required,
    ...(parameter.default === undefined ? {} : { default: parameter.default }),
    ...(choices === undefined ? {} : { choices }),
  };
}

interface PropertySchema {
  readonly type?: string | readonly string[];
  readonly items?: { readonly type?: string };
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string;
}

function fromSchema(schema: JsonSchema): readonly ParameterEntry[] {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, PropertySchema>>;
  const required = new Set((schema.required ?? []) as readonly string[]);
  return Object.entries(properties).map(([name, property]) => ({
    name,
    type: typeName(property),
    required: required.has(name) && property.default === undefined,
    ...(property.default === undefined ? {} : { default: property.default }),
    ...(property.enum === undefined ? {} : { choices: property.enum }),
    ...(property.description === undefined ? {} : { description: property.description }),
  }));
}

function typeName({ type, items, enum: choices }: PropertySchema): string {
  if (choices !== undefined) return choices.map((choice) => JSON.stringify(choice)).join(" | ");
  if (type === "array" && items?.type !== undefined) return `${items.type}[]`;
  return typeof type === "string" ? type : (type?.join(" | ") ?? "any");
}
