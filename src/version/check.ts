/**
 * Is it allowed? Everything about a workflow file that can be said without running it.
 *
 * Owns: putting findings together; rules over all files of a closure (ids and names used twice).
 * Leaves to `handle-rules.ts`: rules over one file; to define/: what needs a value.
 *
 * R1. A file that cannot be bundled gives its reason as a finding, never an exception.
 * R2. Findings are ordered by file, line and column, and said once, however many workflows share a file.
 */
import { resolve } from "node:path";
import { isWorkgraphError } from "../model/workgraph-error.ts";
import type { WorkgraphError } from "../model/workgraph-error.ts";
import { authoringCalls } from "./authoring.ts";
import { bundleWorkflow } from "./bundle.ts";
import type { Bundle } from "./bundle.ts";
import { readModule } from "./call-sites.ts";
import type { ModuleFacts } from "./call-sites.ts";
import { listWorkflows } from "./discover.ts";
import { HandleFlow } from "./handle-flow.ts";
import { handleFindings } from "./handle-rules.ts";
import { portFindings } from "./port-rules.ts";
import { readSource } from "./project.ts";
import { untrackedFindings } from "./untracked-rules.ts";

export interface Finding {
  /** WGnnnn, with a heading in docs/errors.md. */
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly hint: string;
}

/** Findings for a workflow file and the project files it imports. Empty: nothing to object. */
export async function check(file: string): Promise<readonly Finding[]> {
  const path = resolve(file);
  const findings: Finding[] = [];
  const modules = new Map<string, ModuleFacts>();
  const tried = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!isWorkgraphError(error)) throw error;
      findings.push(asFinding(error, path));
    }
  };
  await tried(async () => {
    // The file itself is looked at even if one of its imports keeps it from being bundled.
    modules.set(path, await readModule(readSource(path), path));
    for (const workflow of (await listWorkflows(path)).filter(({ certain }) => certain)) {
      await tried(async () => {
        const bundle = await bundleWorkflow({ file: path, exportName: workflow.exportName });
        await addModules(bundle, modules);
        findings.push(...warningFindings(bundle), ...doubleIds(bundle, modules));
      });
    }
  });
  return ordered([...findings, ...ruleFindings(modules), ...doubleNames(modules)]);
}

/** Findings for the closure of one workflow that is bundled already: what a run is checked by before it starts. */
export async function checkBundle(bundle: Bundle): Promise<readonly Finding[]> {
  const modules = new Map<string, ModuleFacts>();
  await addModules(bundle, modules);
  return ordered([...warningFindings(bundle), ...doubleIds(bundle, modules), ...ruleFindings(modules)]);
}

function ruleFindings(modules: ReadonlyMap<string, ModuleFacts>): readonly Finding[] {
  const flow = new HandleFlow(modules);
  const ports = [...modules.values()].flatMap((module) => portFindings(module));
  const unused = [...modules.values()].flatMap((module) => unreachable(module));
  return [...handleFindings(modules, flow), ...untrackedFindings(modules, flow), ...ports, ...unused];
}

/** A workflow that nothing exports and nothing mentions: no list has it, and no name starts it. */
function unreachable(module: ModuleFacts): readonly Finding[] {
  return authoringCalls(module.program, module.scopes).flatMap(({ kind, call, name, ancestors }) => {
    const [program, statement, declarator] = ancestors;
    if (kind !== "workflow" || ancestors.length !== 3 || program?.type !== "Program") return [];
    if (statement?.type !== "VariableDeclaration" || declarator?.id.type !== "Identifier") return [];
    const variable = declarator.id.name as string;
    const mentions =
      module.text.split(new RegExp(`(?<![\\w$"'\`])${variable.replaceAll("$", "\\$")}(?![\\w$])`)).length - 1;
    // Twice: some other line has it, a comment perhaps.
    if (mentions > 1) return [];
    return [
      {
        code: "WG4004",
        severity: "warning" as const,
        message: `workflow "${name ?? variable}" is not exported, and nothing uses it: no name starts it`,
        file: module.file,
        ...module.lines.position(call.start),
        hint: `Write export const ${variable} = workflow(...).`,
      },
    ];
  });
}

async function addModules(bundle: Bundle, modules: Map<string, ModuleFacts>): Promise<void> {
  for (const source of bundle.sources) {
    const path = resolve(bundle.root, source.path);
    if (!modules.has(path) && /\.[cm]?[jt]sx?$/.test(path)) modules.set(path, await readModule(source.text, path));
  }
}

function asFinding(error: WorkgraphError, file: string): Finding {
  const { code, site, hint } = error;
  const message = error.message.replace(`${code}: `, "");
  return {
    code,
    severity: "error",
    message,
    file: site?.file ?? file,
    line: site?.line ?? 1,
    column: site?.column ?? 1,
    hint: hint ?? "",
  };
}

function warningFindings(bundle: Bundle): readonly Finding[] {
  return bundle.warnings.map((warning) => {
    const [, path, line, column, message] = /^(\S+):(\d+):(\d+) (.*)$/s.exec(warning) ?? [];
    return {
      code: "WG4014",
      severity: "warning" as const,
      message: message ?? warning,
      file: path === undefined ? bundle.file : resolve(bundle.root, path),
      line: Number(line ?? 1),
      column: Number(column ?? 1),
      hint: "What is read when it runs is not recorded with the run: a later resume may meet something else.",
    };
  });
}

interface Definition {
  readonly module: ModuleFacts;
  readonly line: number;
  readonly column: number;
}

function definitions(modules: ReadonlyMap<string, ModuleFacts>, kind: "node" | "workflow"): Map<string, Definition[]> {
  const found = new Map<string, Definition[]>();
  for (const module of modules.values()) {
    for (const call of authoringCalls(module.program, module.scopes)) {
      if (call.kind !== kind || call.name === undefined) continue;
      const place = { module, ...module.lines.position(call.call.start) };
      found.set(call.name, [...(found.get(call.name) ?? []), place]);
    }
  }
  return found;
}

/** Two nodes with one id in one closure. Elsewhere in the project an id may be used again. */
function doubleIds(bundle: Bundle, modules: ReadonlyMap<string, ModuleFacts>): readonly Finding[] {
  const counts = new Map<string, number>();
  for (const { id } of bundle.nodes) counts.set(id, (counts.get(id) ?? 0) + 1);
  const doubles = new Set([...counts].filter(([, count]) => count > 1).map(([id]) => id));
  if (doubles.size === 0) return [];
  const places = definitions(modules, "node");
  return [...doubles].flatMap((id) =>
    repeated({ places: places.get(id) ?? [], what: `two nodes have the id "${id}"`, code: "WG1004" }),
  );
}

function doubleNames(modules: ReadonlyMap<string, ModuleFacts>): readonly Finding[] {
  return [...definitions(modules, "workflow")].flatMap(([name, places]) =>
    places.length < 2 ? [] : repeated({ places, what: `two workflows have the name "${name}"`, code: "WG4012" }),
  );
}

function repeated(from: {
  readonly places: readonly Definition[];
  readonly what: string;
  readonly code: string;
}): readonly Finding[] {
  const [first, ...others] = from.places;
  if (!first) return [];
  return others.map(({ module, line, column }) => ({
    code: from.code,
    severity: "error",
    message: `${from.what}; the other is at "${first.module.file}:${first.line}:${first.column}"`,
    file: module.file,
    line,
    column,
    hint: "Give each a name of its own: history, results and messages are kept by it.",
  }));
}

function ordered(findings: readonly Finding[]): readonly Finding[] {
  const unique = new Map(
    findings.map((one) => [`${one.file}\0${one.line}\0${one.column}\0${one.code}\0${one.message}`, one]),
  );
  return [...unique.values()].sort(
    (left, right) => left.file.localeCompare(right.file) || left.line - right.line || left.column - right.column,
  );
}
