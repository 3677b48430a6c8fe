/**
 * The examples do what their headers say. They run as any workflow runs, over a store in memory; what was recorded is
 * read back from it.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import type { Workflow } from "../src/define/workflow.ts";
import { decode, encode } from "../src/model/codec.ts";
import { startRun } from "../src/runtime/start.ts";
import { openMemoryStore } from "../src/store/memory/memory-store.ts";
import { environment } from "../test/authoring/flow.ts";
import { hello } from "./01-hello.ts";
import { researchFanOut } from "./02-research-fan-out.ts";
import { refine } from "./03-loop.ts";
import { describeText } from "./04-branch.ts";
import { shuffledNodes } from "./05-shuffled-nodes.ts";
import { failures } from "./06-failures.ts";
import { countSource } from "./07-generators.ts";
import { combinators } from "./08-combinators.ts";
import { checkDocs } from "./10-subgraphs.ts";
import { readSpeech } from "./research-pipeline/corpus.ts";
import { researchPipeline } from "./research-pipeline/research-pipeline.ts";

interface Ended<Output> {
  readonly status: string;
  readonly output: Output;
  readonly error: string | undefined;
  /** Node ids in the order of the calls; combinators are left out. */
  readonly nodes: readonly string[];
  /** Attempts per item of a node, over all its calls. */
  readonly attempts: (node: string) => readonly number[];
}

async function run<Input extends object, Output>(flow: Workflow<Input, Output>, input: Input): Promise<Ended<Output>> {
  const store = openMemoryStore({});
  try {
    const started = await startRun(
      flow.definition,
      { version: "unversioned", input: encode(input) },
      environment({ store }),
    );
    if (!started.created) throw new Error("the run was not created");
    const { status, output, error } = await started.run.ended;
    const calls = (await store.calls(started.run.runId)).filter(({ event }) => event.kind === "node");
    const { items } = await store.items(started.run.runId, { limit: 10_000 });
    return {
      status,
      output: (output === undefined ? undefined : decode(output)) as Output,
      error: error?.message,
      nodes: calls.map(({ event }) => event.node),
      attempts: (node) => {
        const numbers = new Set(calls.filter(({ event }) => event.node === node).map(({ call }) => call));
        return items.filter(({ call }) => numbers.has(call)).map((item) => item.attempts);
      },
    };
  } finally {
    await store.close();
  }
}

test("01 greets everybody, in the order they were named", async () => {
  const { output, status, attempts } = await run(hello, { names: "Ada, Grace,, Edsger" });
  expect(output).toEqual(["Hello, Ada!", "Hello, Grace!", "Hello, Edsger!"]);
  expect(status).toBe("completed");
  expect(attempts("greet")).toEqual([1, 1, 1]);
});

describe("02", () => {
  test("reports on the pages that the query meets, one item each", async () => {
    const { output, attempts } = await run(researchFanOut, { query: "retry a failed request" });
    expect(output.title).toBe("retry a failed request");
    expect(output.body.match(/pages\.example\/\w[\w-]*/g)).toEqual([
      "pages.example/retries",
      "pages.example/idempotency",
      "pages.example/fan-out",
    ]);
    expect(attempts("scrape_page")).toEqual([1, 1, 1]);
  });

  test("a query that meets nothing gives an empty report, not a failure", async () => {
    const { output, status, attempts } = await run(researchFanOut, { query: "xylophone" });
    expect(output.body).toBe("");
    expect(status).toBe("completed");
    expect(attempts("synthesize_report")).toEqual([1]);
  });
});

describe("03", () => {
  test("goes round until the text is good", async () => {
    const { output, nodes } = await run(refine, { limit: 10 });
    expect(output.wordsPerSentence).toBeLessThanOrEqual(10);
    expect(nodes).toEqual(["judge", ...Array.from({ length: output.rounds }, () => ["simplify", "judge"]).flat()]);
    expect(output.rounds).toBeGreaterThan(1);
  });

  test("gives up after five rounds", async () => {
    const { output } = await run(refine, { limit: 1 });
    expect(output.rounds).toBe(5);
  });
});

test.each([
  ['{ "a": [1, { "b": 2.5 }] }', { format: "json", numbers: [1, 2.5] }, ["detect_format", "collect_numbers"]],
  ["n,m\\n1,2\\n3,x", { format: "csv", numbers: [1, 2, 3] }, ["detect_format", "read_rows", "numbers_of_row"]],
  ["only four plain words", { format: "prose", words: 4 }, ["detect_format", "count_words"]],
])("04 takes one branch: %s", async (text, expected, called) => {
  const { output, nodes } = await run(describeText, { text });
  expect(output).toEqual(expected);
  expect(nodes).toEqual(called);
});

test("05 calls every node once, and the text is what that order makes of it", async () => {
  const transforms: Readonly<Record<string, (text: string) => string>> = {
    reverse_words: (text) => text.split(" ").toReversed().join(" "),
    drop_vowels: (text) => text.replace(/[aeiou]/gi, ""),
    title_case: (text) => text.toLowerCase().replace(/\b\p{L}/gu, (letter) => letter.toUpperCase()),
    sort_words: (text) => text.split(" ").toSorted().join(" "),
  };
  const orders = new Set<string>();
  for (let round = 0; round < 8; round += 1) {
    const { output, nodes } = await run(shuffledNodes, { text: "the order matters a lot" });
    expect(nodes.toSorted()).toEqual(Object.keys(transforms).toSorted());
    expect(output).toBe(nodes.reduce((text, id) => transforms[id]!(text), "the order matters a lot"));
    orders.add(nodes.join());
  }
  expect(orders.size).toBeGreaterThan(1); // 8 equal shuffles of 24: once in 4.6 billion
});

describe("06", () => {
  test("one bad price costs what needs it, and nothing else", async () => {
    const { output, status, attempts } = await run(failures, {});
    expect(output).toEqual({ total: "unknown", known: 47.49, average: 11.87, repaired: 59.36 });
    expect(status).toBe("completed_partial");
    expect(attempts("parse_price")).toEqual([1, 1, 1, 2, 1]);
  });

  test("without it nothing is partial", async () => {
    const { output, status } = await run(failures, { prices: "12.50, 8, 7" });
    expect(output).toEqual({ total: 27.5, known: 27.5, average: 9.17, repaired: 27.5 });
    expect(status).toBe("completed");
  });

  test("two missing prices are more than the mean tolerates", async () => {
    const { status, output } = await run(failures, { prices: "n/a, 8, none" });
    expect(status).toBe("failed");
    expect(output).toBeUndefined();
  });
});

test("07 counts every file of a folder, in the order of the walk", async () => {
  const folder = mkdtempSync(join(tmpdir(), "count-source-"));
  try {
    mkdirSync(join(folder, "inner"));
    mkdirSync(join(folder, "node_modules"));
    writeFileSync(join(folder, "a.ts"), "1\n2\n");
    writeFileSync(join(folder, "inner", "b.md"), "1\n2\n3\n");
    writeFileSync(join(folder, "node_modules", "c.ts"), "1\n");
    writeFileSync(join(folder, "z.json"), "1\n2\n3\n");
    const { output, attempts } = await run(countSource, { folder });
    expect(output).toEqual({ files: 3, lines: 8, longest: join(folder, "inner", "b.md") });
    expect(attempts("walk_folder")).toEqual([1]);
    expect(attempts("count_lines")).toEqual([1, 1, 1]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("08 pairs by position, by key, all with all, and joins two halves in order", async () => {
  const { output, status } = await run(combinators, {});
  expect(output.labels).toEqual(["first: Lima", "second: Oslo", "third: Nairobi"]);
  expect(output.capitals).toEqual(["Lima in Peru", "Oslo in Norway", "Nairobi in Kenya"]);
  expect(output.distances).toHaveLength(9);
  expect(output.halves.map((text) => text.split(" ")[2])).toEqual(["south", "north", "south"]);
  expect(output.inTime).toEqual({ pair: "Lima-Oslo", km: 11_042 });
  expect(status).toBe("completed");
});

test("10 checks each page in a run of its own, and names the run that failed", async () => {
  const { output, status, attempts } = await run(checkDocs, { pages: "README.md, docs/no-such-page.md" });
  expect(status).toBe("completed");
  expect(output.words).toBeGreaterThan(100);
  expect(output.failed).toEqual([expect.stringMatching(/^run \w{26}: .*no such file/)]);
  expect(attempts("summarize")).toEqual([1]);
});

describe("the research pipeline", () => {
  const size = { documents: 6, sentences: 5 };

  test("quotes sentences that stand at their offsets in the corpus, and another query finds other documents", async () => {
    const schools = await run(researchPipeline, { query: "public schools and education", ...size });
    const canals = await run(researchPipeline, { query: "railroads and canals", ...size });
    for (const { status, output } of [schools, canals]) {
      expect(status).toBe("completed");
      expect(output.quotes).toHaveLength(5);
      for (const quote of output.quotes) {
        const speech = await readSpeech(quote.document);
        expect(speech.text.slice(quote.start, quote.end)).toBe(quote.text);
        expect([quote.year, quote.president]).toEqual([speech.year, speech.president]);
        expect(output.markdown).toContain(`> ${quote.text}\n`);
      }
    }
    const documents = ({ output }: typeof schools) => new Set(output.quotes.map(({ document }) => document));
    expect([...documents(schools)].filter((id) => documents(canals).has(id))).toEqual([]);
    expect(schools.output.quotes.some(({ text }) => /school|educat/i.test(text))).toBe(true);
    expect(canals.output.quotes.some(({ text }) => /railroad|canal/i.test(text))).toBe(true);
  });

  test("scores every sentence of every document it read, as an item of its own", async () => {
    const { output, attempts } = await run(researchPipeline, { query: "drought", since: 1950, until: 1960, ...size });
    expect(attempts("count_terms")).toHaveLength(12);
    expect(attempts("score_passage")).toHaveLength(output.stats.passagesScored);
    expect(output.stats.passagesScored).toBeGreaterThan(100);
    expect(attempts("rank_passages")).toHaveLength(output.stats.documentsRead);
    expect(output.stats).toMatchObject({ documentsSearched: 12, documentsMissing: 0 });
  });

  test("a query that nobody ever spoke of gives a report that says so", async () => {
    const { status, output } = await run(researchPipeline, { query: "xylophone", since: 2000, ...size });
    expect(status).toBe("completed");
    expect(output.quotes).toEqual([]);
    expect(output.markdown).toContain("No sentence of these documents");
  });

  test("a query without a subject fails with what to do", async () => {
    const { status, error } = await run(researchPipeline, { query: "of the", since: 2000, ...size });
    expect(status).toBe("failed");
    expect(error).toContain("Name a subject");
  });
});
