/**
 * Edits of the sample project, each with what it must change: the version of the workflow "flow", and of which nodes.
 */
import { WORKFLOW_FILE } from "./sample-project.ts";

export interface Edit {
  readonly name: string;
  readonly file: string;
  /** Text to find; it must be there exactly once. */
  readonly find: string;
  readonly replace: string;
  readonly flow: boolean;
  /** Ids of the nodes whose version changes. */
  readonly nodes: readonly string[];
}

const FLOW = WORKFLOW_FILE;

function changing(
  name: string,
  at: readonly [file: string, find: string, replace: string],
  nodes: readonly string[],
): Edit {
  const [file, find, replace] = at;
  return { name, file, find, replace, flow: true, nodes };
}

function silent(name: string, at: readonly [file: string, find: string, replace: string]): Edit {
  const [file, find, replace] = at;
  return { name, file, find, replace, flow: false, nodes: [] };
}

function lockDeep(version: string): string {
  return `"node_modules/deep": {\n      "version": "${version}"`;
}

const NEW_NODE =
  'const late = node({ id: "late", output: z.object({ late: z.string() }) }, async () => ({ late: "x" }));\n';

/** `clamp` is the name of a helper in two other files. */
const NEW_HELPER = "const clamp = (text: string): string => text;\nconst words2 = clamp;\n";

const IMPORTS = [
  'import { words } from "#lib/words.ts";',
  'import { score } from "./lib/score.ts";',
  'import { render } from "./lib/render.ts";',
].join("\n");

export const CHANGING: readonly Edit[] = [
  changing("helper body", ["src/lib/words.ts", "return split(text)", "return split(text).reverse()"], ["search"]),
  changing("helper of a helper", ["src/lib/words.ts", "/\\s+/", "/[,\\s]+/"], ["search"]),
  changing("flags of a regular expression", ["src/lib/words.ts", "/\\s+/", "/\\s+/u"], ["search"]),
  changing("constant in another file", ["src/lib/limits.ts", "LIMIT = 20;\n", "LIMIT = 21;\n"], ["search"]),
  changing("constant in the workflow file", [FLOW, "WEIGHT = 0.5", "WEIGHT = 0.6"], ["rate"]),
  changing("element of a set", ["src/lib/stop-words.ts", '"the"', '"an"'], ["search"]),
  changing("operator", ["src/lib/score.ts", "/ 10", "* 10"], ["rate"]),
  changing(
    "helper whose name another file uses too",
    ["src/lib/score.ts", "Math.min(1, value)", "Math.min(2, value)"],
    ["rate"],
  ),
  changing("its namesake", ["src/lib/render.ts", "slice(0, 80)", "slice(0, 81)"], ["report"]),
  changing("private field of a class", ["src/lib/counter.ts", "#count = 0", "#count = 1"], ["rate"]),
  changing("public field of a class", ["src/lib/counter.ts", "step = 1", "step = 2"], ["rate"]),
  changing("member of an enum", ["src/level.ts", "  High,", "  High = 5,"], ["rate"]),
  changing("one of two functions that call each other", ["src/lib/odd.ts", "n !== 0", "n > 0"], ["search"]),
  changing("file of a workspace package", ["packages/shared/src/pad.ts", "padEnd(8)", "padEnd(9)"], ["report"]),
  changing(
    "entry of a workspace package",
    ["packages/shared/src/index.ts", "`[${pad(text)}]`", "`(${pad(text)})`"],
    ["report"],
  ),
  changing("prompt read by text()", ["src/prompts/summary.md", "one sentence", "two sentences"], ["summarize"]),
  changing("prompt imported as text", ["src/prompts/title.md", "a title", "a short title"], ["report"]),
  changing("white space of a prompt", ["src/prompts/title.md", "title.\n", "title.\n\n"], ["report"]),
  changing("JSON that is read", ["src/data/corpus.json", "the first text", "the second text"], ["search"]),
  changing(
    "statement that fills what a node reads",
    ["src/lib/registry.ts", '"first", 1', '"first", 2'],
    ["summarize"],
  ),
  changing(
    "new statement that changes it",
    ["src/lib/registry.ts", "export const otherR", 'registry.delete("x");\nexport const otherR'],
    ["summarize"],
  ),
  changing("body of a node", [FLOW, "wanted.length === 0", "wanted.length === 1"], ["search"]),
  changing("schema of a node", [FLOW, "query: z.string() })", "query: z.string(), more: z.string() })"], ["search"]),
  changing("port option of a node", [FLOW, 'gather: ["parts"]', 'gather: ["parts"], onFailed: "drop"'], ["report"]),
  changing("option of a node that is not literal", [FLOW, "retries: 2", "retries: WEIGHT"], ["rate"]),
  changing("id of a node", [FLOW, 'id: "summarize"', 'id: "summarise"'], ["summarize"]),
  changing("body of the workflow", [FLOW, "> 3", "> 4"], []),
  changing("name of the workflow", [FLOW, 'name: "flow"', 'name: "flows"'], []),
  changing("factory of a node", ["src/factory.ts", "`${query}${size}`", "`${size}${query}`"], []),
  changing("argument of a factory", [FLOW, '"made", 1', '"made", 2'], []),
  changing(
    "version of a package",
    ["node_modules/used/package.json", '"version":"1.0.0"', '"version":"1.0.1"'],
    ["report"],
  ),
  changing("version of a package below it", ["package-lock.json", lockDeep("1.0.0"), lockDeep("1.1.0")], ["report"]),
  changing(
    "effect on everything",
    ["src/lib/limits.ts", "export const OTHER", "globalThis.extra = 1;\nexport const OTHER"],
    ["search", "rate", "summarize", "report"],
  ),
];

export const SILENT: readonly Edit[] = [
  silent("comment", ["src/lib/words.ts", "// Words that carry meaning.", "// Words with a meaning.\n/* and more */"]),
  silent("documentation of a node", [FLOW, "/** Finds documents. */", "/** Looks for documents. */"]),
  silent("comment inside a function", [
    "src/lib/score.ts",
    "  return clamp(",
    "  // at most one\n  return /* here */ clamp(",
  ]),
  silent("indentation", ["packages/shared/src/pad.ts", "  return text", "\n\n        return text"]),
  silent("quotes", ["src/lib/stop-words.ts", '"the"', "'the'"]),
  silent("spelling of a number", ["src/lib/limits.ts", "LIMIT = 20;\n", "LIMIT = 2_0.0;\n"]),
  silent("line breaks and a trailing comma", ["src/lib/stop-words.ts", '["a", "the"]', '[\n  "a",\n  "the",\n]']),
  silent("parentheses", [
    "src/lib/score.ts",
    "return clamp(doc.text.split(query).length / 10)",
    "return (clamp((doc.text.split(query).length) / 10))",
  ]),
  silent("quoted key", [FLOW, 'id: "report"', '"id": "report"']),
  silent("carriage returns", ["src/lib/limits.ts", "20;\nexport", "20;\r\nexport"]),
  silent("interface", ["src/model.ts", "readonly text: string;", "readonly text: string;\n  readonly more?: number;"]),
  silent("annotation", ["src/lib/words.ts", "words(text: string): string[]", "words(text: string): Array<string>"]),
  silent("assertion", [FLOW, "(corpus.docs as Doc[])", "(corpus.docs satisfies unknown as readonly Doc[])"]),
  silent("type that nothing uses", [
    "src/model.ts",
    "export interface NeverUsed {}",
    "export type NeverUsed = string;",
  ]),
  silent("unused function of a used file", ["src/lib/words.ts", 'return ["a"]', 'return ["b"]']),
  silent("unused constant of a used file", ["src/lib/limits.ts", "OTHER_LIMIT = 30", "OTHER_LIMIT = 31"]),
  silent("unused export of a workspace package", ["packages/shared/src/index.ts", "`<${text}>`", "`{${text}}`"]),
  silent("unread JSON", ["src/data/corpus.json", '"unread":1', '"unread":2']),
  silent("unrelated node", [FLOW, "`${query}${unused}${otherRegistry.size}`", "`${otherRegistry.size}${unused}`"]),
  silent("options of an unrelated node", [
    FLOW,
    "z.object({ a: z.string() }).min(1)",
    "z.object({ b: z.string() }).min(2)",
  ]),
  silent("schema of an unrelated node", [FLOW, "other: z.string()", "others: z.string()"]),
  silent("id of an unrelated node", [FLOW, 'id: "unrelated"', 'id: "unrelated-2"']),
  silent("unrelated workflow", [FLOW, "unrelated({ query }));", 'unrelated({ query: query + "!" }));']),
  silent("new unrelated node", [FLOW, "export const other", NEW_NODE + "export const other"]),
  silent("new unrelated helper with a name in use", [FLOW, "export const other", NEW_HELPER + "export const other"]),
  silent("statement that fills what only an unrelated node reads", ["src/lib/registry.ts", '"other", 1', '"other", 2']),
  silent("name of a helper", [
    "src/lib/words.ts",
    "split(text).filter((word) => !isStop(word)).slice(0, LIMIT);\n}\nfunction split(",
    "cut(text).filter((word) => !isStop(word)).slice(0, LIMIT);\n}\nfunction cut(",
  ]),
  silent("name of a local variable", ["src/lib/words.ts", "(word) => !isStop(word)", "(each) => !isStop(each)"]),
  silent("concurrency", [FLOW, "concurrency: 4", "concurrency: 8"]),
  silent("retries", [FLOW, "retries: 2", 'retries: { max: 5, backoff: "fixed", delay: 60 * 1000 }']),
  silent("timeout", [FLOW, 'timeout: "20s"', "timeout: 5_000"]),
  silent("tuning option taken out", [FLOW, ' concurrency: 4, retries: 2, timeout: "20s"', ""]),
  silent("tuning option put in", [
    FLOW,
    'out: "many"',
    'out: "many", cache: "1h", pool: "net", rateLimit: { limit: 2, per: "1s" }',
  ]),
  silent("title of a node", [FLOW, 'title: "Summarise"', 'title: "Summary", description: "of one"']),
  silent("description of the workflow", [FLOW, '"The sample"', '"A sample"']),
  silent("settings of the workflow", [
    FLOW,
    'name: "flow"',
    'name: "flow", tags: ["a"], schedule: "0 * * * *", retention: { runs: 5 }',
  ]),
  silent("tuning of a factory", ["src/factory.ts", "concurrency: 2", "concurrency: 3"]),
  silent("version of an unused package", [
    "node_modules/unused/package.json",
    '"version":"1.0.0"',
    '"version":"2.0.0"',
  ]),
  silent("order of imports of pure files", [FLOW, IMPORTS, IMPORTS.split("\n").reverse().join("\n")]),
];
