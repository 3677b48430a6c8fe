/**
 * Which exports of a file are workflows.
 *
 * Owns: the answer from source alone, without running anything.
 * Leaves to `bundle.ts`: what becomes of the one that was chosen; to its loader: whether it is one after all.
 *
 * R1. `export const x = workflow(...)`, a default export, an export list and re-exports from files of the project are certain.
 * R2. What a function of the project returns may be a workflow; such an export is listed as not certain, and loading tells.
 */
import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { nearestName } from "../base/nearest-name.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { authoringCall } from "./authoring.ts";
import { readSource } from "./project.ts";
import { patternNames, scopesOf } from "./scope.ts";
import type { Scopes } from "./scope.ts";
import { LineIndex } from "./line-index.ts";
import { bare, parseSource, propertyOf, stringValue } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";

export interface WorkflowExport {
  readonly exportName: string;
  /** Literal `name` of the workflow. */
  readonly name: string | undefined;
  readonly title: string | undefined;
  readonly description: string | undefined;
  /** File that defines it, and the line of `workflow(...)`. */
  readonly file: string;
  readonly line: number;
  readonly certain: boolean;
}

/** Exports of a file that are, or may be, workflows, in source order. WG4001 when it cannot be read, WG4002 when not parsed. */
export async function listWorkflows(file: string): Promise<readonly WorkflowExport[]> {
  return new Discovery().exportsOf(resolve(file));
}

/** The one workflow that `wanted` (an export, or else a workflow's name) means; the only one when nothing is asked for. */
export async function chooseWorkflow(file: string, wanted?: string): Promise<WorkflowExport> {
  const all = await listWorkflows(file);
  if (wanted !== undefined) {
    const found = all.find((one) => one.exportName === wanted) ?? all.find((one) => one.name === wanted);
    if (found) return found;
    const near = nearestName(
      wanted,
      all.flatMap((one) => [one.exportName, one.name ?? one.exportName]),
    );
    const known = all.map((one) => `"${one.exportName}"`).join(", ");
    throw new WorkgraphError("WG4004", `"${file}" has no workflow "${wanted}"${known ? `; it has ${known}` : ""}`, {
      hint: near === undefined ? EXPORT_HINT : `Did you mean "${near}"?`,
    });
  }
  const certain = all.filter((one) => one.certain);
  const usable = certain.length > 0 ? certain : all;
  const [only] = usable;
  if (!only) throw new WorkgraphError("WG4004", `"${file}" exports no workflow`, { hint: EXPORT_HINT });
  if (usable.length === 1) return only;
  throw new WorkgraphError(
    "WG4004",
    `"${file}" exports ${usable.length} workflows: ${usable.map((one) => `"${one.exportName}"`).join(", ")}`,
    { hint: `Name one, for example "${file}#${only.exportName}".` },
  );
}

const EXPORT_HINT = 'Export one: export const name = workflow({ name: "name" }, ...).';

class Discovery {
  readonly #open: Set<string> = new Set();

  async exportsOf(file: string): Promise<readonly WorkflowExport[]> {
    if (this.#open.has(file)) return [];
    this.#open.add(file);
    const text = readSource(file);
    const program = await parseSource(text, file);
    const reader = new ExportReader({ file, text, program, through: (specifier) => this.#through(file, specifier) });
    const found = await reader.all();
    this.#open.delete(file);
    return found;
  }

  /** Exports of a file named by a relative specifier; undefined for a package or what is not found. */
  async #through(importer: string, specifier: string): Promise<readonly WorkflowExport[] | undefined> {
    const target = specifier.startsWith(".") ? sourceFile(resolve(dirname(importer), specifier)) : undefined;
    return target === undefined ? undefined : this.exportsOf(target);
  }
}

const EXTENSIONS: readonly string[] = ["", ".ts", ".tsx", ".mts", ".js", ".mjs", ".jsx", "/index.ts", "/index.js"];

/** The file that a path without or with a foreign extension means; undefined when there is none. */
export function sourceFile(path: string): string | undefined {
  const stem = path.replace(/\.([cm]?)js$/, ".$1ts");
  for (const candidate of [...EXTENSIONS.map((extension) => path + extension), stem]) {
    if (existsSync(candidate) && statSync(candidate).isFile()) return candidate;
  }
  return undefined;
}

class ExportReader {
  readonly #file: string;
  readonly #program: SyntaxNode;
  readonly #scopes: Scopes;
  readonly #lines: LineIndex;
  readonly #through: (specifier: string) => Promise<readonly WorkflowExport[] | undefined>;

  constructor(from: {
    readonly file: string;
    readonly text: string;
    readonly program: SyntaxNode;
    readonly through: (specifier: string) => Promise<readonly WorkflowExport[] | undefined>;
  }) {
    this.#file = from.file;
    this.#program = from.program;
    this.#scopes = scopesOf(from.program);
    this.#lines = new LineIndex(from.text);
    this.#through = from.through;
  }

  async all(): Promise<readonly WorkflowExport[]> {
    const found: WorkflowExport[] = [];
    for (const statement of this.#program.body as readonly SyntaxNode[]) {
      if (statement.exportKind === "type") continue;
      if (statement.type === "ExportDefaultDeclaration")
        found.push(...(await this.#value("default", bare(statement.declaration))));
      if (statement.type === "ExportAllDeclaration" && !statement.exported) {
        found.push(
          ...((await this.#through(statement.source.value)) ?? []).filter((one) => one.exportName !== "default"),
        );
      }
      if (statement.type !== "ExportNamedDeclaration") continue;
      for (const specifier of statement.specifiers as readonly SyntaxNode[])
        found.push(...(await this.#listed(specifier, statement.source?.value)));
      for (const declarator of (statement.declaration?.declarations ?? []) as readonly SyntaxNode[]) {
        for (const identifier of patternNames(declarator.id))
          found.push(...(await this.#value(identifier.name, identifier)));
      }
    }
    return found;
  }

  /** `export { a as b }`, with or without `from`. */
  async #listed(specifier: SyntaxNode, source: string | undefined): Promise<readonly WorkflowExport[]> {
    if (specifier.exportKind === "type") return [];
    const exportName: string = specifier.exported.name ?? specifier.exported.value;
    const local: string = specifier.local.name ?? specifier.local.value;
    if (source === undefined) return this.#value(exportName, specifier.local);
    return this.#from({ exportName, source, imported: local, at: specifier });
  }

  async #from(from: {
    readonly exportName: string;
    readonly source: string;
    readonly imported: string;
    readonly at: SyntaxNode;
  }): Promise<readonly WorkflowExport[]> {
    const there = await this.#through(from.source);
    if (!there) return [this.#entry(from.exportName, from.at)];
    return there
      .filter((one) => one.exportName === from.imported)
      .map((one) => ({ ...one, exportName: from.exportName }));
  }

  async #value(exportName: string, node: SyntaxNode, depth = 0): Promise<readonly WorkflowExport[]> {
    if (node.type === "Identifier") {
      const binding = this.#scopes.bindingOf(node);
      if (binding?.source !== undefined) {
        const imported: string = binding.declaration.imported?.name ?? "default";
        return this.#from({ exportName, source: binding.source, imported, at: node });
      }
      const init = binding?.declaration.init as SyntaxNode | null | undefined;
      // `const a = b; const b = a` parses.
      if (!init || binding?.declaration.id.type !== "Identifier" || depth > 20) return [];
      return this.#value(exportName, bare(init), depth + 1);
    }
    const call = authoringCall(node, this.#scopes);
    if (call?.kind === "workflow") {
      const text = (name: string): string | undefined => stringValue(propertyOf(call.options, name));
      return [
        {
          ...this.#entry(exportName, node),
          name: call.name,
          title: text("title"),
          description: text("description"),
          certain: true,
        },
      ];
    }
    // `makeWorkflow("x")` may give one; a call of a package's function may as well, but then it is nobody's source here.
    return node.type === "CallExpression" && !call && node.callee.type === "Identifier"
      ? [this.#entry(exportName, node)]
      : [];
  }

  #entry(exportName: string, at: SyntaxNode): WorkflowExport {
    const { line } = this.#lines.position(at.start);
    return {
      exportName,
      name: undefined,
      title: undefined,
      description: undefined,
      file: this.#file,
      line,
      certain: false,
    };
  }
}
