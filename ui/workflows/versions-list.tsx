/** The versions of a workflow that had runs, and the one that its file is now. */
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { RunStatus } from "../../src/model/status.ts";
import { ago, count, shortHash, shortRun } from "../shell/format.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { StatusIcon } from "../shell/status.tsx";
import { useVersions, type VersionEntry } from "../versions/versions.ts";

export function VersionsList(props: { readonly workflow: string; readonly now: string | undefined }): ReactElement {
  const { workflow } = props;
  const versions = useVersions(workflow);
  if (versions.error && "code" in versions.error && versions.error.code === "WG5042")
    return <Nothing>No version of "{workflow}" ran so far.</Nothing>;
  if (versions.error) return <Refusal error={versions.error} />;
  if (!versions.data) return <Nothing>Loading</Nothing>;
  const rows = versions.data.versions;
  const at = Date.now();
  return (
    <table className="table">
      <thead>
        <tr>
          <th>code</th>
          <th>commit</th>
          <th className="number">runs</th>
          <th>by status</th>
          <th>first</th>
          <th>last</th>
          <th>newest run</th>
          <th>code diff</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((one, index) => (
          <tr key={one.version}>
            <td>
              <Link to="/workflows/$name/versions/$version" params={{ name: workflow, version: one.version }}>
                <code title={one.version}>{shortHash(one.version)}</code>
              </Link>
              {one.version === props.now && <span className="soft"> the file now</span>}
            </td>
            <td>
              <code className="soft">
                {one.git?.commit?.slice(0, 8) ?? ""}
                {one.git?.dirty === true ? " + changes" : ""}
              </code>
            </td>
            <td className="number">
              <Link to="/runs" search={{ workflow, version: one.version }}>
                {count(one.runs)}
              </Link>
            </td>
            <td>
              <Statuses of={one} />
            </td>
            <td title={one.firstAt}>{ago(Date.parse(one.firstAt), at)}</td>
            <td title={one.lastAt}>{ago(Date.parse(one.lastAt), at)}</td>
            <td>
              <Link to="/runs/$runId" params={{ runId: one.lastRun }}>
                <code>{shortRun(one.lastRun)}</code>
              </Link>
            </td>
            <td>
              {rows[index + 1] && (
                <Link
                  to="/workflows/$name/versions/$version"
                  params={{ name: workflow, version: one.version }}
                  search={{ with: rows[index + 1]!.version }}
                >
                  with the one before
                </Link>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Statuses({ of }: { readonly of: VersionEntry }): ReactElement {
  return (
    <span className="statuses">
      {(Object.entries(of.statuses) as [RunStatus, number][]).map(([status, runs]) => (
        <span key={status} className="status-count">
          <StatusIcon status={status} /> {count(runs)} {status.replace("_", " ")}
        </span>
      ))}
    </span>
  );
}
