/** What a run would take over from another one, and what it took, in words. */
import { assertNever } from "../base/assert.ts";
import { formatDuration } from "../base/duration.ts";
import {
  certainItems,
  type ChildPlan,
  type MadeBecause,
  type PlannedItem,
  type ReusePlan,
  type RunPlan,
} from "../model/reuse-plan.ts";
import type { ReuseResult } from "../runner/reuse.ts";
import type { Colors } from "./terminal.ts";
import { oneLine, siteText } from "./text-width.ts";

/** Items of one node and reason that are named one by one. */
const NAMED = 3;
/** Child runs of one run that are shown one by one. */
const SHOWN_CHILDREN = 10;
/** Lines of what is left over. */
const SHOWN_ORPHANS = 10;

export function planText(plan: ReusePlan, colors: Colors): string {
  const { reused, executes, children } = plan;
  const certain = certainItems(plan);
  const below = certain === executes.length ? "" : ` (${certain - executes.length} of them in child runs)`;
  const lines = [
    `${colors.bold(oneLine(plan.workflow))} from run ${plan.run}, ${codeText(plan)}`,
    `reuses ${items(reused.items)}${reused.items === 0 ? "" : ` (${nodesText(reused.nodes)}), which took ${formatDuration(reused.savedMs)}`}`,
    `executes ${items(certain)}${certain === 0 ? "" : ` for certain${below}:`}`,
    ...executedLines(plan, colors),
    ...childLines(children, colors),
    ...dependentLines(plan, colors),
    ...endLines(plan, colors),
  ];
  if (plan.unmet.length > 0) lines.push(unmetText(plan.unmet, colors));
  return `${lines.join("\n")}\n`;
}

function codeText({ version }: RunPlan): string {
  return version.before === version.now ? "the same code" : "changed code";
}

function executedLines({ executes }: RunPlan, colors: Colors): readonly string[] {
  return groups(executes).map(
    ({ node, because, places }) => `  ${oneLine(node)} ${placesText(places)}  ${colors.dim(becauseText(because))}`,
  );
}

function dependentLines(plan: RunPlan & Pick<ChildPlan, "supposed">, colors: Colors): readonly string[] {
  const { dependents, supposed } = plan;
  if (dependents.length === 0) return [];
  return [
    supposed
      ? "may execute, if it is given something else:"
      : `${dependents.length === 1 ? "1 call depends" : `${dependents.length} calls depend`} on those; what comes out equal goes no further:`,
    ...dependents.map(({ node, kind, call, items: waiting, on, site }) => {
      const places = waiting.length === 0 ? "" : ` ${placesText(waiting.map((item) => `${call}.${item}`))}`;
      const what = kind === "subgraph" ? " (child runs)" : "";
      const after = on.length === 0 ? "" : ` waits for ${on.map(oneLine).join(", ")}`;
      return `  ${oneLine(node)}${places}${what}${after}${site ? colors.dim(`  ${siteText(site)}`) : ""}`;
    }),
  ];
}

/** Each child run that does something, with what is below it; of the others one line a call. */
function childLines(children: readonly ChildPlan[], colors: Colors): readonly string[] {
  const lines: string[] = [];
  const [doing, quiet] = [children.filter(doesSomething), children.filter((child) => !doesSomething(child))];
  for (const child of doing.slice(0, SHOWN_CHILDREN)) {
    const { node, place, workflow, run, reused } = child;
    const from = run === undefined ? "takes nothing from another one" : `from ${run}, ${codeText(child)}`;
    lines.push(
      `  ${oneLine(node)} ${place}, child run of ${colors.bold(oneLine(workflow))} ${colors.dim(from)}`,
      ...[
        ...(reused.items === 0 ? [] : [`reuses ${items(reused.items)} (${nodesText(reused.nodes)})`]),
        ...(child.executes.length === 0 ? [] : [`executes ${items(child.executes.length)} for certain:`]),
        ...executedLines(child, colors),
        ...childLines(child.children, colors),
        ...dependentLines(child, colors),
        ...endLines(child, colors),
      ].map((line) => `    ${line}`),
    );
  }
  const more = doing.slice(SHOWN_CHILDREN);
  if (more.length > 0) {
    const certain = more.reduce((sum, child) => sum + certainItems(child), 0);
    lines.push(`  and ${more.length} more child runs, in which ${items(certain)} for certain`);
  }
  for (const [node, same] of byNode(quiet)) {
    const runs = same.length === 1 ? "child run" : `${same.length} child runs`;
    lines.push(
      colors.dim(`  ${oneLine(node)} ${placesText(same.map(({ place }) => place))}, ${runs}: nothing executes`),
    );
  }
  return lines;
}

function doesSomething(plan: RunPlan): boolean {
  return (
    plan.executes.length > 0 ||
    plan.dependents.length > 0 ||
    plan.stoppedAt !== undefined ||
    plan.orphaned.length > 0 ||
    plan.children.some(doesSomething)
  );
}

function byNode(children: readonly ChildPlan[]): ReadonlyMap<string, readonly ChildPlan[]> {
  return Map.groupBy(children, ({ node }) => node);
}

function endLines(plan: RunPlan, colors: Colors): readonly string[] {
  const { orphaned, stoppedAt } = plan;
  const lines: string[] = [];
  if (stoppedAt) {
    const at = stoppedAt.site ? ` at ${siteText(stoppedAt.site)}` : "";
    lines.push(`not known: what is called after the function has "${oneLine(stoppedAt.node)}"${at}`);
  }
  if (orphaned.length > 0) {
    lines.push(
      `${stoppedAt ? "not taken so far" : "taken by nothing"}: ${orphaned.length === 1 ? "1 result" : `${orphaned.length} results`}`,
    );
    for (const { address, node } of orphaned.slice(0, SHOWN_ORPHANS))
      lines.push(colors.dim(`  ${address} ${oneLine(node)}`));
    if (orphaned.length > SHOWN_ORPHANS) lines.push(colors.dim(`  and ${orphaned.length - SHOWN_ORPHANS} more`));
  }
  return lines;
}

export function reusedText(reuse: ReuseResult, colors: Colors): string {
  const saved = reuse.items === 0 ? "" : `; measured where they were made, that saved ${formatDuration(reuse.savedMs)}`;
  const below = reuse.inChildRuns === 0 ? "" : ` (${reuse.inChildRuns} of them in child runs)`;
  const from = reuse.kind === "rerun" ? "" : `reused ${items(reuse.items)} of run ${reuse.run}${below}${saved}\n`;
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
      return `an artifact that ${because.was} opened, or a model that it asked, is another now`;
    case "no result":
      return `${because.was} has no result`;
    case "new":
      return "nothing like it was recorded";
    default:
      return assertNever(because);
  }
}
