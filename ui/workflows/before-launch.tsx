/**
 * What a workflow may do, and what its runs led to expect: told before anything runs.
 *
 * R1. "possible" is what traces of the function found, "expected" what recorded runs of this very version had. They stay apart: each
 *     vertex says which of the two it is, and neither is ever drawn as if it had happened.
 * R2. A trace calls the author's function, though none of its nodes: it is asked for by hand.
 */
import { useMutation } from "@tanstack/react-query";
import type { ReactElement } from "react";
import type { SourceSite } from "../../src/model/workgraph-error.ts";
import { hasToken, launch } from "../api/client.ts";
import { CommandLine } from "../launch/command-line.tsx";
import { NoToken } from "../launch/no-token.tsx";
import { count, counted, duration } from "../shell/format.ts";
import { Refusal } from "../shell/pane.tsx";
import type { Described } from "./described.ts";
import { Sketch, type SketchVertex } from "./sketch.tsx";
import "../launch/launch.css";

interface Traced {
  readonly sampled: boolean;
  readonly samples: readonly unknown[];
  readonly possible: {
    readonly samples: number;
    readonly calls: readonly {
      readonly id: number;
      readonly node: string;
      readonly kind: string;
      readonly samples: number;
    }[];
    readonly edges: readonly { readonly from: number; readonly to: number; readonly kind: "solid" | "dashed" }[];
  };
  readonly stops: readonly {
    readonly why: string;
    readonly node?: string;
    readonly site?: SourceSite;
    readonly samples: number;
  }[];
  readonly expected?: {
    readonly runs: number;
    readonly calls: readonly {
      readonly node: string;
      readonly possible?: number;
      readonly runs: number;
      readonly medianItems: number;
      readonly medianMs?: number;
    }[];
    readonly edges: readonly { readonly from: number; readonly to: number; readonly kind: "solid" | "dashed" }[];
  };
}

export function BeforeLaunch({ workflow }: { readonly workflow: Described }): ReactElement {
  const trace = useMutation({
    mutationFn: () => launch<Traced>(`/api/workflows/${workflow.name}/trace`, {}),
  });
  const { data } = trace;
  return (
    <div className="sections">
      <section className="section">
        <h2>Before launch</h2>
        <p className="soft">
          The function is called in a process of its own, and none of its nodes executes: what it asks for is what may
          happen. Nothing is recorded.
        </p>
        <div className="launch-row">
          <button
            type="button"
            className="button primary"
            disabled={!hasToken() || trace.isPending}
            onClick={() => trace.mutate()}
          >
            {trace.isPending ? "calling it" : "Look what it may do"}
          </button>
          <NoToken />
        </div>
        <CommandLine label="the same from a terminal" text={`npx workgraph trace ${workflow.target}`} />
        {trace.error && <Refusal error={trace.error} />}
      </section>
      {data && <Found of={data} />}
    </div>
  );
}

function Found({ of }: { readonly of: Traced }): ReactElement {
  const { possible, expected, stops } = of;
  return (
    <>
      <section className="section">
        <h2>
          May happen <span className="labelled">possible</span>
        </h2>
        <p className="soft">
          {counted(possible.calls.length, "call site")} in {counted(possible.samples, "trace")}
          {of.sampled ? "; results were chosen where the function decides by them, so there may be more" : ""}.
        </p>
        <Sketch
          label="Possible calls"
          vertices={possible.calls.map(({ id, node, samples }): SketchVertex => ({
            id,
            name: node,
            said: samples === possible.samples ? "possible" : `possible, in ${samples} of ${possible.samples} traces`,
            side: "possible",
          }))}
          edges={possible.edges}
        />
        {stops.length > 0 && (
          <ul className="stops">
            {stops.map((stop) => (
              <li key={JSON.stringify(stop)}>
                not known beyond {stop.node ?? "this"}
                {stop.site ? (
                  <code className="faint">
                    {" "}
                    {stop.site.file}:{stop.site.line}
                  </code>
                ) : (
                  ""
                )}
                : {stop.why}
              </li>
            ))}
          </ul>
        )}
      </section>
      <section className="section">
        <h2>
          From runs of this version <span className="labelled">expected</span>
        </h2>
        {expected === undefined ? (
          <p className="soft">Fewer than 3 runs of this version have ended: there is nothing to expect from so few.</p>
        ) : (
          <>
            <p className="soft">Medians of {counted(expected.runs, "run")} of this version that ended.</p>
            <Sketch
              label="Expected calls"
              vertices={expected.calls.map(({ node, runs, medianItems, medianMs }, id): SketchVertex => ({
                id,
                name: node,
                said: [
                  `${count(medianItems)} expected`,
                  ...(medianMs === undefined ? [] : [duration(medianMs)]),
                  ...(runs === expected.runs ? [] : [`in ${runs} of ${expected.runs}`]),
                ].join(" · "),
                side: "expected",
              }))}
              edges={expected.edges}
            />
          </>
        )}
      </section>
    </>
  );
}
