/**
 * Two runs, or two versions, beside each other: where they part first and why, then everything that differs.
 *
 * R1. Both sides stand in the address, and can be exchanged or chosen anew.
 */
import { useNavigate, useSearch, Link } from "@tanstack/react-router";
import { ArrowLeftRight } from "lucide-react";
import { lazy, Suspense, useState, type ReactElement } from "react";
import { useGraph } from "../api/queries.ts";
import { counted, duration, shortHash, shortRun } from "../shell/format.ts";
import { AwaitedAnswer } from "../shell/awaited.tsx";
import { PageHead } from "../shell/page-head.tsx";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { Status } from "../shell/status.tsx";
import { FilesDiff } from "../versions/files-diff.tsx";
import { CommandLine } from "../launch/command-line.tsx";
import { useDiff, type Diff, type Side } from "./diff.ts";
import { overlay } from "./overlay.ts";
import { InputTable, ItemTable, NodeTable } from "./tables.tsx";
import { Verdict } from "./verdict.tsx";
import "../versions/versions.css";
import "../workflows/workflow.css";
import "../launch/launch.css";
import "./compare.css";

const Sketch = lazy(async () => ({ default: (await import("../workflows/sketch.tsx")).Sketch }));

export function ComparePage(): ReactElement {
  const { a, b } = useSearch({ from: "/compare" });
  const navigate = useNavigate({ from: "/compare" });
  const diff = useDiff(a, b);
  const { data, isFetching } = diff.query;
  return (
    <>
      <PageHead title="Compare" said={data && `${data.a.workflow} and ${data.b.workflow}`}>
        {a !== undefined && b !== undefined && (
          <button
            type="button"
            className="button quiet"
            onClick={() => void navigate({ search: { a: b, b: a } })}
            title="A becomes B"
          >
            <ArrowLeftRight size={14} aria-hidden /> exchange
          </button>
        )}
      </PageHead>
      <Sides key={`${a} ${b}`} a={a} b={b} />
      <main className="workflow" aria-busy={isFetching}>
        {a === undefined || b === undefined ? (
          <Nothing>
            <span>Two runs are compared: mark them with m, in the list of runs or in a run.</span>
            <Link to="/runs" className="button">
              runs
            </Link>
          </Nothing>
        ) : (
          <AwaitedAnswer of={diff} doing="Comparing">
            {(found) => <Differences diff={found} />}
          </AwaitedAnswer>
        )}
      </main>
    </>
  );
}

/** What is compared, as it can be written by hand. */
function Sides(props: { readonly a: string | undefined; readonly b: string | undefined }): ReactElement {
  const navigate = useNavigate({ from: "/compare" });
  const [a, setA] = useState(props.a ?? "");
  const [b, setB] = useState(props.b ?? "");
  return (
    <form
      className="version-tools"
      onSubmit={(event) => {
        event.preventDefault();
        void navigate({ search: { ...(a === "" ? {} : { a: a.trim() }), ...(b === "" ? {} : { b: b.trim() }) } });
      }}
    >
      <label>
        A <input className="field side" value={a} onChange={(event) => setA(event.target.value)} />
      </label>
      <label>
        B <input className="field side" value={b} onChange={(event) => setB(event.target.value)} />
      </label>
      <button className="button">compare</button>
      <span className="faint">a run, the beginning of its id, "latest", or WORKFLOW@HASH</span>
    </form>
  );
}

function Differences({ diff }: { readonly diff: Diff }): ReactElement {
  const { a, b, code, input, nodes, items, itemsTotal = 0 } = diff;
  const areRuns = a.kind === "run" && b.kind === "run";
  return (
    <div className="sections">
      <div className="two">
        <SideFacts name="A" side={a} />
        <SideFacts name="B" side={b} />
      </div>
      <Verdict diff={diff} />
      {areRuns && <GraphSection diff={diff} />}
      {nodes && (
        <section className="section">
          <h2>Nodes</h2>
          <NodeTable nodes={nodes} />
        </section>
      )}
      {items && (
        <section className="section">
          <h2>
            Results by item <span className="soft">{counted(itemsTotal, "difference")}</span>
          </h2>
          <ItemTable items={items} all={itemsTotal} />
        </section>
      )}
      {input && (
        <section className="section">
          <h2>Input</h2>
          <InputTable input={input} />
        </section>
      )}
      <section className="section">
        <h2>
          Code{" "}
          <span className="soft">
            {code === undefined ? "not in a file" : code.isOther ? codeText(code) : "the same"}
          </span>
        </h2>
        {code?.isOther === true && (
          <FilesDiff
            beforeRun={a.runId}
            nowRun={b.runId}
            beforeLabel={`A ${shortHash(a.version)}`}
            nowLabel={`B ${shortHash(b.version)}`}
          />
        )}
        {(code?.packages ?? []).map(({ name, before, after }) => (
          <p key={name} className="soft">
            package <code>{name}</code> {before ?? "none"} → {after ?? "none"}
          </p>
        ))}
        {code?.runtimes && (
          <p className="soft">
            Node {code.runtimes.before} → {code.runtimes.now}
          </p>
        )}
      </section>
      <CommandLine label="the same from a terminal" text={`npx workgraph diff ${nameOf(a)} ${nameOf(b)}`} />
    </div>
  );
}

function nameOf({ kind, runId, workflow, version }: Side): string {
  return kind === "run" ? runId : `${workflow}@${shortHash(version)}`;
}

function codeText({ nodes, isFunctionOther }: NonNullable<Diff["code"]>): string {
  const parts = [
    ...nodes.map(({ node, change }) => `${node} ${change}`),
    ...(isFunctionOther ? ["the workflow function changed"] : []),
  ];
  return parts.length === 0 ? "other, in nothing that a node reaches" : parts.join(", ");
}

function SideFacts({ name, side }: { readonly name: string; readonly side: Side }): ReactElement {
  return (
    <section className="section" aria-label={name}>
      <h2>
        <span className="side-name">{name}</span>
        {side.kind === "run" ? (
          <Link to="/runs/$runId" params={{ runId: side.runId }}>
            <code title={side.runId}>{shortRun(side.runId)}</code>
          </Link>
        ) : (
          <Link to="/workflows/$name/versions/$version" params={{ name: side.workflow, version: side.version }}>
            <code>{shortHash(side.version)}</code>
          </Link>
        )}
        {side.status && <Status status={side.status} />}
      </h2>
      <span className="soft">
        {side.workflow} · code <code>{shortHash(side.version)}</code>
        {side.durationMs === undefined ? "" : ` · took ${duration(side.durationMs)}`}
      </span>
    </section>
  );
}

function GraphSection({ diff }: { readonly diff: Diff }): ReactElement {
  const a = useGraph(diff.a.runId, { shape: "folded", revision: "compared" });
  const b = useGraph(diff.b.runId, { shape: "folded", revision: "compared" });
  const error = a.error ?? b.error;
  const differing = new Map((diff.nodes ?? []).map((one) => [one.node, one.differing]));
  const both = a.data && b.data ? overlay(a.data, b.data, differing) : undefined;
  return (
    <section className="section">
      <h2>
        Graph{" "}
        <span className="soft">
          {diff.shape && `${counted(diff.shape.onlyATotal, "call")} only in A, ${diff.shape.onlyBTotal} only in B`}
        </span>
      </h2>
      {error ? (
        <Refusal error={error} />
      ) : both ? (
        <Suspense fallback={<Nothing>Loading</Nothing>}>
          <Sketch label="Both graphs over each other" vertices={both.vertices} edges={both.edges} />
        </Suspense>
      ) : (
        <Nothing>Loading</Nothing>
      )}
    </section>
  );
}
