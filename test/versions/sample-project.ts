/**
 * A project of 26 files with what makes versions hard: helpers of helpers, constants, prompts, JSON, enums, classes, path
 * aliases, a workspace package, packages with packages below them, a factory, effects on loading, names used twice.
 */
import type { ProjectFiles } from "./temp-project.ts";

/** A package of one file. */
export function installed(
  name: string,
  version: string,
  from: { readonly code: string; readonly dependencies?: Readonly<Record<string, string>> },
): ProjectFiles {
  const { code, dependencies = {} } = from;
  const manifest = { name, version, type: "module", exports: "./index.js", dependencies };
  return { [`node_modules/${name}/package.json`]: JSON.stringify(manifest), [`node_modules/${name}/index.js`]: code };
}

/** `package-lock.json` of the sample; `deep` is below `used` only. */
export function lockfile(versions: { readonly used: string; readonly deep: string; readonly unused: string }): string {
  const packages = {
    "": { name: "sample", dependencies: { used: "*", unused: "*", schema: "*" } },
    "node_modules/used": { version: versions.used, dependencies: { deep: "*" } },
    "node_modules/deep": { version: versions.deep },
    "node_modules/unused": { version: versions.unused },
    "node_modules/schema": { version: "4.0.0" },
  };
  return JSON.stringify({ name: "sample", lockfileVersion: 3, packages }, undefined, 2);
}

const PACKAGES: ProjectFiles = {
  ...installed("used", "1.0.0", {
    code: "export const shout = (text) => text.toUpperCase();",
    dependencies: { deep: "*" },
  }),
  ...installed("deep", "1.0.0", { code: "export const deep = 1;" }),
  ...installed("unused", "1.0.0", { code: "export const unused = 1;" }),
  ...installed("schema", "4.0.0", {
    code: [
      "const schema = (shape) => ({ shape, min: (size) => schema([shape, size]) });",
      "export const z = { object: schema, string: () => schema('string'), extend: () => undefined };",
    ].join("\n"),
  }),
  "package-lock.json": lockfile({ used: "1.0.0", deep: "1.0.0", unused: "1.0.0" }),
  "packages/shared/package.json": JSON.stringify({ name: "@sample/shared", type: "module", exports: "./src/index.ts" }),
  "packages/shared/src/index.ts": [
    'import { pad } from "./pad.ts";',
    "export const label = (text: string): string => `[${pad(text)}]`;",
    "export const neverUsed = (text: string): string => `<${text}>`;",
  ].join("\n"),
  "packages/shared/src/pad.ts": "export function pad(text: string): string {\n  return text.padEnd(8);\n}\n",
  "node_modules/@sample/shared -> ../../packages/shared": "",
};

const HELPERS: ProjectFiles = {
  "tsconfig.json": JSON.stringify({
    compilerOptions: { target: "esnext", module: "nodenext", paths: { "#lib/*": ["./src/lib/*"] } },
  }),
  "src/lib/words.ts": [
    'import { LIMIT } from "./limits.ts";',
    'import { isStop } from "./stop-words.ts";',
    "// Words that carry meaning.",
    "export function words(text: string): string[] {",
    "  return split(text).filter((word) => !isStop(word)).slice(0, LIMIT);",
    "}",
    "function split(text: string): string[] {",
    "  return text.split(/\\s+/);",
    "}",
    "export function unusedWords(): string[] {",
    '  return ["a"];',
    "}",
  ].join("\n"),
  "src/lib/limits.ts": "export const LIMIT = 20;\nexport const OTHER_LIMIT = 30;\n",
  "src/lib/stop-words.ts":
    'const STOP = new Set(["a", "the"]);\nexport const isStop = (word: string): boolean => STOP.has(word);\n',
  "src/lib/score.ts": [
    'import type { Doc } from "../model.ts";',
    'import { Level } from "../level.ts";',
    "const clamp = (value: number): number => Math.min(1, value);",
    "export function score(doc: Doc, query: string): number {",
    "  if (doc.level === Level.High) return 1;",
    "  return clamp(doc.text.split(query).length / 10);",
    "}",
  ].join("\n"),
  "src/lib/render.ts": [
    'import { label } from "@sample/shared";',
    'import { shout } from "used";',
    "const clamp = (text: string): string => text.slice(0, 80);",
    'export const render = (parts: readonly string[]): string => parts.map((part) => label(shout(clamp(part)))).join(", ");',
  ].join("\n"),
  "src/lib/counter.ts": [
    "export class Counter {",
    "  #count = 0;",
    "  step = 1;",
    "  next(): number {",
    "    return (this.#count += this.step);",
    "  }",
    "}",
  ].join("\n"),
  "src/lib/registry.ts": [
    "export const registry = new Map<string, number>();",
    'registry.set("first", 1);',
    "export const otherRegistry = new Map<string, number>();",
    'otherRegistry.set("other", 1);',
  ].join("\n"),
  "src/lib/even.ts":
    'import { isOdd } from "./odd.ts";\nexport const isEven = (n: number): boolean => n === 0 || isOdd(n - 1);\n',
  "src/lib/odd.ts":
    'import { isEven } from "./even.ts";\nexport const isOdd = (n: number): boolean => n !== 0 && isEven(n - 1);\n',
  "src/model.ts": [
    'import type { Level } from "./level.ts";',
    "export interface Doc {",
    "  readonly id: string;",
    "  readonly text: string;",
    "  readonly level: Level;",
    "}",
    "export interface NeverUsed {}",
  ].join("\n"),
  "src/level.ts": "export enum Level {\n  Low,\n  High,\n}\n",
  "src/prompts/summary.md": "Summarise this document in one sentence.\n",
  "src/prompts/title.md": "Give it a title.\n",
  "src/data/corpus.json": JSON.stringify({ docs: [{ id: "d1", text: "the first text", level: 0 }], unread: 1 }),
};

export const WORKFLOW_FILE = "src/flow.ts";

const WORKFLOW: ProjectFiles = {
  [WORKFLOW_FILE]: [
    'import { node, workflow, text } from "agentic-workgraph";',
    'import { z } from "schema";',
    'import { unused } from "unused";',
    'import { words } from "#lib/words.ts";',
    'import { score } from "./lib/score.ts";',
    'import { render } from "./lib/render.ts";',
    'import { Counter } from "./lib/counter.ts";',
    'import { registry, otherRegistry } from "./lib/registry.ts";',
    'import { isEven } from "./lib/even.ts";',
    'import { makeNode } from "./factory.ts";',
    'import type { Doc } from "./model.ts";',
    'import corpus from "./data/corpus.json" with { type: "json" };',
    'import titlePrompt from "./prompts/title.md" with { type: "text" };',
    "",
    "const WEIGHT = 0.5;",
    'const summaryPrompt = text(import.meta, "./prompts/summary.md");',
    "const Query = z.object({ query: z.string() });",
    "const OtherSchema = z.object({ other: z.string() });",
    "",
    "/** Finds documents. */",
    'const search = node({ id: "search", out: "many", input: Query }, async ({ query }: { query: string }): Promise<Doc[]> => {',
    "  const wanted = words(query);",
    "  return (corpus.docs as Doc[]).filter((doc) => wanted.length === 0 || isEven(doc.text.length));",
    "});",
    'const rate = node({ id: "rate", concurrency: 4, retries: 2, timeout: "20s" }, async ({ doc, query }: { doc: Doc; query: string }) => {',
    "  const counter = new Counter();",
    "  return { id: doc.id, value: score(doc, query) * WEIGHT * counter.next() };",
    "});",
    'const summarize = node({ id: "summarize", title: "Summarise" }, async ({ doc }: { doc: Doc }) => `${summaryPrompt}${doc.text}${registry.size}`);',
    'const report = node({ id: "report", gather: ["parts"] }, async ({ parts }: { parts: string[] }) => render([titlePrompt, ...parts]));',
    'const made = makeNode("made", 1);',
    'const unrelated = node({ id: "unrelated", output: OtherSchema, input: z.object({ a: z.string() }).min(1) }, async ({ query }: { query: string }) => `${query}${unused}${otherRegistry.size}`);',
    "",
    'export const other = workflow({ name: "other" }, ({ query }: { query: string }) => unrelated({ query }));',
    'export const flow = workflow({ name: "flow", description: "The sample" }, async ({ query }: { query: string }) => {',
    "  const docs = search({ query });",
    "  const rated = rate({ doc: docs, query });",
    "  const summaries = summarize({ doc: docs });",
    "  if ((await rated).length > 3) return made({ query });",
    "  return report({ parts: summaries });",
    "});",
  ].join("\n"),
  "src/factory.ts": [
    'import { node } from "agentic-workgraph";',
    "export function makeNode(id: string, size: number) {",
    "  return node({ id, concurrency: 2 }, async ({ query }: { query: string }) => `${query}${size}`);",
    "}",
  ].join("\n"),
};

export const SAMPLE: ProjectFiles = { ...PACKAGES, ...HELPERS, ...WORKFLOW };
