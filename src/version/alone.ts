/**
 * One node as a workflow of its own, taken out of the code of the workflow it belongs to.
 *
 * Owns: the version that a run of one node has. Leaves to child-version.ts: workflows in workflows; to the runner: storing and loading.
 *
 * R1. The code is that of the workflow, with one more export that calls the node: results have the memo keys that they have there.
 * R2. It is named WORKFLOW--NODE, so that no list takes it for a run of the workflow. A workflow can be named so, too; versions differ.
 * R3. It stands beside the node, so that its call leads to the node's own lines.
 * R4. Only a node that a variable of the module holds can be named from outside. One that a function makes is WG6136.
 * R5. What it is given is held against the names that the node's annotation has. Of types nothing is said: a list maps.
 */
import { nearestName } from "../base/nearest-name.ts";
import { sha256Hex } from "../base/hash.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { scopesOf } from "./scope.ts";
import { readSignature, type Parameter } from "./signature.ts";
import type { StoredVersion } from "./stored-version.ts";
import { parseSource } from "./syntax.ts";
import { unitsOf } from "./units.ts";

const ALONE = "$alone";
/** Longest name of a workflow. */
const MAX_NAME = 64;

/** R2. */
export function aloneName(workflow: string, node: string): string {
  const own = node.slice(0, MAX_NAME - 3);
  return `${workflow.slice(0, MAX_NAME - own.length - 2)}--${own}`;
}

/** @throws WorkgraphError WG6136 */
export async function aloneVersion(version: StoredVersion, node: string): Promise<StoredVersion> {
  const program = await parseSource(version.code, "bundle.mjs");
  const { units } = unitsOf(program, scopesOf(program));
  const unit = units.find(({ nodeId }) => nodeId === node);
  const binding = unit?.declares[0];
  const known = version.nodes.find(({ id }) => id === node);
  if (!unit || !binding || !known) throw noSuchNode(version, node);
  const { signature: _, ...rest } = version;
  const workflow = version.workflowName ?? version.exportName.toLowerCase().replace(/[^a-z0-9_-]/g, "-");
  const name = aloneName(workflow, node);
  const exportName = `${version.exportName}${ALONE}`;
  const options = { name, title: `Node "${node}" of "${workflow}" alone` };
  const made = `const ${exportName} = workflow${ALONE}(${JSON.stringify(options)}, (input) => ${binding.name}(input));`;
  const given = `import { workflow as workflow${ALONE} } from "agentic-workgraph";\nexport { ${exportName} };\n`;
  const { end } = unit.statement;
  const signature = await namesOf(version, node);
  return {
    ...rest,
    ...(signature === undefined ? {} : { signature }),
    exportName,
    workflowName: name,
    closureHash: sha256Hex(`alone/1\n${known.hash}`),
    nodes: [known],
    code: `${version.code.slice(0, end)} ${made}${version.code.slice(end)}\n${given}`,
  };
}

/** R5. */
async function namesOf({ sources }: StoredVersion, nodeId: string): Promise<readonly Parameter[] | undefined> {
  for (const { text, path } of sources.filter((source) => source.text.includes(nodeId))) {
    const found = await readSignature({ text, file: path, at: { nodeId } }).catch(() => undefined);
    if (found) return found.map((parameter): Parameter => ({ ...parameter, type: "json", text: true }));
  }
  return undefined;
}

/** Of a version made here: the export of the workflow, and the node. */
export function aloneOf({
  exportName,
  nodes,
}: Pick<StoredVersion, "exportName" | "nodes">): { readonly exportName: string; readonly node: string } | undefined {
  const [only] = nodes;
  if (!exportName.endsWith(ALONE) || only === undefined) return undefined;
  return { exportName: exportName.slice(0, -ALONE.length), node: only.id };
}

function noSuchNode(version: StoredVersion, node: string): WorkgraphError {
  const ids = version.nodes.map(({ id }) => id);
  const near = nearestName(node, ids);
  if (ids.includes(node)) {
    return new WorkgraphError("WG6136", `node "${node}" is made inside of a function: nothing names it from outside`, {
      hint: "Declare it at the top of the file: const x = node(...).",
    });
  }
  return new WorkgraphError("WG6136", `the workflow has no node "${node}"`, {
    hint: near === undefined ? `Its nodes: ${ids.join(", ") || "none"}.` : `Did you mean "${near}"?`,
  });
}
