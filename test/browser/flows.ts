/** Workflows that the pages are tested with, as text: each test project gets files of its own, which a test may edit. */

/**
 * Search, read, review in child runs, report. Page 7 cannot be read; page 3 can at the second try; the review of page 5 fails in
 * its child run. `gate` names a file with a number: page i waits until it is larger than i; "": no page waits.
 */
export const RESEARCH = `
import { readFile } from "node:fs/promises";
import { node, runSubgraph, workflow } from "agentic-workgraph";

const fetchUrls = node({ id: "fetch_urls", out: "many" }, async ({ query, pages }: { query: string; pages: number }) =>
  Array.from({ length: pages }, (_, i) => \`https://example.org/\${query}/\${i}\`),
);

function parsePage(url: string): { url: string; body: string } {
  if (url.endsWith("/7")) throw new TypeError(\`no body in \${url}\`);
  return { url, body: \`body of \${url}\` };
}

const scrapePage = node(
  { id: "scrape_page", concurrency: 4, retries: { max: 1, delay: 30 } },
  async ({ url, gate }: { url: string; gate: string }, ctx) => {
    ctx.log.info("reading", { url });
    while (gate !== "" && !(Number(await readFile(gate, "utf8")) > ctx.item)) {
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    if (url.endsWith("/3") && ctx.attempt === 1) throw new Error("connection reset");
    return parsePage(url);
  },
);

const countWords = node({ id: "count_words" }, async ({ body }: { body: string }) => {
  if (body.endsWith("/5")) throw new RangeError("nothing to count");
  return body.split(" ").length;
});

export const review = workflow({ name: "review" }, ({ page }: { page: { url: string; body: string } }) =>
  countWords({ body: page.body }),
);

const writeReport = node(
  { id: "write_report", gather: ["counts"], onFailed: "drop" },
  async ({ counts, query }: { counts: number[]; query: string }) => ({ query, words: counts.reduce((a, b) => a + b, 0) }),
);

export const research = workflow(
  { name: "research", title: "Research a topic" },
  ({ query, pages = 12, gate = "" }: { query: string; pages?: number; gate?: string }) => {
    const urls = fetchUrls({ query, pages });
    const read = scrapePage({ url: urls, gate });
    const counts = runSubgraph({ workflow: review, id: "review", input: { page: read } });
    return writeReport({ counts, query });
  },
);
`;

/** A loop whose rounds depend on what the nodes give. */
export const LOOP = `
import { node, workflow } from "agentic-workgraph";

const judge = node({ id: "judge" }, async ({ draft }: { draft: number }) => draft);
const improve = node({ id: "improve" }, async ({ draft }: { draft: number }) => draft + 1);

export const refine = workflow({ name: "refine" }, async ({ limit = 4 }: { limit?: number }) => {
  let draft = await judge({ draft: 0 });
  while (draft < limit) {
    draft = await improve({ draft });
    draft = await judge({ draft });
  }
  return draft;
});
`;
