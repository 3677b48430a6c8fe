/** Workflows for the tests of the test kit; what their nodes would do outside a test is an error. */
import { node, runSubgraph, sleep, workflow } from "agentic-workgraph";

const outside = (what: string): never => {
  throw new Error(`${what} was asked outside a script`);
};

export const fetchUrls = node(
  { id: "fetch_urls", out: "many" },
  async ({ query }: { query: string }): Promise<string[]> => outside(query),
);

export const scrapePage = node(
  { id: "scrape_page", retries: { max: 2, delay: "10s", jitter: "none" }, timeout: "20s" },
  async ({ url }: { url: string }): Promise<{ url: string; body: string }> => outside(url),
);

export const summarize = node({ id: "summarize" }, async ({ page }: { page: { url: string; body: string } }, ctx) => {
  ctx.log.info("summarizing", { url: page.url });
  return `${page.url}: ${page.body.split(" ")[0]}`;
});

export const report = node(
  { id: "report", gather: ["summaries"], onFailed: "drop" },
  async ({ summaries }: { summaries: string[] }, ctx) => `${summaries.join("\n")} (${ctx.missing} missing)`,
);

export const research = workflow({ name: "research" }, ({ query }: { query: string }) => {
  const pages = scrapePage({ url: fetchUrls({ query }) });
  return report({ summaries: summarize({ page: pages }) });
});

export const nightly = workflow({ name: "nightly" }, async () => {
  await sleep("8h");
  return new Date().toISOString();
});

export const parent = workflow({ name: "parent" }, async ({ queries }: { queries: string[] }) => {
  const reports = runSubgraph({ workflow: research, id: "research", input: { query: queries } });
  return (await reports.settled()).map(({ status }) => status);
});
