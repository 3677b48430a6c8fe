/** Thirty ways in which people break these workflows, and where each is. */
import { BASES, type Base } from "./bases.ts";
import { lineOf, replaced, type FaultCase, type Input, type Truth } from "./case.ts";

const base = (name: string): Base => BASES.find((one) => one.name === name)!;
const FLOW = "flow.ts";
type Where = Omit<Truth, "file" | "line">;
const at = (node: string, call: number, item?: number, child?: number): Where => ({
  node,
  call,
  ...(item === undefined ? {} : { item }),
  ...(child === undefined ? {} : { child }),
});

/** One text became another between a run that went well and this one. */
function edited(
  name: string,
  of: string,
  change: readonly [file: string, part: string, by: string],
  where: Where,
): FaultCase {
  const { files, input, outside } = base(of);
  const [file, part, by] = change;
  const text = replaced(files[file]!, part, by);
  // A part that was taken out is looked for by what stands around it.
  const begin = files[file]!.indexOf(part);
  const line = files[file]!.slice(0, begin).split("\n").length;
  return {
    name,
    kind: "edit",
    before: "the edit",
    well: { files, input, ...(outside ? { outside } : {}) },
    wrong: { files: { ...files, [file]: text } },
    truth: { ...where, file, line },
  };
}

/** The code has always been so; nothing is there to compare with. */
function alone({ well, wrong, ...one }: FaultCase, more: Partial<FaultCase["wrong"]> = {}): FaultCase {
  return { ...one, kind: `${one.kind}, no run before`, before: "nothing", well: { ...well, ...wrong }, wrong: more };
}

function outside(name: string, slug: string, text: string | undefined, item: number): FaultCase {
  const pages = base("pages");
  const { [`${slug}.txt`]: _, ...others } = pages.outside!;
  const { files, input } = pages;
  return {
    name,
    kind: "outside answer",
    before: "the change",
    well: { files, input, outside: pages.outside! },
    wrong: { outside: text === undefined ? others : { ...others, [`${slug}.txt`]: text } },
    truth: { ...at("fetch_page", 2, item), file: FLOW, line: lineOf(files[FLOW]!, "await readFile") },
  };
}

function otherInput(
  name: string,
  of: string,
  inputs: readonly [well: Input, wrong: Input],
  truth: Where & { part: string },
): FaultCase {
  const { files, outside: data } = base(of);
  const { part, ...where } = truth;
  return {
    name,
    kind: "wrong input",
    before: "the change",
    well: { files, input: inputs[0], ...(data ? { outside: data } : {}) },
    wrong: { input: inputs[1] },
    truth: { ...where, file: FLOW, line: lineOf(files[FLOW]!, part) },
  };
}

interface Order {
  readonly id: string;
  readonly net: number;
  readonly country: string;
}
const ORDERS = base("orders").input["orders"] as readonly Order[];
const spoilt = (orders: readonly Order[], item: number, field: Partial<Order>): Input => ({
  orders: orders.with(item, { ...orders[item]!, ...field }),
});
const yesterday = ORDERS.map((order) => ({ ...order, net: order.net * 1.1 }));
const badTrack = edited(
  "a track that cannot be measured",
  "albums",
  [FLOW, 'ctx.log.debug("measured", out);', 'if (track.title === "C 1") throw new Error("no such track");'],
  at("measure", 2, 1, 2),
);

export const HAND_WRITTEN: readonly FaultCase[] = [
  edited(
    "prices lose their cents",
    "orders",
    ["money.ts", "Math.round(amount * 100)", "Math.floor(amount * 10) * 10"],
    at("price", 1, 0),
  ),
  edited(
    "no country has a rate",
    "orders",
    [FLOW, "rateOf(priced.country)", "rateOf(priced.country.toUpperCase())"],
    at("tax", 2, 0),
  ),
  edited(
    "the invoice counts one line too many",
    "orders",
    [FLOW, "lines: lines.length", "lines: lines.length + 1"],
    at("invoice", 3, 0),
  ),
  edited(
    "the country is lost on the way",
    "orders",
    [FLOW, "country: order.country", 'country: ""'],
    at("price", 1, 0),
  ),
  edited("one rate is another", "orders", ["money.ts", "ch: 0.081", "ch: 0.77"], at("tax", 2, 2)),
  otherInput("a negative price among the same orders", "orders", [{ orders: ORDERS }, spoilt(ORDERS, 6, { net: -5 })], {
    ...at("price", 1, 6),
    part: "price({ order: orders })",
  }),
  otherInput(
    "a negative price among the orders of another day",
    "orders",
    [{ orders: yesterday }, spoilt(ORDERS, 4, { net: -5 })],
    {
      ...at("price", 1, 4),
      part: "price({ order: orders })",
    },
  ),
  otherInput(
    "an unknown country, which fails nowhere",
    "orders",
    [{ orders: ORDERS }, spoilt(ORDERS, 5, { country: "xx" })],
    {
      ...at("price", 1, 5),
      part: "price({ order: orders })",
    },
  ),
  {
    ...alone(
      otherInput("a negative price, and no run before", "orders", [{ orders: ORDERS }, { orders: ORDERS }], {
        ...at("price", 1, 3),
        part: "throw new RangeError",
      }),
    ),
    wrong: { input: spoilt(ORDERS, 3, { net: -1 }) },
  },
  outside("the outside answers with a page of its own", "page-3", "<html>busy</html>", 3),
  outside("a page is gone, and nobody says so", "page-6", undefined, 6),
  outside("a page has other words", "page-1", "one two", 1),
  alone(outside("the outside answers with a page of its own, and no run before", "page-5", "<html>busy</html>", 5)),
  edited(
    "one page is passed over",
    "pages",
    [FLOW, "slugs.map((slug) => ({ slug }))", 'slugs.filter((slug) => slug !== "page-2").map((slug) => ({ slug }))'],
    at("list_pages", 1, 0),
  ),
  edited("words are split at commas", "pages", [FLOW, "split(/\\s+/)", 'split(",")'], at("count_words", 3, 0)),
  edited("the ranking is upside down", "pages", [FLOW, "b.words - a.words", "a.words - b.words"], at("rank", 4, 0)),
  edited("other files are read", "pages", [FLOW, 'page.slug + ".txt"', 'page.slug + ".md"'], at("fetch_page", 2, 0)),
  edited("never good enough", "essay", [FLOW, "worst >= 0.75", "worst > 1.5"], at("improve", 8)),
  edited("the best counts, not the worst", "essay", [FLOW, "Math.min(", "Math.max("], at("judge", 3, 0)),
  edited("improving improves nothing", "essay", [FLOW, "section.score + 0.2", "section.score"], at("improve", 4, 0)),
  edited("the future is forgotten", "essay", [FLOW, ', "future"]', "]"], at("outline", 1, 0)),
  edited(
    "every draft is about the past",
    "essay",
    [FLOW, 'section.part + " begins"', '"the past begins"'],
    at("draft", 2, 0),
  ),
  edited("minutes are taken for hours", "albums", ["time.ts", "* 60", "* 3600"], at("measure", 2, 0, 0)),
  edited(
    "an album without tracks",
    "albums",
    [FLOW, "length: album.tracks }", 'length: album.title === "B" ? 0 : album.tracks }'],
    at("list_tracks", 1, 0, 1),
  ),
  badTrack,
  alone(badTrack),
  edited(
    "the last track does not count",
    "albums",
    [FLOW, "measured.reduce(", "measured.slice(0, -1).reduce("],
    at("total", 3, 0, 0),
  ),
  edited("small rows are left out", "weights", [FLOW, "size > 0", "size > 2"], at("load", 1, 0)),
  edited(
    "weights of other rows",
    "weights",
    [FLOW, "WEIGHTS[kind] ?? 0);", "WEIGHTS[kind] ?? 0).toSorted();"],
    at("zip", 2, 0),
  ),
  edited("weights are added", "weights", [FLOW, "row.size * weight", "row.size + weight"], at("score", 3, 0)),
  edited("the best is the worst", "weights", [FLOW, "b.score - a.score", "a.score - b.score"], at("best", 4, 0)),
  edited("degrees go the wrong way", "sensors", ["units.ts", "raw - ZERO", "raw + ZERO"], at("clean", 2, 0)),
  edited(
    "half of the readings",
    "sensors",
    [FLOW, "...cleaned.map(", "...cleaned.slice(0, 2).map("],
    at("summary", 3, 0),
  ),
  edited("nothing is ever hot", "sensors", [FLOW, "highest > 30", "highest > 300"], at("report", 4, 0)),
];
