/**
 * Plants one fault into a base, at a random node, item and line.
 *
 * R1. Everything comes from the seed: a case is made again from its number.
 * R2. Where the fault is, is known by construction, never by comparing runs. What an item is given is read from a run that went well.
 * R3. Half of the edits come with another one that changes nothing: a log line that says the same in other words.
 */
import { SeededRandom } from "./seeded-random.ts";
import { type Base, BASES } from "./bases.ts";
import { lineOf, replaced, type FaultCase, type Files } from "./case.ts";

/** An item of a run that went well. */
export interface KnownItem {
  readonly node: string;
  readonly call: number;
  readonly item: number;
  /** Item of call 1 whose child run it is in. */
  readonly child?: number;
  readonly param: string;
  readonly value: unknown;
}

export type Known = ReadonlyMap<string, readonly KnownItem[]>;

type Random = SeededRandom;
type Maker = (of: {
  readonly base: Base;
  readonly items: readonly KnownItem[];
  readonly random: Random;
}) => FaultCase | undefined;

/** @param known items of each base, by its name */
export function faultCase(seed: number, known: Known): FaultCase {
  const random = new SeededRandom(seed);
  const [kind, make] = random.pick(Object.entries(MAKERS));
  for (;;) {
    const base = random.pick(BASES);
    const made = make({ base, items: known.get(base.name) ?? [], random });
    if (made) return { ...made, kind, name: `${seed} ${base.name}: ${kind}` };
  }
}

const FLOW = "flow.ts";

/** Lines of a node's body between the first and the last. */
function places(text: string, node: string): readonly number[] {
  const lines = text.split("\n");
  const begin = lines.findIndex((line) => line.includes(`id: "${node}"`));
  const first = lines.findIndex((line, at) => at > begin && line.trimStart().startsWith("let out"));
  let depth = 0;
  const free: number[] = [];
  for (let at = first + 1; at < lines.length; at++) {
    if (depth === 0) free.push(at);
    depth += (lines[at]!.match(/[{]/g) ?? []).length - (lines[at]!.match(/[}]/g) ?? []).length;
    if (lines[at]!.trim() === "return out;") return free;
  }
  return [];
}

function withLine(text: string, at: number, line: string): string {
  const lines = text.split("\n");
  return [...lines.slice(0, at), `  ${line}`, ...lines.slice(at)].join("\n");
}

/** R3. */
function withNoise(files: Files, random: Random): Files {
  if (random.chance(0.5)) return files;
  const flow = files[FLOW]!;
  const logs = [...flow.matchAll(/ctx\.log\.debug\("(\w+)"/g)];
  if (logs.length === 0) return { ...files, [FLOW]: `// Checked.\n${flow}` };
  const [found, word] = random.pick(logs);
  return { ...files, [FLOW]: replaced(flow, found, `ctx.log.debug("was ${word!}"`) };
}

const same = ({ param, value }: KnownItem): string =>
  `JSON.stringify(${param}) === ${JSON.stringify(JSON.stringify(value))}`;
const SPOILT =
  'out = Object.fromEntries(Object.entries(out).map(([key, value]) => [key, typeof value === "number" ? value * 10 + 7 : String(value) + "?"])) as never;';

/** A line that does its harm for one item of a node. */
function inNode(write: (item: KnownItem) => string, which: (text: string, item: KnownItem) => boolean): Maker {
  return ({ base, items, random }) => {
    const flow = base.files[FLOW]!;
    const fitting = items.filter((one) => which(nodeText(flow, one.node), one) && isAlone(one, items));
    if (fitting.length === 0) return undefined;
    const item = random.pick(fitting);
    const line = write(item);
    const noisy = withNoise(base.files, random);
    const text = withLine(noisy[FLOW]!, random.pick(places(noisy[FLOW]!, item.node)), line);
    return editOf(base, { ...noisy, [FLOW]: text }, { ...placeOf(item), file: FLOW, line: lineOf(text, line) });
  };
}

function placeOf({ node, call, item, child }: KnownItem): Pick<FaultCase["truth"], "node" | "call" | "item" | "child"> {
  return { node, call, item, ...(child === undefined ? {} : { child }) };
}

/** No other item of the node was given the same. */
function isAlone(one: KnownItem, items: readonly KnownItem[]): boolean {
  const text = JSON.stringify(one.value);
  return items.filter(({ node, value }) => node === one.node && JSON.stringify(value) === text).length === 1;
}

function nodeText(flow: string, node: string): string {
  const begin = flow.indexOf(`id: "${node}"`);
  return begin === -1 ? "" : flow.slice(begin, flow.indexOf("\n});", begin));
}

const isPlain = (text: string): boolean => text.includes("timeout:") && text.includes("ctx");
const isMany = (text: string): boolean => text.includes('out: "many"');

function editOf(base: Base, files: Files, truth: FaultCase["truth"]): FaultCase {
  const { input, outside } = base;
  const well = { files: base.files, input, ...(outside === undefined ? {} : { outside }) };
  return { name: "", kind: "", before: "the edit", well, wrong: { files }, truth };
}

/** A change of one place, with where its harm is first seen. */
type Change = readonly [
  base: string,
  file: string,
  part: string,
  by: string,
  truth: Omit<FaultCase["truth"], "file" | "line">,
];

const HELPERS: readonly Change[] = [
  ["orders", "money.ts", "fr: 0.2", "fr: 0.21", { node: "tax", call: 2, item: 1 }],
  ["orders", "money.ts", "ch: 0.081", "ch: 0.91", { node: "tax", call: 2, item: 2 }],
  ["orders", "money.ts", "de: 0.19", "de: 0.16", { node: "tax", call: 2, item: 0 }],
  ["orders", "money.ts", "cents / 100", "cents / 1000", { node: "price", call: 1, item: 0 }],
  ["albums", "time.ts", "* 60", "* 6", { node: "measure", call: 2, item: 0, child: 0 }],
  ["sensors", "units.ts", "ZERO = 32", "ZERO = 23", { node: "clean", call: 2, item: 0 }],
  ["sensors", "units.ts", "* 10) / 10", "* 100) / 100", { node: "clean", call: 2, item: 0 }],
];

const FUNCTIONS: readonly Change[] = [
  ["essay", FLOW, "round < 6", "round < 1", { node: "judge", call: 5, item: 0, missing: true }],
  ["essay", FLOW, "worst >= 0.75", "worst >= 0.95", { node: "improve", call: 8 }],
  ["essay", FLOW, "if (worst >= 0.75) break;", "if (worst < 0) break;", { node: "improve", call: 8 }],
  ["orders", FLOW, "lines: taxed", "lines: priced as never", { node: "invoice", call: 3, item: 0 }],
  ["sensors", FLOW, "cleaned });", "cleaned: read as never });", { node: "summary", call: 3 }],
];

const ALIGNMENTS: readonly Change[] = [
  ["weights", FLOW, "WEIGHTS[kind] ?? 0);", "WEIGHTS[kind] ?? 0).toReversed();", { node: "zip", call: 2, item: 1 }],
  [
    "weights",
    FLOW,
    "zip(loaded, each)",
    "zip(loaded, [...each.slice(1), each[0]!])",
    { node: "zip", call: 2, item: 0 },
  ],
  ["weights", FLOW, "zip(loaded, each)", "zip(loaded.toReversed(), each)", { node: "zip", call: 2 }],
  ["weights", FLOW, "zip(loaded, each)", "zip(loaded, each.slice(1))", { node: "zip", call: 2, item: 0 }],
  ["weights", FLOW, "c: 2 }", "c: 20 }", { node: "zip", call: 2, item: 2 }],
];

function oneOf(changes: readonly Change[]): Maker {
  return ({ base, random }) => {
    const fitting = changes.filter(([name]) => name === base.name);
    if (fitting.length === 0) return undefined;
    const [, file, part, by, truth] = random.pick(fitting);
    const noisy = withNoise(base.files, random);
    const text = replaced(noisy[file]!, part, by);
    return editOf(base, { ...noisy, [file]: text }, { ...truth, file, line: lineOf(text, by) });
  };
}

/** The same code in both runs: what it asks of a clock, or of chance, is another. */
function unstable(write: (item: KnownItem) => string, waitMs: number): Maker {
  return ({ base, items, random }) => {
    const edited = inNode(write, isPlain)({ base, items, random });
    const { files } = edited?.wrong ?? {};
    if (!edited || !files) return undefined;
    return { ...edited, before: "the change", well: { ...edited.well, files }, wrong: {}, waitMs };
  };
}

const flakyOutside: Maker = ({ base, random }) => {
  if (base.outside === undefined) return undefined;
  const slugs = base.input["slugs"] as readonly string[];
  const item = random.below(slugs.length);
  const file = `${slugs[item]!}.txt`;
  const given = random.pick(["<html>busy</html>", "", "quite other words", undefined]);
  const { [file]: _, ...others } = base.outside;
  const line = lineOf(base.files[FLOW]!, "await readFile");
  return {
    ...editOf(base, base.files, { node: "fetch_page", call: 2, item, file: FLOW, line }),
    before: "the change",
    wrong: { outside: given === undefined ? others : { ...others, [file]: given } },
  };
};

const wrongInput: Maker = ({ base, random }) => {
  const entry = Object.entries(base.input).find(([, value]) => Array.isArray(value)) as [string, unknown[]] | undefined;
  if (!entry) return undefined;
  const [name, list] = entry;
  const at = random.below(list.length);
  const element = list[at];
  const spoilt = typeof element === "string" ? `${element}?` : spoil(element as object, random);
  const input = { ...base.input, [name]: list.with(at, spoilt) };
  const isWhole = base.files[FLOW]!.includes(`whole: ["${name}"]`);
  const [node, call] = ENTRIES[base.name]!;
  const line = lineOf(base.files[FLOW]!, call);
  return {
    ...editOf(base, base.files, { node, call: 1, item: isWhole ? 0 : at, file: FLOW, line }),
    before: "the change",
    wrong: { input },
  };
};

/** The node that takes the input, and the text of its call. */
const ENTRIES: Readonly<Record<string, readonly [string, string]>> = {
  orders: ["price", "price({ order: orders })"],
  pages: ["list_pages", "listPages({ slugs })"],
  albums: ["NAME-album", "runSubgraph({"],
  weights: ["load", "await load({ rows })"],
  sensors: ["readings", "readings({ sensor: sensors })"],
};

/** One of its numbers is another, and not one that nobody would see. */
function spoil(element: object, random: Random): object {
  const numbers = Object.entries(element).filter(([, value]) => typeof value === "number");
  const [field, value] = random.pick(numbers) as [string, number];
  return { ...element, [field]: random.pick([-value, value + 1, value * 3]) };
}

const MAKERS: Readonly<Record<string, Maker>> = {
  "thrown error": inNode((item) => `if (${same(item)}) throw new RangeError("this cannot be");`, isPlain),
  "wrong value": inNode((item) => `if (${same(item)}) ${SPOILT}`, isPlain),
  "swallowed error": inNode(
    (item) => `if (${same(item)}) try { throw new Error("lost"); } catch { out = {} as never; }`,
    isPlain,
  ),
  "stuck loop in a node": inNode(
    (item) =>
      `while (${same(item)}) { ctx.signal.throwIfAborted(); await new Promise((resolve) => setTimeout(resolve, 10)); }`,
    isPlain,
  ),
  "failed child run": inNode(
    (item) => `if (${same(item)}) throw new RangeError("this cannot be");`,
    (text, { child }) => child !== undefined && isPlain(text),
  ),
  "lost item": inNode((item) => `if (${same(item)}) out.splice(1, 1);`, isMany),
  "item given twice": inNode((item) => `if (${same(item)}) out.splice(0, 0, out[1]!);`, isMany),
  "changed helper": oneOf(HELPERS),
  "loop and calls of the function": oneOf(FUNCTIONS),
  "bad alignment": oneOf(ALIGNMENTS),
  "flaky outside answer": flakyOutside,
  "hidden clock": unstable((item) => `if (${same(item)} && Date.now() > DEADLINE) ${SPOILT}`, 700),
  "hidden chance": unstable((item) => `if (${same(item)}) out = { ...out, lucky: Math.random() } as never;`, 0),
  "wrong input": wrongInput,
};
