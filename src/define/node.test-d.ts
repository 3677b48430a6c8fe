/**
 * What calls of nodes accept and return, as the compiler sees it. Checked by tsc; nothing here runs.
 * Each form that authors may write stands here, each misuse under "@ts-expect-error".
 */
import { z } from "zod";
import type { Ctx } from "../model/ctx.ts";
import type { Handle, Item, Items, Settled } from "../model/handle.ts";
import { node } from "./node.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** `is<Item<Page>>()(value)`: the type of value is exactly that. */
declare function is<A>(): <B>(value: B, ...same: Same<A, B> extends true ? [] : ["another type"]) => void;

interface Page {
  readonly url: string;
  readonly body: string;
}
interface Summary {
  readonly text: string;
}

const fetchUrls = node({ id: "fetch_urls", out: "many" }, async ({ query }: { query: string }) => [query]);
const scrapePage = node({ id: "scrape_page" }, async ({ url }: { url: string }, ctx): Promise<Page> => {
  is<Ctx>()(ctx);
  return { url, body: ctx.runId };
});
const summarize = node({ id: "summarize" }, async ({ page }: { page: Page }): Promise<Summary> => ({
  text: page.body,
}));
const report = node(
  { id: "report", gather: ["summaries"] },
  async ({ summaries, title }: { summaries: Summary[]; title: string }) => ({ title, size: summaries.length }),
);
const embed = node({ id: "embed", out: "one" }, async ({ page }: { page: Page }) => [page.body.length]);
const cosine = node(
  { id: "cosine", whole: ["a", "b"] },
  async ({ a, b }: { a: number[]; b: number[] }) => a.length + b.length,
);
const stream = node({ id: "stream" }, async function* ({ folder }: { folder: string }) {
  yield { file: folder };
});
const search = node(
  { id: "search" },
  async ({ query, limit }: { query: string; limit?: number }) => query.length + (limit ?? 1),
);
const pageRank = node(
  { id: "page_rank", gather: ["scores"] },
  async ({ page, scores }: { page: Page; scores: readonly number[] }) => `${page.url} ${scores.length}`,
);

declare const page: Page;
declare const either: Item<string> | Items<string>;
declare const handleOrValue: Handle<string> | string;

export function results(): void {
  // What a call returns: by out, and by what maps.
  const urls = fetchUrls({ query: "x" });
  is<Items<string>>()(urls);
  const pages = scrapePage({ url: urls });
  is<Items<Page>>()(pages);
  is<Item<Page>>()(scrapePage({ url: "a" }));
  is<Items<Page>>()(scrapePage({ url: ["a", "b"] }));
  is<Items<Page>>()(scrapePage({ url: ["a", "b"] as const }));
  is<Item<Page>>()(scrapePage({ url: null! as Item<string> }));
  is<Items<Summary>>()(summarize({ page: pages }));
  is<Item<{ title: string; size: number }>>()(report({ summaries: summarize({ page: pages }), title: "t" }));
  is<Items<{ title: string; size: number }>>()(report({ summaries: [], title: urls }));
  is<Items<{ file: string }>>()(stream({ folder: "." }));

  // Where the type of an argument leaves it open, both are possible.
  is<Item<Page> | Items<Page>>()(scrapePage({ url: either }));
  is<Item<Page> | Items<Page>>()(scrapePage({ url: handleOrValue }));

  // Arrays that contain handles.
  is<Items<Page>>()(scrapePage({ url: [urls, "c", null! as Item<string>] }));
  const oneByOne: Item<Summary>[] = [];
  oneByOne.push(summarize({ page }));
  is<Item<{ title: string; size: number }>>()(report({ summaries: oneByOne, title: "t" }));
  report({ summaries: [oneByOne[0]!, summarize({ page: pages }), { text: "plain" }], title: "t" });

  // Gather takes the set, one item, or values.
  report({ summaries: summarize({ page }), title: "t" });
  report({ summaries: [{ text: "x" }] as const, title: "t" });
  is<Items<string>>()(pageRank({ page: pages, scores: [1] }));
  is<Item<string>>()(pageRank({ page, scores: search({ query: urls }) }));

  // Whole takes one value that is an array, or a handle of such values.
  const vectors = embed({ page: pages });
  is<Items<number[]>>()(vectors);
  is<Items<number>>()(cosine({ a: vectors, b: [1, 2] }));
  is<Item<number>>()(cosine({ a: [1], b: [2] as const }));
  is<Items<number>>()(cosine({ a: vectors, b: vectors }));

  // Optional parameters stay optional.
  is<Item<number>>()(search({ query: "x" }));
  is<Items<number>>()(search({ query: "x", limit: [1, 2] }));
}

export function misusedCalls(): void {
  const urls = fetchUrls({ query: "x" });
  const pages = scrapePage({ url: urls });

  // @ts-expect-error a handle of another type
  summarize({ page: urls });
  // @ts-expect-error an item of another type
  scrapePage({ url: 5 });
  // @ts-expect-error one element of another type
  scrapePage({ url: ["a", 5] });
  // @ts-expect-error one handle of another type among others
  report({ summaries: [summarize({ page }), pages], title: "t" });
  // @ts-expect-error a parameter is missing
  report({ summaries: [] });
  // @ts-expect-error no argument at all
  scrapePage();
  // @ts-expect-error the node has no such parameter
  scrapePage({ url: "a", depth: 2 });
  // @ts-expect-error a promise: await it
  scrapePage({ url: Promise.resolve("a") });
  // @ts-expect-error a set of sets
  report({ summaries: [[{ text: "x" }]], title: "t" });
  // @ts-expect-error a handle of arrays where the elements are meant: the node needs out: "many"
  scrapePage({ url: null! as Item<string[]> });
  // @ts-expect-error a whole parameter takes no array of handles
  cosine({ a: [search({ query: "x" })], b: [1] });
  // @ts-expect-error a handle deep inside an argument
  summarize({ page: { url: "a", body: scrapePage({ url: "a" }) } });
}

export async function handlesAreNotValues(): Promise<void> {
  const urls = fetchUrls({ query: "x" });
  const one = scrapePage({ url: "a" });
  is<string[]>()(await urls);
  is<Page>()(await one);
  is<Settled<string>[]>()(await urls.settled());
  for await (const url of urls) is<string>()(url);

  // @ts-expect-error not awaited
  void urls.length;
  // @ts-expect-error not awaited
  void urls[0];
  // @ts-expect-error not awaited
  void one.body;
  // @ts-expect-error not awaited
  for (const url of urls) url.trim();
  // @ts-expect-error for await reads many
  // oxlint-disable-next-line typescript/await-thenable -- what is refused here
  for await (const part of one) void part;
  // @ts-expect-error not awaited
  const text: string = one;
  // @ts-expect-error many are not one
  const asOne: Item<string> = urls;
  // @ts-expect-error one is not many
  const asMany: Items<Page> = one;
  // @ts-expect-error arithmetic on a handle
  const sum = search({ query: "x" }) * 2;
  void [text, asOne, asMany, sum];
}

// ---- Definitions: schemas, keys, failures

const Score = z.object({ value: z.number(), tag: z.string().default("none") });
const scored = node({ id: "scored", output: Score }, async ({ url }: { url: string }) => ({ value: url.length }));
const manyScored = node({ id: "many_scored", output: Score, out: "many" }, async ({ url }: { url: string }) => [
  { value: url.length },
]);
const fromSchema = node(
  { id: "from_schema", input: z.object({ url: z.string(), size: z.number() }) },
  async ({ url, size }, ctx) => {
    is<string>()(url);
    is<number>()(size);
    return ctx.attempt;
  },
);
const fromSchemas = node({ id: "from_schemas", input: { url: z.string() } }, async ({ url }) => url);
const settled = node(
  { id: "settled", gather: ["pages"], onFailed: "settled" },
  async ({ pages }: { pages: Settled<Page>[] }) =>
    pages
      .filter((entry) => entry.status === "ok")
      .map((entry) => entry.value.url)
      .join(),
);
const ping = node({ id: "ping" }, async () => 1);
const union = node({ id: "union", whole: ["x"] }, async ({ x }: { x: string | string[] }) => x.length);
const anything = node({ id: "anything", whole: ["x"] }, async ({ x }: { x: unknown }) => typeof x);
const flags = node({ id: "flags" }, async ({ on, mode }: { on: boolean; mode: "a" | "b" }) => (on ? mode : "c"));

export function definitions(): void {
  is<Item<{ value: number; tag: string }>>()(scored({ url: "a" }));
  is<Items<{ value: number; tag: string }>>()(manyScored({ url: "a" }));
  is<Item<number>>()(fromSchema({ url: "a", size: 1 }));
  is<Item<string>>()(fromSchemas({ url: "a" }));
  is<Item<string>>()(settled({ pages: scrapePage({ url: ["a"] }) }));
  settled({ pages: [page] });
  is<Item<number>>()(ping());
  ping({});
  is<Item<number>>()(union({ x: ["a"] }));
  is<Item<"string" | "number" | "bigint" | "boolean" | "symbol" | "undefined" | "object" | "function">>()(
    anything({ x: 1 }),
  );
  is<Item<"a" | "b" | "c">>()(flags({ on: true, mode: "a" }));
  is<Items<"a" | "b" | "c">>()(flags({ on: [true, false], mode: ["a", "b"] }));
  // @ts-expect-error what a settled gather is given are values, not records
  settled({ pages: [{ status: "ok", value: page, path: "." }] });

  node({ id: "keyed", out: "many", key: (found: Page) => found.url }, async ({ url }: { url: string }, ctx) => [
    { url, body: ctx.runId },
  ]);
  is<Items<{ url: string }>>()(
    node({ id: "unannotated", out: "many", key: (found) => found.url }, async ({ url }: { url: string }, ctx) => [
      { url: url + ctx.runId },
    ])({ url: "a" }),
  );
  node({ id: "keyed_stream", key: ({ url }: { url: string }) => url }, async function* ({ url }: { url: string }) {
    yield { url };
  });
  node(
    { id: "dropping", gather: ["xs"], onFailed: { tolerate: 0.1 } },
    async ({ xs }: { xs: string[] }, ctx) => xs.length + ctx.missing,
  );
  node({ id: "fallback", output: z.number(), onInvalid: { fallback: 0 } }, async () => JSON.parse("1") as unknown);
  node({ id: "sync" }, ({ url }: { url: string }) => url.length);
  is<Item<never>>()(
    node({ id: "throws" }, () => {
      throw new Error("always");
    })(),
  );
  // oxlint-disable-next-line typescript/no-explicit-any -- a result that says nothing is one value
  is<Item<any>>()(node({ id: "any" }, ({ text }: { text: string }) => JSON.parse(text))({ text: "1" }));
  node({ id: "readonly", gather: ["xs"] }, async ({ xs }: { xs: readonly string[] }) => xs.length);
}

/** A factory: `T` may be an array, so it is declared. */
export function sizeOf<T>(id: string): Item<number> {
  // @ts-expect-error T is not declared
  node({ id }, async ({ x }: { x: T }) => JSON.stringify(x).length);
  return node({ id, whole: ["x"] }, async ({ x }: { x: T }) => JSON.stringify(x).length)({ x: null! as Item<T> });
}

export async function run(): Promise<void> {
  is<Page>()(await scrapePage.run({ url: "a" }));
  is<string[]>()(await fetchUrls.run({ query: "x" }));
  is<{ file: string }[]>()(await stream.run({ folder: "." }, { attempt: 2 }));
  is<number>()(await cosine.run({ a: [1], b: [2] }));
  // @ts-expect-error what the function receives for one item, not a list of it
  await scrapePage.run({ url: ["a"] });
}

export function misusedDefinitions(): void {
  // @ts-expect-error an array in neither gather nor whole
  node({ id: "bad" }, async ({ xs }: { xs: string[] }) => xs.length);
  // @ts-expect-error the same with ctx
  node({ id: "bad" }, async ({ xs }: { xs: string[] }, ctx) => xs.length + ctx.attempt);
  // @ts-expect-error any member of the union is an array
  node({ id: "bad" }, async ({ x }: { x: string | string[] }) => x.length);
  // @ts-expect-error an optional array
  node({ id: "bad" }, async ({ xs }: { xs?: readonly string[] }) => xs?.length ?? 0);
  // @ts-expect-error a tuple is an array
  node({ id: "bad" }, async ({ pair }: { pair: [string, number] }) => pair[1]);
  // @ts-expect-error one of two arrays is declared
  node({ id: "bad", gather: ["xs"] }, async ({ xs, ys }: { xs: string[]; ys: string[] }) => xs.length + ys.length);
  // @ts-expect-error an array result without out
  node({ id: "bad" }, async ({ x }: { x: string }) => [x]);
  // @ts-expect-error an array result, sometimes
  node({ id: "bad" }, async ({ x }: { x: string }) => (x === "" ? null : [x]));
  // @ts-expect-error an array result by its schema
  node({ id: "bad", output: z.array(z.string()) }, async ({ x }: { x: string }) => JSON.parse(x) as unknown);
  // @ts-expect-error an array result, whatever its schema says of it
  node({ id: "bad", output: z.string() }, async ({ x }: { x: string }) => [x]);
  // @ts-expect-error out: "many" without an array
  node({ id: "bad", out: "many" }, async ({ x }: { x: string }) => x);
  // @ts-expect-error out: "one" of a generator
  node({ id: "bad", out: "one" }, async function* ({ x }: { x: string }) {
    yield x;
  });
  // @ts-expect-error an unknown parameter
  node({ id: "bad" }, async ({ x }: { x: unknown }) => typeof x);
  // @ts-expect-error an any parameter
  // oxlint-disable-next-line typescript/no-explicit-any -- what is refused here
  node({ id: "bad" }, async ({ x }: { x: any }) => typeof x);
  // @ts-expect-error any for all parameters
  // oxlint-disable-next-line typescript/no-explicit-any -- what is refused here
  node({ id: "bad" }, async (input: any) => typeof input);
  // @ts-expect-error no annotation
  node({ id: "bad" }, async ({ x }) => typeof x);
  // @ts-expect-error gather names no parameter
  node({ id: "bad", gather: ["nope"] }, async ({ x }: { x: string }) => x);
  // @ts-expect-error gather names a parameter that is no array
  node({ id: "bad", gather: ["x"] }, async ({ x }: { x: string }) => x);
  // @ts-expect-error whole names no parameter
  node({ id: "bad", whole: ["nope"] }, async ({ x }: { x: string }) => x);
  // @ts-expect-error in both
  node({ id: "bad", gather: ["xs"], whole: ["xs"] }, async ({ xs }: { xs: string[] }) => xs.length);
  // @ts-expect-error settled without Settled<T>[]
  node({ id: "bad", gather: ["xs"], onFailed: "settled" }, async ({ xs }: { xs: string[] }) => xs.length);
  // @ts-expect-error onFailed without gather
  node({ id: "bad", onFailed: "drop" }, async ({ x }: { x: string }) => x);
  // @ts-expect-error key without many
  node({ id: "bad", key: (x: string) => x }, async ({ x }: { x: string }) => x);
  // @ts-expect-error key of another type
  node({ id: "bad", out: "many", key: (x: Page) => x.url }, async ({ x }: { x: string }) => [x]);
  // @ts-expect-error a key that is neither text nor number
  node({ id: "bad", out: "many", key: (x: string) => [x] }, async ({ x }: { x: string }) => [x]);
  // @ts-expect-error input names no parameter
  node({ id: "bad", input: { nope: z.string() } }, async ({ x }: { x: string }) => x);
  // @ts-expect-error no id
  node({}, async ({ x }: { x: string }) => x);
  // @ts-expect-error an unknown option
  node({ id: "bad", concurency: 4 }, async ({ x }: { x: string }) => x);
  // @ts-expect-error a text is no number
  node({ id: "bad", concurrency: "8" }, async ({ x }: { x: string }) => x);
  // @ts-expect-error an unknown word
  node({ id: "bad", gather: ["xs"], onFailed: "ignore" }, async ({ xs }: { xs: string[] }) => xs.length);
}
