/**
 * Workflows that are well, for faults to be put into.
 *
 * R1. Each node's body begins with `let out = ...;` and ends with `return out;`, so that a line can be put between.
 * R2. `NAME` stands for the name of the workflow: each case has one of its own, and with it a history of its own.
 */
export interface Base {
  readonly name: string;
  /** flow.ts and what it imports. */
  readonly files: Readonly<Record<string, string>>;
  readonly input: Readonly<Record<string, unknown>>;
  /** Files that nodes read, as the outside world. */
  readonly outside?: Readonly<Record<string, string>>;
}

const HEAD = 'import { node, runSubgraph, workflow, zip } from "agentic-workgraph";\n';

const orders: Base = {
  name: "orders",
  files: {
    "flow.ts": `${HEAD}import { rounded, rateOf } from "./money.ts";
interface Order { id: string; net: number; country: string }
const price = node({ id: "price", timeout: "1500ms" }, async ({ order }: { order: Order }, ctx) => {
  let out = { id: order.id, net: rounded(order.net), country: order.country };
  ctx.log.debug("priced", { id: out.id });
  if (out.net < 0) throw new RangeError("a negative price: " + out.id);
  return out;
});
const tax = node({ id: "tax", timeout: "1500ms" }, async ({ priced }: { priced: Order }, ctx) => {
  let out = { id: priced.id, gross: rounded(priced.net * (1 + rateOf(priced.country))) };
  ctx.log.debug("taxed", { id: out.id });
  return out;
});
const invoice = node({ id: "invoice", gather: ["lines"] }, async ({ lines }: { lines: { id: string; gross: number }[] }) => {
  let out = { lines: lines.length, gross: rounded(lines.reduce((sum, line) => sum + line.gross, 0)) };
  return out;
});
export const main = workflow({ name: "NAME" }, ({ orders }: { orders: Order[] }) => {
  const priced = price({ order: orders });
  const taxed = tax({ priced });
  return invoice({ lines: taxed });
});
`,
    "money.ts": `export function rounded(amount: number): number {
  const cents = Math.round(amount * 100);
  return cents / 100;
}
const RATES: Record<string, number> = { de: 0.19, fr: 0.2, ch: 0.081 };
export function rateOf(country: string): number {
  const rate = RATES[country] ?? 0;
  return rate;
}
`,
  },
  input: {
    orders: Array.from({ length: 9 }, (_, i) => ({
      id: `o${i}`,
      net: 10.37 * (i + 1),
      country: ["de", "fr", "ch"][i % 3],
    })),
  },
};

const pages: Base = {
  name: "pages",
  files: {
    "flow.ts": `${HEAD}import { readFile } from "node:fs/promises";
const listPages = node({ id: "list_pages", whole: ["slugs"], out: "many" }, async ({ slugs }: { slugs: string[] }) => {
  let out = slugs.map((slug) => ({ slug }));
  return out;
});
const fetchPage = node({ id: "fetch_page", timeout: "1500ms" }, async ({ page }: { page: { slug: string } }, ctx) => {
  let out = { slug: page.slug, text: "" };
  try {
    out.text = await readFile("DATA/" + page.slug + ".txt", "utf8");
  } catch {
    ctx.log.warn("no such page", { slug: page.slug });
  }
  if (out.text.startsWith("<")) throw new TypeError("not a text: " + page.slug);
  return out;
});
const countWords = node({ id: "count_words", timeout: "1500ms" }, async ({ page }: { page: { slug: string; text: string } }, ctx) => {
  let out = { slug: page.slug, words: page.text.split(/\\s+/).filter(Boolean).length };
  ctx.log.debug("counted", out);
  return out;
});
const rank = node({ id: "rank", gather: ["counts"], out: "one" }, async ({ counts }: { counts: { slug: string; words: number }[] }) => {
  let out = counts.toSorted((a, b) => b.words - a.words).map(({ slug }) => slug);
  return out;
});
export const main = workflow({ name: "NAME" }, ({ slugs }: { slugs: string[] }) => {
  const fetched = fetchPage({ page: listPages({ slugs }) });
  const counts = countWords({ page: fetched });
  return rank({ counts });
});
`,
  },
  input: { slugs: Array.from({ length: 8 }, (_, i) => `page-${i}`) },
  outside: Object.fromEntries(
    Array.from({ length: 8 }, (_, i) => [`page-${i}.txt`, "some words of a page ".repeat(i + 1)]),
  ),
};

const essay: Base = {
  name: "essay",
  files: {
    "flow.ts": `${HEAD}const outline = node({ id: "outline", out: "many" }, async ({ topic }: { topic: string }) => {
  let out = ["past", "present", "future"].map((part, at) => ({ part: topic + ": " + part, at }));
  return out;
});
const draft = node({ id: "draft", timeout: "1500ms" }, async ({ section }: { section: { part: string; at: number } }, ctx) => {
  let out = { part: section.part, text: section.part + " begins", score: 0.4 + section.at / 10 };
  ctx.log.debug("drafted", { part: out.part });
  return out;
});
const judge = node({ id: "judge", gather: ["drafts"] }, async ({ drafts }: { drafts: { score: number }[] }) => {
  let out = { worst: Math.min(...drafts.map(({ score }) => score)) };
  return out;
});
const improve = node({ id: "improve", timeout: "1500ms" }, async ({ section }: { section: { part: string; text: string; score: number } }, ctx) => {
  let out = { ...section, text: section.text + " and goes on", score: section.score + 0.2 };
  ctx.log.debug("improved", { part: out.part });
  return out;
});
export const main = workflow({ name: "NAME" }, async ({ topic }: { topic: string }) => {
  let drafts = draft({ section: outline({ topic }) });
  for (let round = 0; round < 6; round++) {
    const { worst } = await judge({ drafts });
    if (worst >= 0.75) break;
    drafts = improve({ section: drafts });
  }
  return drafts;
});
`,
  },
  input: { topic: "canals" },
};

const albums: Base = {
  name: "albums",
  files: {
    "flow.ts": `${HEAD}import { seconds } from "./time.ts";
const listTracks = node({ id: "list_tracks", out: "many" }, async ({ album }: { album: { title: string; tracks: number } }) => {
  let out = Array.from({ length: album.tracks }, (_, i) => ({ title: album.title + " " + i, length: i + 2 + ":0" + i }));
  return out;
});
const measure = node({ id: "measure", timeout: "1500ms" }, async ({ track }: { track: { title: string; length: string } }, ctx) => {
  let out = { title: track.title, seconds: seconds(track.length) };
  ctx.log.debug("measured", out);
  return out;
});
const total = node({ id: "total", gather: ["measured"] }, async ({ measured }: { measured: { seconds: number }[] }) => {
  let out = { seconds: measured.reduce((sum, one) => sum + one.seconds, 0) };
  return out;
});
export const album = workflow({ name: "NAME-album" }, ({ album }: { album: { title: string; tracks: number } }) =>
  total({ measured: measure({ track: listTracks({ album }) }) }),
);
const shelf = node({ id: "shelf", gather: ["totals"] }, async ({ totals }: { totals: { seconds: number }[] }) => {
  let out = { seconds: totals.map((one) => one.seconds) };
  return out;
});
export const main = workflow({ name: "NAME" }, ({ albums }: { albums: { title: string; tracks: number }[] }) => {
  const totals = runSubgraph({ workflow: album, input: { album: albums } });
  return shelf({ totals });
});
`,
    "time.ts": `export function seconds(length: string): number {
  const [minutes, rest] = length.split(":").map(Number);
  return (minutes ?? 0) * 60 + (rest ?? 0);
}
`,
  },
  input: {
    albums: [
      { title: "A", tracks: 3 },
      { title: "B", tracks: 4 },
      { title: "C", tracks: 2 },
    ],
  },
};

const weights: Base = {
  name: "weights",
  files: {
    "flow.ts": `${HEAD}interface Row { id: string; kind: string; size: number }
const load = node({ id: "load", whole: ["rows"], out: "many" }, async ({ rows }: { rows: Row[] }) => {
  let out = rows.filter(({ size }) => size > 0);
  return out;
});
const score = node({ id: "score", timeout: "1500ms" }, async ({ row, weight }: { row: Row; weight: number }, ctx) => {
  let out = { id: row.id, score: row.size * weight };
  ctx.log.debug("scored", out);
  return out;
});
const best = node({ id: "best", gather: ["scores"] }, async ({ scores }: { scores: { id: string; score: number }[] }) => {
  let out = { best: scores.toSorted((a, b) => b.score - a.score)[0]?.id, of: scores.length };
  return out;
});
const WEIGHTS: Record<string, number> = { a: 1.5, b: 0.5, c: 2 };
export const main = workflow({ name: "NAME" }, async ({ rows }: { rows: Row[] }) => {
  const loaded = await load({ rows });
  const each = loaded.map(({ kind }) => WEIGHTS[kind] ?? 0);
  const [row, weight] = zip(loaded, each);
  const scores = score({ row, weight });
  return best({ scores });
});
`,
  },
  input: { rows: Array.from({ length: 10 }, (_, i) => ({ id: `r${i}`, kind: "abc"[i % 3], size: i + 1 })) },
};

const sensors: Base = {
  name: "sensors",
  files: {
    "flow.ts": `${HEAD}import { toCelsius } from "./units.ts";
interface Reading { sensor: string; at: number; raw: number }
const readings = node({ id: "readings", out: "many" }, async ({ sensor }: { sensor: { id: string; base: number } }) => {
  let out: Reading[] = Array.from({ length: 4 }, (_, at) => ({ sensor: sensor.id, at, raw: sensor.base + at * 3 }));
  return out;
});
const clean = node({ id: "clean", timeout: "1500ms" }, async ({ reading }: { reading: Reading }, ctx) => {
  let out = { sensor: reading.sensor, at: reading.at, celsius: toCelsius(reading.raw) };
  ctx.log.debug("cleaned", { sensor: out.sensor, at: out.at });
  return out;
});
const summary = node({ id: "summary", gather: ["cleaned"] }, async ({ sensor, cleaned }: { sensor: { id: string; base: number }; cleaned: { celsius: number }[] }) => {
  let out = { sensor: sensor.id, highest: Math.max(...cleaned.map(({ celsius }) => celsius)) };
  return out;
});
const report = node({ id: "report", gather: ["summaries"] }, async ({ summaries }: { summaries: { sensor: string; highest: number }[] }) => {
  let out = { hot: summaries.filter(({ highest }) => highest > 30).map(({ sensor }) => sensor) };
  return out;
});
export const main = workflow({ name: "NAME" }, ({ sensors }: { sensors: { id: string; base: number }[] }) => {
  const read = readings({ sensor: sensors });
  const cleaned = clean({ reading: read });
  const summaries = summary({ sensor: sensors, cleaned });
  return report({ summaries });
});
`,
    "units.ts": `const ZERO = 32;
export function toCelsius(raw: number): number {
  const celsius = ((raw - ZERO) * 5) / 9;
  return Math.round(celsius * 10) / 10;
}
`,
  },
  input: { sensors: Array.from({ length: 5 }, (_, i) => ({ id: `s${i}`, base: 60 + i * 7 })) },
};

export const BASES: readonly Base[] = [orders, pages, essay, albums, weights, sensors];
