/** `workgraph graph`, `versions` and `source`. */
import { nearestName } from "../../base/nearest-name.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { GraphFormat } from "../../model/graph-text.ts";
import type { GhostsOutput } from "../../app/operations/coverage.ts";
import type { ReadSourceOutput } from "../../app/operations/read-source.ts";
import type { Workspace } from "../../app/workspace.ts";
import { branchesText } from "../explain-text.ts";
import { counted, shortVersion } from "../run-text.ts";
import { commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";
import { table } from "../table.ts";

interface GraphOptions extends CommonOptions {
  readonly format: GraphFormat | "json";
  readonly folded?: boolean;
  readonly ids?: boolean;
  readonly ghosts?: boolean;
}

export const graph: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<run>", 'run id, the beginning of one, or "latest"')
      .option("--format <format>", "text, json, mermaid or dot", formatOf, "text")
      .option("--folded", "one vertex per call site, with loops")
      .option("--ids", "text: put the number of each call before its line")
      .option("--ghosts", "text and JSON: add the call sites that this run did not reach, with their branches")
      .addHelpText(
        "after",
        examples(
          "workgraph graph latest",
          "workgraph graph latest --folded",
          "workgraph graph latest --format dot | dot -Tsvg",
        ),
      )
      .action(async (run: string, options: GraphOptions) => {
        const [{ readGraph }, { graphText }] = await Promise.all([
          import("../../app/operations/read-graph.ts"),
          import("../../model/graph-text.ts"),
        ]);
        await session.reading(options, async (workspace) => {
          const document = await readGraph(workspace, { run, ...(options.folded === true ? { shape: "folded" } : {}) });
          const unreached = options.ghosts === true ? await ghostsOf(workspace, run) : undefined;
          if (options.json === true || options.format === "json")
            session.terminal.out.line(JSON.stringify(unreached ? { ...document, ghosts: unreached.ghosts } : document));
          else
            session.terminal.out.write(
              graphText(document, options.format, { ids: options.ids === true, label: document.label }),
            );
          if (unreached && options.format === "text" && options.json !== true)
            session.terminal.out.write(ghostsText(unreached));
        });
      });
  },
};

async function ghostsOf(workspace: Workspace, run: string): Promise<GhostsOutput> {
  const { listGhosts } = await import("../../app/operations/coverage.ts");
  return listGhosts(workspace, { run });
}

function ghostsText({ ghosts }: GhostsOutput): string {
  const lines = ghosts.map((site) => {
    const branch = site.branches.length === 0 ? "" : `  ${branchesText(site.branches)}`;
    return `  ${site.node ?? "?"}  ${site.path}:${site.line}${branch}\n`;
  });
  return `not reached in this run: ${counted(ghosts.length, "call site")}\n${lines.join("")}`;
}

const FORMATS = ["text", "json", "mermaid", "dot"] as const;

function formatOf(text: string): (typeof FORMATS)[number] {
  const format = FORMATS.find((known) => known === text);
  if (format) return format;
  const near = nearestName(text, FORMATS);
  throw new WorkgraphError("WG5050", `"${text}" is no format of a graph`, {
    hint: near ? `Did you mean "${near}"?` : `Formats: ${FORMATS.join(", ")}.`,
  });
}

export const versions: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("[workflow]", "name of a workflow; none: all")
      .addHelpText("after", examples("workgraph versions research-pipeline", "workgraph versions --json"))
      .action(async (workflow: string | undefined, options: CommonOptions) => {
        const { listVersions } = await import("../../app/operations/list-versions.ts");
        await session.reading(options, async (workspace) => {
          const document = await listVersions(workspace, workflow === undefined ? {} : { workflow });
          session.answer(options, document, () =>
            table(
              [
                { title: "WORKFLOW" },
                { title: "VERSION" },
                { title: "RUNS", align: "right" },
                { title: "FIRST" },
                { title: "LAST" },
                { title: "LAST RUN" },
                { title: "COMMIT" },
                { title: "FILE" },
              ],
              document.versions.map((version) => [
                version.workflow,
                shortVersion(version.version),
                String(version.runs),
                version.firstAt.slice(0, 16).replace("T", " "),
                version.lastAt.slice(0, 16).replace("T", " "),
                version.lastRun,
                version.git?.commit === undefined
                  ? ""
                  : `${version.git.commit.slice(0, 8)}${version.git.dirty ? "+" : ""}`,
                version.file ?? "",
              ]),
            ),
          );
        });
      });
  },
};

interface SourceOptions extends CommonOptions {
  readonly file?: string;
  readonly list?: boolean;
}

export const source: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<run>", 'run id, the beginning of one, "latest", or RUN.CALL for the file that call is made in')
      .option("--file <path>", "one file, by its path or the end of it")
      .option("--list", "only the names of the files")
      .addHelpText(
        "after",
        examples("workgraph source latest", "workgraph source 01JD7.4", "workgraph source latest --list"),
      )
      .action(async (run: string, options: SourceOptions) => {
        const { readSource } = await import("../../app/operations/read-source.ts");
        await session.reading(options, async (workspace) => {
          const document = await readSource(workspace, {
            run,
            ...(options.file === undefined ? {} : { file: options.file }),
          });
          session.answer(options, document, () => sourceText(document, options.list === true ? "names" : "texts"));
        });
      });
  },
};

function sourceText({ files, site }: ReadSourceOutput, what: "names" | "texts"): string {
  if (what === "names") return files.map((file) => `${file.path}${note(file.now)}\n`).join("");
  return files
    .map((file) => {
      const lines = file.text.replace(/\n$/, "").split("\n");
      const width = String(lines.length).length;
      const numbered = lines.map((line, index) => {
        const mark = site !== undefined && site.line === index + 1 ? ">" : " ";
        return `${mark} ${String(index + 1).padStart(width)}  ${line}`.trimEnd();
      });
      return `${file.path}${note(file.now)}\n${numbered.join("\n")}\n`;
    })
    .join("\n");
}

function note(now: ReadSourceOutput["files"][number]["now"]): string {
  return now === "same" ? "" : now === "changed" ? "  (the file has changed since)" : "  (the file is not there now)";
}
