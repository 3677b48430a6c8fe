/** What of a version its runs reached, and the shapes that they had. Observed; what may happen besides is not in here. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { SourceSite } from "../../src/model/workgraph-error.ts";
import { get } from "../api/client.ts";
import { count, counted, shortHash, shortRun } from "../shell/format.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";

interface Branch {
  readonly kind: string;
  readonly condition?: string;
  readonly line: number;
}

interface Coverage {
  readonly version: string;
  readonly runs: number;
  readonly total: number;
  readonly reached: number;
  readonly sites: readonly {
    readonly path: string;
    readonly line: number;
    readonly column: number;
    readonly kind: string;
    readonly node?: string;
    readonly functionName?: string;
    readonly branches: readonly Branch[];
    readonly runs: number;
    readonly calls: number;
  }[];
}

interface Shapes {
  readonly runs: number;
  readonly shapes: readonly {
    readonly shape: string;
    readonly runs: number;
    readonly firstRun: string;
    readonly lastRun: string;
    readonly calls: number;
    readonly differs?: {
      readonly how: "more" | "less";
      readonly what: "call" | "edge";
      readonly node: string;
      readonly from?: string;
      readonly site?: SourceSite;
      readonly branches?: readonly Branch[];
    };
  }[];
}

export function CoverageList({ workflow }: { readonly workflow: string }): ReactElement {
  const coverage = useQuery({
    queryKey: ["coverage", workflow],
    queryFn: ({ signal }) => get<Coverage>(`/api/workflows/${workflow}/coverage`, {}, signal),
  });
  const shapes = useQuery({
    queryKey: ["shapes", workflow],
    queryFn: ({ signal }) => get<Shapes>(`/api/workflows/${workflow}/shapes`, {}, signal),
  });
  if (coverage.error) return <Refusal error={coverage.error} />;
  const { data } = coverage;
  if (!data) return <Nothing>Loading</Nothing>;
  return (
    <div className="sections">
      <section className="section">
        <h2>
          Coverage of <code>{shortHash(data.version)}</code>
        </h2>
        <p className="soft">
          {count(data.reached)} of {counted(data.sites.length, "call site")} reached in {counted(data.runs, "run")} that
          ended
          {data.total > data.runs ? `, the newest of ${count(data.total)}` : ""}.
        </p>
        <table className="table">
          <thead>
            <tr>
              <th>call</th>
              <th>in</th>
              <th>where</th>
              <th>under</th>
              <th className="number">runs</th>
              <th className="number">calls</th>
            </tr>
          </thead>
          <tbody>
            {data.sites.map((site) => (
              <tr key={`${site.path}:${site.line}:${site.column}`}>
                <td>{site.node ?? <span className="faint">{site.kind}, named when it runs</span>}</td>
                <td className="soft">{site.functionName ?? ""}</td>
                <td>
                  <code className="faint">
                    {site.path}:{site.line}
                  </code>
                </td>
                <td className="soft">{branchText(site.branches)}</td>
                <td className="number">
                  {site.runs === 0 ? <span className="unreached">not reached</span> : count(site.runs)}
                </td>
                <td className="number">{site.calls === 0 ? "" : count(site.calls)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <section className="section">
        <h2>Shapes</h2>
        {shapes.error && <Refusal error={shapes.error} />}
        {shapes.data && (
          <table className="table">
            <thead>
              <tr>
                <th>shape</th>
                <th className="number">runs</th>
                <th className="number">call sites</th>
                <th>differs from the commonest</th>
                <th>newest run</th>
              </tr>
            </thead>
            <tbody>
              {shapes.data.shapes.map((one) => (
                <tr key={one.shape}>
                  <td>
                    <code>{one.shape}</code>
                  </td>
                  <td className="number">{count(one.runs)}</td>
                  <td className="number">{count(one.calls)}</td>
                  <td>
                    {one.differs === undefined ? <span className="faint">it is</span> : differenceText(one.differs)}
                  </td>
                  <td>
                    <Link to="/runs/$runId" params={{ runId: one.lastRun }}>
                      <code>{shortRun(one.lastRun)}</code>
                    </Link>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
    </div>
  );
}

function branchText(branches: readonly Branch[]): string {
  return branches.map(({ kind, condition }) => (condition === undefined ? kind : `${kind} (${condition})`)).join(" › ");
}

function differenceText(differs: NonNullable<Shapes["shapes"][number]["differs"]>): string {
  const { how, what, node, from, site, branches = [] } = differs;
  const part = what === "edge" && from !== undefined ? `edge ${from} → ${node}` : `call of ${node}`;
  const place = site === undefined ? "" : ` at ${site.file}:${site.line}`;
  return `${how === "more" ? "has" : "lacks"} the ${part}${place}${branches.length === 0 ? "" : `, under ${branchText(branches)}`}`;
}
