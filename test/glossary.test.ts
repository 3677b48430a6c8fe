/**
 * One word per concept: the words that `docs/glossary.md` refuses are in no public name.
 *
 * R1. Refused are the words in `code` in the column "not"; plain ones have another use too and are advice.
 * R2. Checked are exported names of `src/index.ts`, event types of `src/model/events.ts`, and commands, aliases and options
 *     of `src/cli/`, split into words at case, `-`, `_`, `.`; a plural counts as its singular.
 * R3. A check that finds no names fails.
 */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseAst } from "rolldown/parseAst";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Entry {
  readonly word: string;
  readonly means: string;
  readonly refused: readonly string[];
}

/** The rows of every table of a page, without the heads. */
function entries(markdown: string): readonly Entry[] {
  const found: Entry[] = [];
  for (const line of markdown.split("\n")) {
    const cells = line.split("|").map((cell) => cell.trim());
    const [, word, means, not] = cells;
    if (cells.length !== 5 || !word || !means || not === undefined || word === "word" || /^-+$/.test(word)) continue;
    found.push({ word, means, refused: [...not.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "") });
  }
  return found;
}

function wordsOf(name: string): readonly string[] {
  const spaced = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2");
  return spaced
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== "");
}

/** "JobQueue: job (say workflow)" for each refused word in a name. */
function refusals(names: Iterable<string>, glossary: readonly Entry[]): readonly string[] {
  const said: string[] = [];
  for (const name of names) {
    for (const word of wordsOf(name)) {
      const entry = glossary.find(({ refused }) => refused.some((one) => word === one || word === `${one}s`));
      if (entry) said.push(`${name}: ${word} (say ${entry.word})`);
    }
  }
  return said;
}

interface Syntax {
  readonly type: string;
  readonly [field: string]: unknown;
}

function walk(text: string, visit: (syntax: Syntax) => void): void {
  const enter = (value: unknown): void => {
    if (Array.isArray(value)) for (const element of value) enter(element);
    else if (typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string") {
      visit(value as Syntax);
      for (const field of Object.values(value)) if (typeof field === "object") enter(field);
    }
  };
  enter(parseAst(text, { lang: "ts" }));
}

function textOf(value: unknown): string | undefined {
  const { type, value: text } = (value ?? {}) as { readonly type?: string; readonly value?: unknown };
  return type === "Literal" && typeof text === "string" ? text : undefined;
}

function exportedNames(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  walk(text, (syntax) => {
    if (syntax.type === "ExportAllDeclaration") names.add("*");
    if (syntax.type !== "ExportNamedDeclaration") return;
    for (const { exported } of syntax["specifiers"] as readonly { readonly exported: { readonly name: string } }[]) {
      names.add(exported.name);
    }
    const declared = syntax["declaration"] as {
      readonly id?: { readonly name: string };
      readonly declarations?: unknown;
    } | null;
    if (declared?.id) names.add(declared.id.name);
    for (const { id } of (declared?.declarations ?? []) as readonly { readonly id: { readonly name?: string } }[]) {
      if (id.name) names.add(id.name);
    }
  });
  return names;
}

/** Literals of the form "item.completed". */
function eventTypes(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  walk(text, (syntax) => {
    const literal = textOf(syntax);
    if (literal !== undefined && /^[a-z]+(\.[a-z_]+)+$/.test(literal)) names.add(literal);
  });
  return names;
}

/** First words of what is given to `.command()`, `.alias()`, `.option()`, `createCommand()` and `new Command()`. */
function commandNames(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  walk(text, (syntax) => {
    if (syntax.type !== "CallExpression" && syntax.type !== "NewExpression") return;
    const callee = syntax["callee"] as { readonly name?: string; readonly property?: { readonly name?: string } };
    const name = callee.property?.name ?? callee.name ?? "";
    if (!/^(command|alias|aliases|option|requiredOption|createCommand|Command|Option)$/.test(name)) return;
    const literal = textOf((syntax["arguments"] as readonly unknown[])[0]);
    if (!literal) return;
    for (const flag of literal.matchAll(/--([a-z-]+)/g)) names.add(flag[1] ?? "");
    if (!literal.startsWith("-")) names.add(literal.split(" ")[0] ?? "");
  });
  return names;
}

const glossary = entries(readFileSync(`${ROOT}docs/glossary.md`, "utf8"));
const read = (path: string): string => readFileSync(`${ROOT}${path}`, "utf8");

describe("the glossary", () => {
  test("has one row for a word, and refuses a word in favour of others only", () => {
    const words = glossary.flatMap(({ word }) => word.split(", "));
    expect(words.length).toBeGreaterThan(30);
    expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
    expect(glossary.flatMap(({ refused }) => refused).filter((word) => words.includes(word))).toEqual([]);
  });

  test("rules the exported names, of which there is a hand-written list", () => {
    const names = exportedNames(read("src/index.ts"));
    expect(names.size).toBeGreaterThan(0);
    expect([...names]).not.toContain("*");
    expect(refusals(names, glossary)).toEqual([]);
  });

  test("rules the event types", () => {
    const names = eventTypes(read("src/model/events.ts"));
    expect(names.size).toBeGreaterThan(0);
    expect(refusals(names, glossary)).toEqual([]);
  });

  test("rules the commands and options of the command line", () => {
    const names = globSync("src/cli/**/*.ts", { cwd: ROOT })
      .filter((path) => !path.endsWith(".test.ts"))
      .flatMap((path) => [...commandNames(read(path))]);
    expect(names.length).toBeGreaterThan(0);
    expect(refusals(names, glossary)).toEqual([]);
  });
});

describe("the check", () => {
  test("splits names into words", () => {
    expect(wordsOf("openWorkgraph")).toEqual(["open", "workgraph"]);
    expect(wordsOf("HTTPServer2Job_queue-name.done")).toEqual(["http", "server", "job", "queue", "name", "done"]);
  });

  test("refuses words, plurals too, and says which to use", () => {
    const said = refusals(["runStep", "RUN_JOBS", "workflow", "reuse", "item.executed", "DagView"], glossary);
    expect(said).toEqual(["runStep: step (say node)", "RUN_JOBS: jobs (say workflow)", "DagView: dag (say workflow)"]);
  });

  test("finds exported names of every form", () => {
    const text = `export { a, b as runTask } from "./x.ts"; export type { C } from "./c.ts"; export const d = 1, e = 2;
      export function f(): void {} export class G {} export interface H {} export type I = 1; const hidden = 1; export * from "./y.ts";`;
    expect([...exportedNames(text)]).toEqual(["a", "runTask", "C", "d", "e", "f", "G", "H", "I", "*"]);
  });

  test("finds event types in types and in values", () => {
    expect([
      ...eventTypes('type E = { type: "item.completed" } | { type: "x" }; const t = "run.retry_planned";'),
    ]).toEqual(["item.completed", "run.retry_planned"]);
  });

  test("finds commands and options", () => {
    const text =
      'program.command("run <file>").alias("start").option("-t, --time-limit <n>", "x"); new Command("kill");';
    expect([...commandNames(text)].toSorted()).toEqual(["kill", "run", "start", "time-limit"]);
  });
});
