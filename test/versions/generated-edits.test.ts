/**
 * Edits planted by a seeded generator: a handful of edits that mean nothing, at random places, and up to two that mean
 * something. What the latter change is known from the table; the former must not hide it, and must not add to it.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { bundleWorkflow, nodeHashes } from "../../src/version/bundle.ts";
import { CHANGING } from "./edits.ts";
import type { Edit } from "./edits.ts";
import { SAMPLE, WORKFLOW_FILE } from "./sample-project.ts";
import { TempProject } from "./temp-project.ts";

const ROUNDS = 80;

const SOURCES = Object.keys(SAMPLE).filter((path) => /^(?:src|packages)\/.*\.ts$/.test(path));

/** Names that other files of the sample use at their top level. */
const TAKEN_NAMES = [
  "clamp",
  "words",
  "split",
  "score",
  "render",
  "label",
  "pad",
  "STOP",
  "LIMIT",
  "WEIGHT",
  "search",
  "docs",
];

type Random = () => number;
type Texts = Map<string, string>;

function pick<T>(random: Random, from: readonly T[]): T {
  const found = from[Math.floor(random() * from.length)];
  if (found === undefined) throw new RangeError("nothing to pick from");
  return found;
}

function insertLine(texts: Texts, at: { readonly file: string; readonly random: Random; readonly line: string }): void {
  const lines = (texts.get(at.file) ?? "").split("\n");
  lines.splice(Math.floor(at.random() * (lines.length + 1)), 0, at.line);
  texts.set(at.file, lines.join("\n"));
}

function append(texts: Texts, file: string, text: string): void {
  texts.set(file, `${texts.get(file) ?? ""}\n${text}\n`);
}

const MEANINGLESS: readonly ((texts: Texts, random: Random, serial: number) => void)[] = [
  (texts, random, serial) => insertLine(texts, { file: pick(random, SOURCES), random, line: `// remark ${serial}` }),
  (texts, random, serial) =>
    insertLine(texts, { file: pick(random, SOURCES), random, line: `/* remark\n ${serial} */` }),
  (texts, random) =>
    insertLine(texts, { file: pick(random, SOURCES), random, line: " ".repeat(Math.floor(random() * 9)) }),
  (texts, random) => {
    const file = pick(random, SOURCES);
    texts.set(
      file,
      (texts.get(file) ?? "").replace(/^ +/gm, (spaces) => spaces.repeat(2)),
    );
  },
  (texts, random, serial) =>
    append(texts, pick(random, SOURCES), `export type Extra${serial} = { readonly a: string };`),
  (texts, random, serial) => append(texts, pick(random, SOURCES), `export const extra${serial} = { size: ${serial} };`),
  (texts, random, serial) => {
    const file = pick(random, SOURCES);
    const name = pick(random, TAKEN_NAMES);
    if (new RegExp(`\\b${name}\\b`).test(texts.get(file) ?? "")) return;
    append(texts, file, `function ${name}(given: number): number {\n  return given + ${serial};\n}`);
  },
  (texts, _random, serial) =>
    append(
      texts,
      WORKFLOW_FILE,
      `const extraNode${serial} = node({ id: "extra-${serial}", input: z.object({ a: z.string() }) }, async () => words("${serial}"));`,
    ),
  (texts, random) => {
    const flow = texts.get(WORKFLOW_FILE) ?? "";
    texts.set(WORKFLOW_FILE, flow.replace(/concurrency: \d+/, `concurrency: ${1 + Math.floor(random() * 64)}`));
  },
  (texts, random) => {
    const flow = texts.get(WORKFLOW_FILE) ?? "";
    const tuning = pick(random, ["retries: 3", 'timeout: "5s"', "cache: true", 'description: "text"', 'pool: "p"']);
    texts.set(WORKFLOW_FILE, flow.replace('id: "report",', `id: "report", ${tuning},`));
  },
];

/** Changing edits of TypeScript sources that can stand beside others. */
const PLANTABLE = CHANGING.filter(
  ({ file, find, name }) =>
    SOURCES.includes(file) && !find.includes("\n") && name !== "id of a node" && !name.startsWith("option"),
);

interface Planted {
  readonly texts: Texts;
  readonly edits: readonly Edit[];
}

function plant(seed: number): Planted {
  const random = seededRandom(seed);
  const texts: Texts = new Map(SOURCES.map((file) => [file, SAMPLE[file] ?? ""]));
  const edits: Edit[] = [];
  const wanted = seed % 3;
  while (edits.length < wanted) {
    const edit = pick(random, PLANTABLE);
    if (edits.some(({ file }) => file === edit.file)) continue;
    edits.push(edit);
    texts.set(
      edit.file,
      (texts.get(edit.file) ?? "").replace(edit.find, () => edit.replace),
    );
  }
  const count = 1 + Math.floor(random() * 6);
  for (let serial = 0; serial < count; serial++) pick(random, MEANINGLESS)(texts, random, serial);
  return { texts, edits };
}

let project: TempProject;
let before: { readonly flow: string; readonly nodes: ReadonlyMap<string, { readonly hash: string }> };

async function versionsOf(): Promise<typeof before> {
  const bundle = await bundleWorkflow({ file: project.path(WORKFLOW_FILE), exportName: "flow" });
  return { flow: bundle.closureHash, nodes: await nodeHashes(bundle) };
}

beforeAll(async () => {
  project = new TempProject(SAMPLE);
  before = await versionsOf();
});

afterAll(() => project[Symbol.dispose]());

describe("planted edits", () => {
  test("plant something that changes in two of three rounds", () => {
    expect(PLANTABLE.length).toBeGreaterThan(15);
    expect(plant(1).edits).toHaveLength(1);
    expect(plant(2).edits).toHaveLength(2);
    expect(plant(3).edits).toHaveLength(0);
  });

  test.for(Array.from({ length: ROUNDS }, (_, round) => round))("seed %i", async (seed) => {
    const { texts, edits } = plant(seed);
    project.write(Object.fromEntries(texts));
    const after = await versionsOf();
    const changed = [...before.nodes].filter(([id, { hash }]) => after.nodes.get(id)?.hash !== hash).map(([id]) => id);
    const expected = new Set(edits.flatMap(({ nodes }) => nodes));
    const names = edits.map(({ name }) => name).join(" + ") || "nothing that matters";
    expect(changed, names).toEqual([...before.nodes.keys()].filter((id) => expected.has(id)));
    expect(after.flow !== before.flow, names).toBe(edits.length > 0);
  });
});
