/**
 * The code of one version as it was stored, alone or beside any other version of the workflow.
 *
 * R1. What is shown is what ran, read from a run that had it: what the file says by now is not asked.
 * R2. A version without runs has no stored source, and that is said.
 */
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, type ReactElement } from "react";
import { useSource } from "../api/queries.ts";
import { count, counted, shortHash, shortRun } from "../shell/format.ts";
import { PageHead } from "../shell/page-head.tsx";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { useVersions, type VersionEntry } from "./versions.ts";
import { FilesDiff } from "./files-diff.tsx";
import "../source/source.css";
import "../workflows/workflow.css";
import "./versions.css";

const SourceView = lazy(async () => ({ default: (await import("../source/source-view.tsx")).SourceView }));
const NO_FACTS: ReadonlyMap<number, never> = new Map<number, never>();

export function VersionPage(): ReactElement {
  const { name, version } = useParams({ from: "/workflows/$name/versions/$version" });
  const search = useSearch({ from: "/workflows/$name/versions/$version" });
  const navigate = useNavigate({ from: "/workflows/$name/versions/$version" });
  const versions = useVersions(name);
  const all = versions.data?.versions ?? [];
  const found = all.find((one) => one.version.startsWith(version));
  const other = search.with === undefined ? undefined : all.find((one) => one.version.startsWith(search.with!));
  return (
    <>
      <PageHead
        title={
          <>
            <Link to="/workflows/$name" params={{ name }} search={{ show: "versions" }}>
              {name}
            </Link>{" "}
            <span className="faint">/</span> <code>{shortHash(version)}</code>
          </>
        }
        said={found && <Facts of={found} />}
      >
        <select
          className="field"
          aria-label="Compare with"
          value={other?.version ?? ""}
          onChange={(event) => void navigate({ search: event.target.value === "" ? {} : { with: event.target.value } })}
        >
          <option value="">the source of this version</option>
          {all
            .filter((one) => one.version !== found?.version)
            .map((one) => (
              <option key={one.version} value={one.version}>
                what changed since {shortHash(one.version)}, {counted(one.runs, "run")}
              </option>
            ))}
        </select>
      </PageHead>
      {versions.error ? (
        <Refusal error={versions.error} />
      ) : versions.isPending ? (
        <Nothing>Loading</Nothing>
      ) : !found ? (
        <Nothing>
          <span>
            No run of "{name}" had the version <code>{version}</code>, so its source was not kept.
          </span>
          <Link to="/workflows/$name" params={{ name }} className="button">
            launch it
          </Link>
        </Nothing>
      ) : other ? (
        <main className="version-diff">
          <FilesDiff
            beforeRun={other.lastRun}
            nowRun={found.lastRun}
            beforeLabel={shortHash(other.version)}
            nowLabel={shortHash(found.version)}
          />
        </main>
      ) : (
        <StoredSource version={found} file={search.file} />
      )}
    </>
  );
}

function Facts({ of }: { readonly of: VersionEntry }): ReactElement {
  return (
    <>
      {of.git?.commit === undefined ? "" : `commit ${of.git.commit.slice(0, 8)}${of.git.dirty ? " + changes" : ""} · `}
      {of.nodeVersion === undefined ? "" : `Node ${of.nodeVersion} · `}
      {count(of.runs)} {of.runs === 1 ? "run" : "runs"}, the newest{" "}
      <Link to="/runs/$runId" params={{ runId: of.lastRun }}>
        <code>{shortRun(of.lastRun)}</code>
      </Link>
    </>
  );
}

function StoredSource(props: { readonly version: VersionEntry; readonly file: string | undefined }): ReactElement {
  const { version } = props;
  const navigate = useNavigate({ from: "/workflows/$name/versions/$version" });
  const source = useSource(version.lastRun);
  if (source.error) return <Refusal error={source.error} />;
  if (!source.data) return <Nothing>Loading</Nothing>;
  const { files } = source.data;
  const shown =
    files.find(({ path }) => path === props.file) ?? files.find(({ path }) => path === version.file) ?? files[0];
  if (!shown) return <Nothing>This version is unversioned: its code was not in a file.</Nothing>;
  return (
    <main className="version-source">
      <div className="version-tools">
        <label>
          file{" "}
          <select
            className="field"
            value={shown.path}
            onChange={(event) => void navigate({ search: { file: event.target.value } })}
          >
            {files.map(({ path }) => (
              <option key={path}>{path}</option>
            ))}
          </select>
        </label>
        <span className="soft">{counted(files.length, "file")} of the project</span>
        {shown.now !== "same" && (
          <span className="changed-since">
            {shown.now === "changed" ? "the file has changed since" : "the file is gone by now"}
          </span>
        )}
      </div>
      <Suspense fallback={<pre className="source-plain code">{shown.text}</pre>}>
        <SourceView text={shown.text} facts={NO_FACTS} line={undefined} first={undefined} onLine={() => undefined} />
      </Suspense>
    </main>
  );
}
