/**
 * The version of a workflow that another one calls, taken out of the code of the caller.
 *
 * Owns: the part of a stored bundle that one of its workflows reaches, as a version of its own.
 * Leaves to `closure.ts`: what belongs to it; to the runner: storing and loading it.
 *
 * R1. A child runs the code that its parent was started with, whatever the files say by now. So no file is read and nothing is
 *     bundled: the parent's bundle holds the child, and the closure of the child is its version, as if it were launched alone.
 * R2. Everything outside the closure is blanked, not taken away: positions stay, and the source map of the parent holds.
 * R3. What the module does to the world when it loads belongs to every closure in it. Only where a file besides the child's own
 *     does such a thing, the version differs from that of the child launched alone.
 */
import { SourceMap } from "node:module";
import { posix } from "node:path";
import { authoringCall, authoringCalls } from "./authoring.ts";
import { closureOf, type Closure, type ClosureInput } from "./closure.ts";
import type { External, NodeVersion } from "./bundle.ts";
import { unwrapped } from "./canonical.ts";
import type { Holder } from "./held-workflow.ts";
import { LineIndex } from "./line-index.ts";
import { packageIdentity } from "./packages.ts";
import { scopesOf, type Scopes } from "./scope.ts";
import { readSignature } from "./signature.ts";
import { META_SPECIFIER, PACKAGE_NAME, splitSpecifier } from "./specifiers.ts";
import type { StoredVersion } from "./stored-version.ts";
import { parseSource, type SyntaxNode } from "./syntax.ts";
import { unitsOf, type BundleUnits, type Unit } from "./units.ts";

/** Place of `workflow(...)` in the code of the parent, from 1. */
export interface ChildPlace {
  readonly line: number;
  readonly column: number;
}

/**
 * Undefined when no top-level `const x = workflow(...)` stands at the place. With a holder, the workflow is what that holds; its
 * version is the closure of the variable.
 */
export async function childVersion(
  parent: StoredVersion,
  place: ChildPlace,
  held?: Holder,
): Promise<StoredVersion | undefined> {
  const program = await parseSource(parent.code, "bundle.mjs");
  const scopes = scopesOf(program);
  const bundle = unitsOf(program, scopes);
  const found = held ? heldAt(bundle, scopes, held) : madeAt(bundle, scopes, offsetOf(parent.code, place));
  if (!found) return undefined;
  const { unit, name } = found;
  const input: ClosureInput = { bundle, scopes, identity: identities(parent) };
  const closure = closureOf(unit, input);
  const at = originOf(parent, place);
  const text = parent.sources.find(({ path }) => path === at.path)?.text;
  const exportName =
    found.exportName ??
    (text === undefined ? undefined : await exportedName(text, { ...at, name })) ??
    found.expression;
  const signature =
    text === undefined ? undefined : await readSignature({ text, file: at.path, at }).catch(() => undefined);
  const { signature: _, workflowName: __, ...rest } = parent;
  const base = parent.base ?? parent.path;
  return {
    ...rest,
    path: at.path,
    ...(base === at.path ? {} : { base }),
    exportName,
    ...(name === undefined ? {} : { workflowName: name }),
    closureHash: closure.hash,
    nodes: nodesOf(closure, input),
    externals: parent.externals.filter((one) => isNamed(parent, one, closure.specifiers)),
    ...(signature === undefined ? {} : { signature }),
    code: `${blanked(parent.code, program, keptIn(closure, input))}\n${given(found, exportName)}\n`,
  };
}

interface Found {
  readonly unit: Unit;
  /** The variable, or the way from it to the workflow. */
  readonly expression: string;
  /** Of one that a variable only holds: no name in a source means it. */
  readonly exportName?: string;
  /** Literal name of the workflow. */
  readonly name: string | undefined;
}

function madeAt(bundle: BundleUnits, scopes: Scopes, offset: number): Found | undefined {
  const unit = bundle.units.find(({ syntax }) => syntax.start <= offset && offset < syntax.end);
  const made = unit?.syntax.type === "VariableDeclarator" && unit.syntax.init ? unwrapped(unit.syntax.init) : undefined;
  const call = made && authoringCall(made, scopes);
  const [binding] = unit?.declares ?? [];
  if (!unit || call?.kind !== "workflow" || !binding || offset < call.call.start || offset >= call.call.end)
    return undefined;
  return { unit, expression: binding.name, name: call.name };
}

function heldAt(bundle: BundleUnits, scopes: Scopes, { variable, path }: Holder): Found | undefined {
  const binding = scopes.top.get(variable);
  const unit = binding && bundle.unitOf.get(binding);
  if (!unit) return undefined;
  const expression = `${variable}${path.map((key) => `[${JSON.stringify(key)}]`).join("")}`;
  return { unit, expression, exportName: [variable, ...path].join("_").replace(/\W/g, "_"), name: undefined };
}

function given({ expression, exportName: held }: Found, exportName: string): string {
  if (held === undefined) return `export { ${expression} as ${exportName} };`;
  return `const held$ = ${expression};\nexport { held$ as ${exportName} };`;
}

function offsetOf(code: string, { line, column }: ChildPlace): number {
  let start = 0;
  for (let at = 1; at < line; at++) start = code.indexOf("\n", start) + 1;
  return start + column - 1;
}

function originOf(parent: StoredVersion, place: ChildPlace): { readonly path: string; readonly line: number } {
  const entry = new SourceMap(JSON.parse(parent.map)).findEntry(place.line - 1, place.column - 1);
  if (!("originalSource" in entry) || typeof entry.originalSource !== "string") return { path: parent.path, line: 1 };
  return { path: entry.originalSource, line: entry.originalLine + 1 };
}

/** Under which name the file gives the workflow of this line away; its variable's name where it does not. */
async function exportedName(
  text: string,
  at: { readonly path: string; readonly line: number; readonly name: string | undefined },
): Promise<string | undefined> {
  const program = await parseSource(text, at.path);
  const lines = new LineIndex(text);
  const found = authoringCalls(program, scopesOf(program)).find(
    ({ kind, call, name }) =>
      kind === "workflow" && (name ?? at.name) === at.name && lines.position(call.start).line === at.line,
  );
  const holder = found?.ancestors.findLast((one) => /^(VariableDeclarator|ExportDefaultDeclaration)$/.test(one.type));
  if (!holder) return undefined;
  if (holder.type === "ExportDefaultDeclaration") return "default";
  const local: unknown = holder.id.name;
  for (const statement of program.body as readonly SyntaxNode[]) {
    if (statement.type !== "ExportNamedDeclaration" || statement.source) continue;
    for (const specifier of statement.specifiers as readonly SyntaxNode[])
      if (specifier.local.name === local) return specifier.exported.name as string;
  }
  return typeof local === "string" ? local : undefined;
}

function nodesOf(closure: Closure, input: ClosureInput): readonly NodeVersion[] {
  return closure.units.flatMap((unit) => [
    ...(unit.nodeId === undefined ? [] : [{ id: unit.nodeId, hash: closureOf(unit, input).hash, coarse: false }]),
    ...unit.innerNodeIds.map((id) => ({ id, hash: closure.hash, coarse: true })),
  ]);
}

/** Packages as they were when the parent was bundled: what is installed now does not matter. */
function identities(parent: StoredVersion): (specifier: string) => string | undefined {
  return (id) => {
    const found = parent.externals.find((one) => isNamed(parent, one, [id]));
    return found?.package === undefined || found.version === undefined
      ? undefined
      : packageIdentity({ name: found.package, version: found.version, below: found.below });
  };
}

/** Whether one of the specifiers, as they stand in the bundle, means this package. */
function isNamed(parent: StoredVersion, external: External, ids: readonly string[]): boolean {
  const folder = posix.dirname(parent.base ?? parent.path);
  return ids.some((id) => {
    const { importer, specifier } = splitSpecifier(id);
    if (specifier !== external.specifier) return false;
    return importer === undefined || posix.join(folder, importer) === external.importer;
  });
}

/** The closure, and what stands in one declaration with a part of it. */
function keptIn(
  closure: Closure,
  input: ClosureInput,
): { readonly units: ReadonlySet<SyntaxNode>; readonly specifiers: ReadonlySet<string> } {
  const units = new Set<SyntaxNode>();
  const specifiers = new Set<string>();
  const add = ({ units: more, specifiers: from }: Closure): void => {
    for (const specifier of from) specifiers.add(specifier);
    for (const { syntax } of more) units.add(syntax);
  };
  add(closure);
  const open: Unit[] = [];
  do {
    for (const unit of open.splice(0)) add(closureOf(unit, input));
    for (const unit of input.bundle.units) {
      if (units.has(unit.syntax)) continue;
      if (input.bundle.units.some((other) => units.has(other.syntax) && other.statement === unit.statement))
        open.push(unit);
    }
  } while (open.length > 0);
  return { units, specifiers };
}

/** R2. */
function blanked(
  code: string,
  program: SyntaxNode,
  kept: { readonly units: ReadonlySet<SyntaxNode>; readonly specifiers: ReadonlySet<string> },
): string {
  let text = "";
  let at = 0;
  for (const statement of program.body as readonly SyntaxNode[]) {
    if (isKept(statement, kept)) continue;
    text += code.slice(at, statement.start) + spaces(code.slice(statement.start, statement.end));
    at = statement.end;
  }
  return text + code.slice(at);
}

function isKept(
  statement: SyntaxNode,
  { units, specifiers }: { readonly units: ReadonlySet<SyntaxNode>; readonly specifiers: ReadonlySet<string> },
): boolean {
  switch (statement.type) {
    case "ImportDeclaration": {
      const source: string = statement.source.value;
      // Neither counts as a part of the closure: both are given by the loader.
      return (
        specifiers.has(source) ||
        source === META_SPECIFIER ||
        splitSpecifier(source).specifier.split("/")[0] === PACKAGE_NAME
      );
    }
    case "ExportNamedDeclaration":
      return false;
    case "VariableDeclaration":
      return (statement.declarations as readonly SyntaxNode[]).some((one) => units.has(one));
    default:
      return units.has(statement);
  }
}

/** Line breaks stay, and the columns of what follows on the last line. */
function spaces(text: string): string {
  const lines = text.split("\n");
  return lines.map((line, i) => (i === lines.length - 1 ? " ".repeat(line.length) : "")).join("\n");
}
