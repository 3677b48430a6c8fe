/** `workgraph coverage` and `workgraph shapes`: what the runs of a version did, and what none of them did. */
import type { CensusOutput } from "../../app/operations/census.ts";
import type { CoverageOutput } from "../../app/operations/coverage.ts";
import { branchesText } from "../explain-text.ts";
import { counted, shortVersion } from "../run-text.ts";
import { commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";
import { table } from "../table.ts";

interface VersionOptions extends CommonOptions {
  readonly version?: string;
}

const VERSION_OPTION = ["--version <version>", "beginning of a version (default: the newest that has runs)"] as const;

export const coverage: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<workflow>", "name of a workflow")
      .option(...VERSION_OPTION)
      .addHelpText("after", examples("workgraph coverage research-pipeline", "workgraph coverage main --version 3fa9"))
      .action(async (workflow: string, options: VersionOptions) => {
        const operation = await import("../../app/operations/coverage.ts");
        await session.reading(options, async (workspace) => {
          const { version } = options;
          const document = await operation.coverage(workspace, {
            workflow,
            ...(version === undefined ? {} : { version }),
          });
          session.answer(options, document, () => coverageText(document));
        });
      });
  },
};

function coverageText(document: CoverageOutput): string {
  const { workflow, version, runs, reached, sites, unplaced } = document;
  const head = `${reached} of ${counted(sites.length, "call site")} of "${workflow}" (version ${shortVersion(version)}) reached in ${runsText(document)}\n`;
  const rows = sites.map((site) => [
    `${site.runs} of ${runs}`,
    String(site.calls),
    site.node ?? "?",
    `${site.path}:${site.line}`,
    site.branches.length === 0 ? "" : branchesText(site.branches),
  ]);
  for (const { node, site, runs: having, calls } of unplaced) {
    const at = site === undefined ? "" : `${site.file}:${site.line}`;
    rows.push([`${having} of ${runs}`, String(calls), node, at, "the source shows no call of it there"]);
  }
  return `${head}${table(
    [
      { title: "RUNS", align: "right" },
      { title: "CALLS", align: "right" },
      { title: "NODE" },
      { title: "WHERE" },
      { title: "BRANCH", maxWidth: 90 },
    ],
    rows,
  )}`;
}

export const shapes: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<workflow>", "name of a workflow")
      .option(...VERSION_OPTION)
      .addHelpText("after", examples("workgraph shapes research-pipeline", "workgraph shapes main --json"))
      .action(async (workflow: string, options: VersionOptions) => {
        const { census } = await import("../../app/operations/census.ts");
        await session.reading(options, async (workspace) => {
          const { version } = options;
          const document = await census(workspace, { workflow, ...(version === undefined ? {} : { version }) });
          session.answer(options, document, () => shapesText(document));
        });
      });
  },
};

function shapesText(document: CensusOutput): string {
  const { workflow, version, shapes: all } = document;
  const differing = all.find((shape) => shape.differs?.site !== undefined)?.differs?.site;
  const where = differing === undefined ? "" : `; first differ at ${differing.file}:${differing.line}`;
  const head = `${counted(all.length, "shape")} in ${runsText(document)} of "${workflow}" (version ${shortVersion(version)})${where}\n`;
  return `${head}${table(
    [
      { title: "SHAPE" },
      { title: "RUNS", align: "right" },
      { title: "SITES", align: "right" },
      { title: "LAST RUN" },
      { title: "DIFFERS FROM THE FIRST", maxWidth: 110 },
    ],
    all.map((shape) => [
      shape.shape,
      String(shape.runs),
      String(shape.calls),
      shape.lastRun,
      shape.differs === undefined ? "" : differenceText(shape.differs),
    ]),
  )}`;
}

function differenceText(differs: NonNullable<CensusOutput["shapes"][number]["differs"]>): string {
  const { how, what, node, site, from, param, branches = [] } = differs;
  const at = site === undefined ? "" : ` at ${site.file}:${site.line}`;
  const edge = what === "edge" ? ` (${param === undefined ? "after" : `${param} <-`} ${from ?? ""})` : "";
  const branch = branches.length === 0 ? "" : `, ${branchesText(branches)}`;
  return `${how === "more" ? "has" : "lacks"} ${what === "edge" ? "an edge into " : ""}${node}${edge}${at}${branch}`;
}

function runsText({ runs, total, truncated }: { runs: number; total: number; truncated: boolean }): string {
  return truncated ? `the newest ${runs} of ${total} runs` : counted(runs, "run");
}
