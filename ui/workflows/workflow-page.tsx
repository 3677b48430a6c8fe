/**
 * One workflow: launching it, the versions and runs it had, and what of its code they reached.
 *
 * R1. Which part is shown stands in the address.
 */
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, type ReactElement } from "react";
import { LaunchForm } from "../launch/launch-form.tsx";
import { useKeys } from "../shell/keys.ts";
import { PageHead } from "../shell/page-head.tsx";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { WORKFLOW_PARTS, type WorkflowPart } from "../shell/search.ts";
import { shortHash } from "../shell/format.ts";
import { CoverageList } from "./coverage-list.tsx";
import { useDescribed } from "./described.ts";
import { VersionsList } from "./versions-list.tsx";
import { WorkflowRuns } from "./workflow-runs.tsx";
import "./workflow.css";

/** With the layout of graphs, which is large. */
const BeforeLaunch = lazy(async () => ({ default: (await import("./before-launch.tsx")).BeforeLaunch }));

const NAMES: Readonly<Record<WorkflowPart, string>> = {
  launch: "Launch",
  graph: "Before launch",
  runs: "Runs",
  versions: "Versions",
  coverage: "Coverage and shapes",
};

export function WorkflowPage(): ReactElement {
  const { name } = useParams({ from: "/workflows/$name" });
  const { show = "launch", input = "form" } = useSearch({ from: "/workflows/$name" });
  const navigate = useNavigate({ from: "/workflows/$name" });
  const described = useDescribed(name);
  useKeys(
    WORKFLOW_PARTS.map((part, index) => ({
      keys: String(index + 1),
      says: NAMES[part].toLowerCase(),
      group: "Workflow",
      run: () => void navigate({ search: (before) => ({ ...before, show: part }) }),
    })),
  );
  const { data } = described;
  return (
    <>
      <PageHead title={name} said={data?.title ?? data?.description}>
        {data && (
          <Link
            to="/workflows/$name/versions/$version"
            params={{ name, version: data.version }}
            className="button quiet"
            title={`${data.file}, as it is now`}
          >
            code now <code>{shortHash(data.version)}</code>
          </Link>
        )}
      </PageHead>
      <div className="tabs page-tabs" role="tablist" aria-label="Parts">
        {WORKFLOW_PARTS.map((part) => (
          <button
            key={part}
            type="button"
            role="tab"
            aria-selected={show === part}
            onClick={() => void navigate({ search: (before) => ({ ...before, show: part }) })}
          >
            {NAMES[part]}
          </button>
        ))}
      </div>
      <main className="workflow" key={`${name} ${show}`}>
        {show === "runs" ? (
          <WorkflowRuns workflow={name} />
        ) : show === "versions" ? (
          <VersionsList workflow={name} now={data?.version} />
        ) : show === "coverage" ? (
          <CoverageList workflow={name} />
        ) : described.error ? (
          <Refusal error={described.error} />
        ) : !data ? (
          <Nothing>Loading</Nothing>
        ) : show === "graph" ? (
          <Suspense fallback={<Nothing>Loading</Nothing>}>
            <BeforeLaunch workflow={data} />
          </Suspense>
        ) : (
          <LaunchForm
            workflow={data}
            shape={input}
            onShape={(shape) => void navigate({ search: (before) => ({ ...before, input: shape }), replace: true })}
          />
        )}
      </main>
    </>
  );
}
