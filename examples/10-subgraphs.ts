/**
 * What you see here: a workflow that calls another one. Each page is checked by a run of its own, with its own log, graph and
 * errors; the page that does not exist fails alone, and the report names its run.
 *
 *   npx workgraph run examples/10-subgraphs.ts#checkDocs
 *   npx workgraph show latest --tree
 *   npx workgraph run examples/10-subgraphs.ts#checkPage --page docs/errors.md
 */
import { access, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { node, runSubgraph, workflow } from "agentic-workgraph";
import type { Settled } from "agentic-workgraph";

interface PageReport {
  readonly page: string;
  readonly words: number;
  readonly links: number;
  /** Links to files that are not there. */
  readonly broken: readonly string[];
}

const readPage = node({ id: "read_page" }, async ({ page }: { page: string }) => readFile(page, "utf8"));

/** Links to files, as they are written in Markdown. */
const findLinks = node({ id: "find_links", out: "many" }, async ({ text }: { text: string }) =>
  [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link = ""]) => link),
);

const checkLink = node({ id: "check_link" }, async ({ page, link }: { page: string; link: string }) => {
  const isThere = await access(join(dirname(page), link)).then(
    () => true,
    () => false,
  );
  return { link, isThere };
});

const reportPage = node(
  { id: "report_page", gather: ["links"] },
  async (given: { page: string; text: string; links: { link: string; isThere: boolean }[] }): Promise<PageReport> => ({
    page: given.page,
    words: given.text.split(/\s+/).filter((word) => /\w/.test(word)).length,
    links: given.links.length,
    broken: given.links.filter(({ isThere }) => !isThere).map(({ link }) => link),
  }),
);

/** Launched alone or called by `check-docs`: the same run either way. */
export const checkPage = workflow({ name: "check-page" }, ({ page }: { page: string }) => {
  const text = readPage({ page });
  return reportPage({ page, text, links: checkLink({ page, link: findLinks({ text }) }) });
});

const summarize = node(
  { id: "summarize", gather: ["reports"], onFailed: "settled" },
  async ({ reports }: { reports: Settled<PageReport>[] }) => ({
    words: reports.reduce((sum, one) => sum + (one.status === "ok" ? one.value.words : 0), 0),
    broken: reports.flatMap((one) => (one.status === "ok" ? one.value.broken : [])),
    failed: reports.flatMap((one) =>
      one.status === "ok" ? [] : [`run ${one.error.child}: ${one.error.causes?.[0]?.message}`],
    ),
  }),
);

const PAGES = "README.md, docs/authoring.md, docs/no-such-page.md";

export const checkDocs = workflow({ name: "check-docs" }, ({ pages = PAGES }: { pages?: string }) => {
  const list = pages.split(",").map((page) => page.trim());
  // One child run per page: `page` takes one, and is given many.
  const reports = runSubgraph({ workflow: checkPage, id: "check_page", input: { page: list } });
  return summarize({ reports });
});
