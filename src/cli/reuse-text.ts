/** What a run would take over from another one, and what it took, in words. */
import { assertNever } from "../base/assert.ts";
import { formatDuration } from "../base/duration.ts";
import type { MadeBecause, PlannedItem, ReusePlan } from "../model/reuse-plan.ts";
import type { ReuseResult } from "../runner/reuse.ts";
import type { Colors } from "./terminal.ts";
import { oneLine, siteText } from "./text-width.ts";

/** Items of one node and reason that are named one by one. */
const NAMED = 3;
/** Lines of what is left over. */
const SHOWN_ORPHANS = 10;

export function planText(plan: ReusePlan, colors: Colors): string {
  const { reused, executes, dependents, orphaned } = plan;
  const code = plan.version.before === plan.version.now ? "the same code" : "changed code";
  const lines = [
    `${colors.bold(oneLine(plan.workflow))} from run ${plan.run}, ${code}`,
    `reuses ${items(reused.items)}${reused.items === 0 ? "" : ` (${nodesText(reused.nodes)}), which took ${formatDuration(reused.savedMs)}`}`,
    `executes ${items(executes.length)}${executes.length === 0 ? "" : " for certain:"}`,
    ...groups(executes).map(
      ({ node, because, places }) => `  ${oneLine(node)} ${placesText(places)}  ${colors.dim(becauseText(because))}`,
    ),
  ];
  if (dependents.length > 0) {
    lines.push(
      `${dependents.length === 1 ? "1 call depends" : `${dependents.length} calls depend`} on those; what comes out equal goes no further:`,
    );
    for (const { node, on, site } of dependents)
      lines.push(
        `  ${oneLine(node)} waits for ${on.map(oneLine).join(", ")}${site ? colors.dim(`  ${siteText(site)}`) : ""}`,
      );
  }
  if (plan.stoppedAt) {
    const { node, site } = plan.stoppedAt;
    const at = site ? ` at ${siteText(site)}` : "";
    lines.push(`not known: what is called after the function has "${oneLine(node)}"${at}`);
  }
  if (orphaned.length > 0) {
    lines.push(
      `${plan.stoppedAt ? "not taken so far" : "taken by nothing"}: ${orphaned.length === 1 ? "1 result" : `${orphaned.length} results`}`,
    );
    for (const { address, node } of orphaned.slice(0, SHOWN_ORPHANS))
      lines.push(colors.dim(`  ${address} ${oneLine(node)}`));
    if (orphaned.length > SHOWN_ORPHANS) lines.push(colors.dim(`  and ${orphaned.length - SHOWN_ORPHANS} more`));
  }
  if (plan.unmet.length > 0) lines.push(unmetText(plan.unmet, colors));
  return `${lines.join("\n")}\n`;
}

export function reusedText(reuse: ReuseResult, colors: Colors): string {
  const saved = reuse.items === 0 ? "" : `; measured where they were made, that saved ${formatDuration(reuse.savedMs)}`;
  const from = reuse.kind === "rerun" ? "" : `reused ${items(reuse.items)} of run ${reuse.run}${saved}\n`;
  return reuse.unmet.length === 0 ? from : `${from}${unmetText(reuse.unmet, colors)}\n`;
}

function unmetText(unmet: readonly string[], colors: Colors): string {
  return colors.yellow(`named and not met: ${unmet.join(", ")} (the run made no such item)`);
}

function items(count: number): string {
  return count === 1 ? "1 item" : `${count} items`;
}

function nodesText(nodes: Readonly<Record<string, number>>): string {
  return Object.entries(nodes)
    .map(([node, count]) => `${oneLine(node)} ${count}`)
    .join(", ");
}

interface Group {
  readonly node: string;
  readonly because: MadeBecause;
  readonly places: string[];
}

function groups(executes: readonly PlannedItem[]): readonly Group[] {
  const found = new Map<string, Group>();
  for (const { node, place, because } of executes) {
    const key = `${node} ${because.kind}`;
    const group = found.get(key);
    if (group) group.places.push(place);
    else found.set(key, { node, because, places: [place] });
  }
  return [...found.values()];
}

function placesText(places: readonly string[]): string {
  const more = places.length > NAMED ? ` and ${places.length - NAMED} more` : "";
  return `${places.slice(0, NAMED).join(", ")}${more}`;
}

export function becauseText(because: MadeBecause): string {
  switch (because.kind) {
    case "code":
      return "its code changed";
    case "input":
      return `it is given something else than ${because.was}`;
    case "named":
      return "it was named, or depends on what was";
    case "effect":
      return "it acts on the outside world";
    case "impure":
      return `${because.was} read ${because.reads.join(", ")}`;
    case "artifact":
      return `an artifact that ${because.was} opened is another now`;
    case "no result":
      return `${because.was} has no result`;
    case "new":
      return "nothing like it was recorded";
    case "child":
      return "a child run; it takes over what holds by itself";
    default:
      return assertNever(because);
  }
}
