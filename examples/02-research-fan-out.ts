/**
 * What you see here: four calls, no await, no loop, and still: every page is fetched and summarized on its own and at
 * the same time, a page's summary starts as soon as that page is there, and the report waits for all of them.
 * The web is a small file of pages, searched by the words of the query.
 *
 *   workgraph run examples/02-research-fan-out.ts --query "retry a failed request"
 */
import { node, workflow } from "agentic-workgraph";
import { z } from "zod";

import pagesByUrl from "./corpus/pages.json" with { type: "json" };

interface Page {
  url: string;
  title: string;
  body: string;
}

const web = new Map(Object.entries(pagesByUrl));
const Summary = z.object({ url: z.url(), title: z.string().min(1), text: z.string().min(1) });
type Summary = z.infer<typeof Summary>;

const words = (text: string): string[] => text.toLowerCase().match(/[a-z]{4,}/g) ?? [];
const stem = (word: string): string => word.slice(0, 5);

/** What a reader sees of a page below its heading. */
function bodyOf(html: string): string {
  const shown = html.replace(/<(head|style|nav|h1)>.*?<\/\1>/g, " ").replace(/<[^>]+>/g, " ");
  return shown.replace(/\s+/g, " ").trim();
}

const fetchUrls = node({ id: "fetch_urls", out: "many" }, async ({ query }: { query: string }) => {
  const wanted = new Set(words(query).map(stem));
  return [...web].filter(([, html]) => words(bodyOf(html)).some((word) => wanted.has(stem(word)))).map(([url]) => url);
});

const scrapePage = node(
  { id: "scrape_page", concurrency: 8, retries: 2, timeout: "20s" },
  async ({ url }: { url: string }, ctx): Promise<Page> => {
    const html = web.get(url);
    if (html === undefined) throw new Error(`404: ${url}`);
    ctx.log.debug("fetched", { url, characters: html.length });
    return { url, title: /<title>(.*?)<\/title>/.exec(html)?.[1] ?? url, body: bodyOf(html) };
  },
);

/** The sentence that shares most words with the rest of its page. */
const summarizePage = node(
  { id: "summarize_page", concurrency: 8, output: Summary },
  async ({ page }: { page: Page }) => {
    const often = Map.groupBy(words(page.body), (word) => word);
    const weigh = (text: string) =>
      words(text).reduce((sum, word) => sum + (often.get(word)?.length ?? 0), 0) / (words(text).length + 4);
    const sentences = page.body.split(/(?<=\.) /).toSorted((a, b) => weigh(b) - weigh(a));
    return { url: page.url, title: page.title, text: sentences[0] ?? "" };
  },
);

const synthesizeReport = node(
  { id: "synthesize_report", gather: ["summaries"] },
  async ({ summaries, title }: { summaries: Summary[]; title: string }) => ({
    title,
    body: summaries.map((summary) => `* **${summary.title}** ${summary.text} (${summary.url})`).join("\n"),
  }),
);

export const researchFanOut = workflow(
  { name: "research-fan-out" },
  ({ query = "retry a failed request" }: { query?: string }) => {
    const urls = fetchUrls({ query });
    const pages = scrapePage({ url: urls });
    const summaries = summarizePage({ page: pages });
    return synthesizeReport({ summaries, title: query });
  },
);
