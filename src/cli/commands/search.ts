/** `workgraph search` and `workgraph error-groups`: what all runs recorded. */
import { stat } from "node:fs/promises";
import { parseDuration } from "../../base/duration.ts";
import { nearestName } from "../../base/nearest-name.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { ErrorGroupsOutput } from "../../app/operations/error-groups.ts";
import type { ErrorGroupEntry } from "../../model/error-group.ts";
import type { SearchEntry, SearchOutput } from "../../app/operations/search.ts";
import type { Workspace } from "../../app/workspace.ts";
import {
  collect,
  commonOptions,
  examples,
  pageOf,
  pageOptions,
  type CommandModule,
  type CommonOptions,
  type PageOptions,
  type Session,
} from "../session.ts";
import { shortVersion } from "../run-text.ts";
import { table } from "../table.ts";

interface SearchOptions extends CommonOptions, PageOptions {
  readonly workflow?: string;
  readonly run?: string;
  readonly kind?: readonly string[];
  readonly index?: string;
}

const KINDS = ["error", "log", "value"] as const;
const DEFAULT_INDEX_MS = 2_000;

export const search: CommandModule = {
  define(command, session) {
    pageOptions(commonOptions(command), 50)
      .argument("<text...>", 'words that must all occur; "a phrase" in quotes of its own as it stands')
      .option("--workflow <name>", "only runs of this workflow")
      .option("--run <run>", "only within this run")
      .option("--kind <kind>", "error, log or value; may be given several times", collect)
      .option("--index <duration>", "time to bring what is not indexed into the index first (default: 2s)")
      .addHelpText(
        "after",
        examples(
          "workgraph search timeout",
          `workgraph search '"connection refused"' --kind error`,
          "workgraph search chartres windows --workflow research-pipeline --json",
        ),
      )
      .action(async (words: readonly string[], options: SearchOptions) => {
        const operations = await import("../../app/operations/search.ts");
        const { workflow, run } = options;
        const kinds = options.kind?.map(kindOf);
        const indexMs = options.index === undefined ? DEFAULT_INDEX_MS : parseDuration(options.index);
        await withIndex(session, options, async (workspace, access) => {
          if (access === "write") await operations.indexFor(workspace, indexMs);
          const page = await operations.search(workspace, {
            text: words.join(" "),
            ...pageOf(options),
            ...(workflow === undefined ? {} : { workflow }),
            ...(run === undefined ? {} : { run }),
            ...(kinds === undefined ? {} : { kinds }),
          });
          session.answer(options, page, () => hitsText(page.hits));
          session.more(options, page);
          if (options.json !== true) sayRest(session, page);
        });
      });
  },
};

/** Who may write brings the index up to date; a project without data, and data that only may be read, are searched as they are. */
async function withIndex(
  session: Session,
  options: CommonOptions,
  use: (workspace: Workspace, access: "read" | "write") => Promise<void>,
): Promise<void> {
  const { dataDir } = await session.project(options);
  const there = await stat(dataDir).then(
    () => true,
    () => false,
  );
  if (!there) return session.reading(options, (workspace) => use(workspace, "read"));
  const { openWorkspace } = await import("../../app/workspace.ts");
  const project = await session.project(options);
  const writable = await openWorkspace(project, "write").catch(() => undefined);
  if (writable === undefined) return session.reading(options, (workspace) => use(workspace, "read"));
  try {
    await use(writable, "write");
  } finally {
    await writable.close();
  }
}

function kindOf(text: string): (typeof KINDS)[number] {
  const kind = KINDS.find((one) => one === text);
  if (kind !== undefined) return kind;
  const near = nearestName(text, KINDS);
  throw new WorkgraphError("WG5050", `"${text}" is no kind of record`, {
    hint: near === undefined ? `Kinds: ${KINDS.join(", ")}.` : `Did you mean "${near}"?`,
  });
}

function hitsText(hits: readonly SearchEntry[]): string {
  if (hits.length === 0) return "";
  return table(
    [
      { title: "KIND" },
      { title: "WHERE" },
      { title: "WORKFLOW", maxWidth: 32 },
      { title: "VERSION" },
      { title: "TEXT" },
    ],
    hits.map((hit) => [hit.kind, hit.address, hit.workflow, shortVersion(hit.version), hit.snippet]),
  );
}

function sayRest(session: Session, { hits, lag }: SearchOutput): void {
  if (hits.length === 0) session.terminal.err.line("Nothing was found.");
  if (lag.events === 0 && lag.lines === 0) return;
  const least = lag.more ? "at least " : "";
  session.terminal.err.line(
    `Not searched yet: ${least}${lag.events} events and ${lag.lines} log lines. --index 30s takes more time for them.`,
  );
}

interface ErrorGroupsOptions extends CommonOptions, PageOptions {
  readonly workflow?: string;
  readonly version?: string;
  readonly run?: string;
  readonly node?: string;
  readonly code?: string;
  readonly since?: string;
}

export const errorGroups: CommandModule = {
  define(command, session) {
    pageOptions(commonOptions(command), 50)
      .option("--workflow <name>", "errors of this workflow")
      .option("--version <hash>", "errors that runs of this code version had")
      .option("--run <run>", "errors that this run had; the numbers are those of all runs")
      .option("--node <id>", "errors of this node")
      .option("--code <code>", "errors with this code, e.g. WG2002")
      .option("--since <time>", "last seen at or after: 2026-01-31, 2026-01-31T06:00:00Z, or how long ago: 2h, 7d")
      .addHelpText("after", examples("workgraph error-groups", "workgraph error-groups --since 7d --json"))
      .action(async (options: ErrorGroupsOptions) => {
        const operations = await import("../../app/operations/error-groups.ts");
        const { workflow, version, run, node, code, since } = options;
        await session.reading(options, async (workspace) => {
          const page = await operations.errorGroups(workspace, {
            ...pageOf(options),
            ...(workflow === undefined ? {} : { workflow }),
            ...(version === undefined ? {} : { version }),
            ...(run === undefined ? {} : { run }),
            ...(node === undefined ? {} : { node }),
            ...(code === undefined ? {} : { code }),
            ...(since === undefined ? {} : { since }),
          });
          session.answer(options, page, () => groupsText(page));
          session.more(options, page);
          if (page.groups.length === 0 && options.json !== true) session.terminal.err.line("No errors.");
        });
      });
  },
};

function groupsText({ groups }: ErrorGroupsOutput): string {
  if (groups.length === 0) return "";
  return table(
    [
      { title: "LAST SEEN" },
      { title: "COUNT", align: "right" },
      { title: "RUNS", align: "right" },
      { title: "VERSIONS" },
      { title: "WORKFLOW", maxWidth: 32 },
      { title: "NODE", maxWidth: 24 },
      { title: "CODE" },
      { title: "LAST", maxWidth: 40 },
      { title: "MESSAGE", maxWidth: 100 },
    ],
    groups.map((group) => [
      group.lastSeen.slice(0, 19).replace("T", " "),
      String(group.count),
      String(group.runs),
      versionsText(group),
      group.workflow,
      group.node ?? "",
      group.code,
      group.last.address,
      group.message,
    ]),
  );
}

/** The one seen last, and how many more. */
function versionsText({ versions }: ErrorGroupEntry): string {
  const [newest, ...others] = versions;
  if (newest === undefined) return "";
  return `${shortVersion(newest.version)}${others.length === 0 ? "" : ` +${others.length}`}`;
}
