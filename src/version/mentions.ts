/**
 * What a piece of code mentions that is no input of it: clocks and random numbers, and the outside world.
 *
 * Owns: the names that are looked for. Leaves to closure-diff.ts: which pieces are a node's.
 *
 * R1. A mention is a hint, not a proof: it may stand in a branch that did not run, and a package may hide what is not mentioned.
 */
import { piecesOf } from "./closure-diff.ts";
import type { StoredVersion } from "./stored-version.ts";

export interface Mention {
  /** Stored path. */
  readonly file: string;
  readonly line: number;
  readonly name: string;
  /** The line. */
  readonly text: string;
}

export interface CodeMentions {
  readonly chance: readonly Mention[];
  readonly outside: readonly Mention[];
}

const CHANCE =
  /\b(Date\.now|new Date\(\)|Math\.random|performance\.now|process\.hrtime|randomUUID|randomBytes|randomInt|getRandomValues|random\(\)|uuid\(\)|now\(\))/;
const OUTSIDE =
  /\b(fetch|process\.env|globalThis|XMLHttpRequest|WebSocket|readFile\w*|readdir\w*|execFile\w*|spawn\w*|openArtifact|llm|secret)\b/;
/** Built-in modules that compute, and nothing else. */
const COMPUTING =
  /^node:(assert|buffer|crypto|events|path|perf_hooks|querystring|string_decoder|timers|url|util|zlib)(\/|$)/;

/** @param nodeId undefined: the workflow function without its nodes */
export async function mentionsOf(version: StoredVersion, nodeId: string | undefined): Promise<CodeMentions> {
  const chance: Mention[] = [];
  const asked: Mention[] = [];
  const texts = new Map(version.sources.map(({ path, text }) => [path, text]));
  for (const { file, line, lines } of (await piecesOf(version, nodeId)).values()) {
    const outside = builtinNames(texts.get(file) ?? "");
    lines.forEach((text, at) => {
      const code = text.replace(/\/\/.*$/, "");
      const found = CHANCE.exec(code);
      if (found) chance.push({ file, line: line + at, name: found[1]!, text });
      const name = OUTSIDE.exec(code)?.[1] ?? (code.match(/[A-Za-z_$][\w$]*/g) ?? []).find((one) => outside.has(one));
      if (name !== undefined) asked.push({ file, line: line + at, name, text });
    });
  }
  return { chance, outside: asked };
}

/** Names that a file imports from modules of Node that reach the outside. */
function builtinNames(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [, clause = "", module = ""] of text.matchAll(/\bimport\s+([^;"']+?)\s+from\s+["'](node:[^"']+)["']/g)) {
    if (COMPUTING.test(module)) continue;
    for (const [name] of clause.replace(/[\w$]+\s+as\s+/g, "").matchAll(/[A-Za-z_$][\w$]*/g)) names.add(name);
  }
  return names;
}
