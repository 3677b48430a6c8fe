/**
 * Runs, their sources and the documentation as resources: what a client can attach without calling a tool.
 *
 * R1. `run://RUN`, `source://RUN/PATH`, `docs://TOPIC`. An address that names nothing is an error.
 */
import { perform, type OperationContext } from "../app/registry.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { fitValue } from "./budget.ts";

const RESOURCE_BUDGET = 64 * 1024;
const LISTED_RUNS = 20;

export interface ListedResource {
  readonly [field: string]: unknown;
  readonly uri: string;
  readonly name: string;
  readonly description?: string;
  readonly mimeType: string;
}

export interface ResourceText {
  readonly [field: string]: unknown;
  readonly uri: string;
  readonly mimeType: string;
  readonly text: string;
}

export const RESOURCE_TEMPLATES = [
  {
    uriTemplate: "run://{run}",
    name: "run",
    description: "A run: status, counts, errors, output",
    mimeType: "application/json",
  },
  {
    uriTemplate: "source://{run}/{+path}",
    name: "source",
    description: "A file of the code that a run ran with",
    mimeType: "text/plain",
  },
  {
    uriTemplate: "artifact://{+selector}",
    name: "artifact",
    description: "The manifest of a published folder",
    mimeType: "application/json",
  },
  {
    uriTemplate: "docs://{topic}",
    name: "docs",
    description: "What a code such as WG1001 means and what to do; a page or a heading of the documentation",
    mimeType: "text/markdown",
  },
] as const;

export async function listResources(context: OperationContext): Promise<readonly ListedResource[]> {
  const { runs } = (await perform("runs.list", context, { limit: LISTED_RUNS })) as {
    readonly runs: readonly {
      readonly runId: string;
      readonly workflow: string;
      readonly status: string;
      readonly createdAt: string;
    }[];
  };
  return runs.map(({ runId, workflow, status, createdAt }) => ({
    uri: `run://${runId}`,
    name: `${workflow} ${runId}`,
    description: `${status}, ${createdAt}`,
    mimeType: "application/json",
  }));
}

export async function readResource(uri: string, context: OperationContext): Promise<ResourceText> {
  const [, kind, rest] = /^(run|source|artifact|docs):\/\/(.+)$/.exec(uri) ?? [];
  if (kind === undefined || rest === undefined) {
    throw new WorkgraphError("WG6132", `"${uri}" names no resource`, {
      hint: `Resources: ${RESOURCE_TEMPLATES.map(({ uriTemplate }) => uriTemplate).join(", ")}.`,
    });
  }
  const name = decoded(rest) ?? rest;
  switch (kind) {
    case "run":
      return json(uri, await perform("runs.show", context, { run: name }));
    case "artifact":
      return json(uri, await perform("artifacts.show", context, { selector: name }));
    case "docs": {
      const page = (await perform("docs.read", context, { topic: name })) as { readonly text?: string };
      return { uri, mimeType: "text/markdown", text: page.text ?? JSON.stringify(page) };
    }
    default:
      return source(uri, name, context);
  }
}

/** Undefined: it is no encoding, and meant as it stands. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

async function source(uri: string, name: string, context: OperationContext): Promise<ResourceText> {
  const [run, ...path] = name.split("/");
  const file = path.join("/");
  const answer = (await perform("source.read", context, { run, ...(file === "" ? {} : { file }) })) as {
    readonly files: readonly { readonly path: string; readonly text: string }[];
  };
  const [only] = answer.files;
  if (only === undefined)
    throw new WorkgraphError("WG6132", `the run has no source file "${file}"`, {
      hint: "source_read lists its files.",
    });
  return { uri, mimeType: "text/plain", text: only.text };
}

function json(uri: string, answer: unknown): ResourceText {
  return { uri, mimeType: "application/json", text: JSON.stringify(fitValue(answer, RESOURCE_BUDGET).answer, null, 2) };
}
