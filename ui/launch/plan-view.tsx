/** What is reused and what will execute, listed before a launch. */
import { Play, Recycle, Hourglass, CircleHelp } from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import { certainItems, type ChildPlan, type ReusePlan } from "../../src/model/reuse-plan.ts";
import type { RunView } from "../../src/model/view.ts";
import { counted, duration } from "../shell/format.ts";
import { becauseText, executedGroups, itemsOf, resumePlan, type NodeCount } from "./plan.ts";

/** Of one run; a list of thousands is for the command line. */
const SHOWN_CHILDREN = 20;

export function ForkPlanView({ plan }: { readonly plan: ReusePlan }): ReactElement {
  const { reused, executes, dependents, children, orphaned, stoppedAt, unmet } = plan;
  const certain = certainItems(plan);
  const nodes = Object.entries(reused.nodes).map(([node, items]) => ({ node, items }));
  const isSameCode = plan.version.before === plan.version.now;
  return (
    <div className="plan">
      <Head icon={<Recycle size={14} color="var(--s-reused)" aria-hidden />}>
        reuses {counted(reused.items, "item")}
        {reused.items > 0 && <span className="soft">, which took {duration(reused.savedMs)}</span>}
      </Head>
      <Counts of={nodes} />
      <Head icon={<Play size={14} color="var(--s-running)" aria-hidden />}>
        executes {counted(certain, "item")} for certain
        {certain > executes.length && <span className="soft">, {certain - executes.length} of them in child runs</span>}
      </Head>
      {certain === 0 ? (
        <span className="soft">
          {isSameCode
            ? "Code and input are what they were."
            : "The code is another, but nothing that ran depends on it."}
        </span>
      ) : (
        <ul className="plan-lines">
          {executedGroups(executes).map(({ node, because, places }) => (
            <li key={node + because.kind}>
              <strong>{node}</strong> {counted(places.length, "item")}{" "}
              <code className="faint">
                {places.slice(0, 3).join(" ")}
                {places.length > 3 ? " …" : ""}
              </code>{" "}
              <span className="soft">{becauseText(because)}</span>
            </li>
          ))}
        </ul>
      )}
      <ChildPlans of={children.filter((child) => certainItems(child) > 0)} />
      {dependents.length > 0 && (
        <>
          <Head icon={<Hourglass size={14} color="var(--s-waiting)" aria-hidden />}>
            {counted(dependents.length, "call")} may execute
            <span className="soft">; what comes out equal goes no further</span>
          </Head>
          <ul className="plan-lines">
            {dependents.map(({ node, call, on }) => (
              <li key={call}>
                <strong>{node}</strong> <span className="soft">waits for {on.join(", ")}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {stoppedAt && (
        <Head icon={<CircleHelp size={14} color="var(--s-waiting)" aria-hidden />}>
          <span className="soft">not known: what is called after the function has "{stoppedAt.node}"</span>
        </Head>
      )}
      {orphaned.length > 0 && (
        <span className="soft">
          {stoppedAt ? "Not taken so far" : "Taken by nothing"}: {counted(orphaned.length, "result")} of{" "}
          {[...new Set(orphaned.map(({ node }) => node))].join(", ")}.
        </span>
      )}
      {unmet.length > 0 && <span className="wrong">Named, and not met: {unmet.join(", ")}.</span>}
    </div>
  );
}

/** Child runs in which something executes, each with those below it. */
function ChildPlans({ of }: { readonly of: readonly ChildPlan[] }): ReactElement | null {
  if (of.length === 0) return null;
  return (
    <ul className="plan-lines">
      {of.slice(0, SHOWN_CHILDREN).map(({ node, place, executes, children }) => (
        <li key={place}>
          <strong>{node}</strong> <code className="faint">{place}</code>{" "}
          <span className="soft">
            child run
            {executedGroups(executes).map(
              ({ node: made, because, places }) =>
                `; ${made} ${counted(places.length, "item")}: ${becauseText(because)}`,
            )}
          </span>
          <ChildPlans of={children.filter((child) => certainItems(child) > 0)} />
        </li>
      ))}
      {of.length > SHOWN_CHILDREN && <li className="soft">and {of.length - SHOWN_CHILDREN} more child runs</li>}
    </ul>
  );
}

export function RerunPlanView({ view }: { readonly view: RunView }): ReactElement {
  return (
    <div className="plan">
      <Head icon={<Recycle size={14} color="var(--s-reused)" aria-hidden />}>reuses nothing of this run</Head>
      <Head icon={<Play size={14} color="var(--s-running)" aria-hidden />}>
        executes everything
        <span className="soft">, with a clock and chance of its own; last time that was:</span>
      </Head>
      <Counts of={itemsOf(view)} />
      <span className="soft">Nodes with a cache may answer from it.</span>
    </div>
  );
}

export function ResumePlanView({ view }: { readonly view: RunView }): ReactElement {
  const { reused, executes, failed } = resumePlan(view);
  return (
    <div className="plan">
      <Head icon={<Recycle size={14} color="var(--s-reused)" aria-hidden />}>keeps {itemsText(reused)}</Head>
      <Counts of={reused} />
      <Head icon={<Play size={14} color="var(--s-running)" aria-hidden />}>
        executes {itemsText(executes)} that {sum(executes) === 1 ? "has" : "have"} no result
        <span className="soft">, and what the function calls after them</span>
      </Head>
      <Counts of={executes} />
      {failed.length > 0 && (
        <>
          <Head icon={<Hourglass size={14} color="var(--s-waiting)" aria-hidden />}>
            {itemsText(failed)} failed
            <span className="soft">; those that ended the run are tried again, those the function handled stay</span>
          </Head>
          <Counts of={failed} />
        </>
      )}
    </div>
  );
}

function Head({ icon, children }: { readonly icon: ReactNode; readonly children: ReactNode }): ReactElement {
  return (
    <h3>
      {icon}
      <span>{children}</span>
    </h3>
  );
}

function Counts({ of }: { readonly of: readonly NodeCount[] }): ReactElement | null {
  if (of.length === 0) return null;
  return (
    <ul>
      {of.map(({ node, items }) => (
        <li key={node}>
          <strong>{node}</strong> <span className="soft">{counted(items, "item")}</span>
        </li>
      ))}
    </ul>
  );
}

function sum(counts: readonly NodeCount[]): number {
  return counts.reduce((all, { items }) => all + items, 0);
}

function itemsText(counts: readonly NodeCount[]): string {
  return counted(sum(counts), "item");
}
