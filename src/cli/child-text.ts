/** Child runs as people read them: below their parent, as a tree, and what a tree comes to. */
import { formatDuration } from "../base/duration.ts";
import type { ChildEntry, NewerRun, RollUp } from "../app/child-runs.ts";
import type { ShowTreeOutput, TreeRun } from "../app/operations/show-tree.ts";
import { counted, countsText, modelsText, statusText } from "./run-text.ts";
import { table } from "./table.ts";
import type { Colors } from "./terminal.ts";

/** Newer runs named in one line. */
const NAMED = 3;

export function childrenText(children: readonly ChildEntry[]): string {
  const rows = children.map((child) => [
    `${child.call}.${child.item}`,
    child.workflow,
    child.runId,
    child.status,
    countsText(child.counts),
    noteText(child),
  ]);
  const columns = ["ITEM", "WORKFLOW", "CHILD RUN", "STATUS", "ITEMS", ""].map((title) => ({ title }));
  return table(columns, rows);
}

export function childText(child: ChildEntry): string {
  const note = child.notTaken === true ? `; ${NOT_TAKEN}` : "";
  return `${child.runId} (${child.workflow}), ${child.status}${note}`;
}

const NOT_TAKEN = "completed since: resume the parent to take its result";

function noteText(child: ChildEntry): string {
  const newer = newerText(child.newer);
  return [child.notTaken === true ? NOT_TAKEN : "", newer === undefined ? "" : `newer: ${newer}`]
    .filter((text) => text !== "")
    .join("; ");
}

export function newerText(newer: readonly NewerRun[] | undefined): string | undefined {
  if (newer === undefined || newer.length === 0) return undefined;
  const named = newer.slice(0, NAMED).map(({ runId, kind, status }) => `${runId} (${kind}, ${status})`);
  return `${named.join(", ")}${newer.length > NAMED ? ` and ${newer.length - NAMED} more` : ""}`;
}

export function rollUpText({ runs, byStatus, counts, models }: RollUp): string {
  const statuses = Object.entries(byStatus).map(([status, count]) => `${count} ${status}`);
  return `${counted(runs, "run")} (${statuses.join(", ")}), items: ${countsText(counts) || "none"}${models ? `; models: ${modelsText(models)}` : ""}`;
}

export function treeText({ tree, above, total, truncated }: ShowTreeOutput, colors: Colors): string {
  const rows: string[][] = [];
  const statuses: string[] = [];
  const add = (run: TreeRun, lead: string, branch: string): void => {
    const name = run.node === undefined ? run.workflow : `${run.node}[${run.item}]`;
    const below = `${lead}${branch === "" ? "" : branch === "└─ " ? "   " : "│  "}`;
    statuses.push(run.status);
    rows.push([
      `${lead}${branch}${name}`,
      run.node === undefined || run.node === run.workflow ? "" : run.workflow,
      run.runId,
      run.status,
      run.durationMs === undefined ? "" : formatDuration(run.durationMs),
      countsText(run.rollUp?.counts ?? run.counts),
      newerText(run.newer) ?? "",
    ]);
    for (const [i, child] of run.children.entries()) add(child, below, i === run.children.length - 1 ? "└─ " : "├─ ");
  };
  add(tree, "", "");
  const anyNewer = rows.some((row) => row.at(-1) !== "");
  const text = table(
    [
      { title: "CALL[ITEM]", indents: true },
      { title: "WORKFLOW" },
      { title: "RUN" },
      { title: "STATUS" },
      { title: "TOOK", align: "right" },
      { title: "ITEMS" },
      ...(anyNewer ? [{ title: "NEWER" }] : []),
    ],
    rows,
  );
  const lead = above.map(({ runId, workflow }) => `below ${runId} (${workflow})\n`).join("");
  const shown = truncated ? `... ${counted(total - rows.length, "more run")}\n` : "";
  const sum = tree.rollUp ? `\n${rollUpText(tree.rollUp)}\n` : "";
  return `${lead}${withStatusColors(text, statuses, colors)}${shown}${sum}`;
}

/** Colours are put in after the columns are aligned: what they are made of has no width. */
function withStatusColors(text: string, statuses: readonly string[], colors: Colors): string {
  return text
    .split("\n")
    .map((line, i) => {
      const status = i === 0 ? undefined : statuses[i - 1];
      return status === undefined ? line : line.replace(`  ${status}`, () => `  ${statusText(status, colors)}`);
    })
    .join("\n");
}
