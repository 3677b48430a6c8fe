/**
 * Folders that the run, a call or an item published, with a look into their files.
 *
 * R1. Files are shown as artifacts/file-preview.tsx shows them, one of a folder at a time; the first folder opens with its first.
 */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState, type ReactElement } from "react";
import type { ManifestFile } from "../../src/model/manifest.ts";
import { get, isOffline } from "../api/client.ts";
import { useArtifactsOf, type ArtifactEntry } from "../api/run-parts.ts";
import { bytes, counted } from "../shell/format.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";

const FilePreview = lazy(async () => ({ default: (await import("../artifacts/file-preview.tsx")).FilePreview }));

const SHOWN_FILES = 100;

export function ArtifactsPart(props: {
  readonly runId: string;
  /** Address of a call or an item; the run's own id for all. */
  readonly place: string;
  readonly revision: string;
}): ReactElement {
  const artifacts = useArtifactsOf(props.runId, props.revision);
  if (artifacts.error) return <Refusal error={artifacts.error} />;
  if (!artifacts.data) return <Nothing>Loading</Nothing>;
  const mine = artifacts.data.filter(
    ({ address }) => props.place === props.runId || `${address}.`.startsWith(`${props.place}.`),
  );
  if (mine.length === 0) return <Nothing>No folder was published here.</Nothing>;
  return (
    <>
      {mine.map((one, i) => (
        <Folder key={one.selector} artifact={one} runId={props.runId} begins={i === 0 ? "open" : "closed"} />
      ))}
    </>
  );
}

interface Manifest {
  readonly files?: readonly ManifestFile[];
}

function Folder(props: {
  readonly artifact: ArtifactEntry;
  readonly runId: string;
  readonly begins: "open" | "closed";
}): ReactElement {
  const { artifact, runId } = props;
  const [chosen, setChosen] = useState<string | undefined>();
  const shown = useQuery({
    queryKey: ["artifact", artifact.selector, artifact.sha256],
    queryFn: ({ signal }) =>
      get<{ readonly manifest: Manifest }>(
        "/api/artifact",
        { selector: artifact.selector, limit: String(SHOWN_FILES) },
        signal,
      ),
    enabled: artifact.present,
  });
  const files = shown.data?.manifest.files ?? [];
  const named = chosen ?? (props.begins === "open" ? files[0]?.path : undefined);
  const open = isOffline() ? undefined : files.find(({ path }) => path === named);
  return (
    <section className="part">
      <h3>
        {artifact.name} <span className="faint">{artifact.kind}</span>
      </h3>
      <dl className="pairs">
        <div>
          <dt>selector</dt>
          <dd>
            {isOffline() ? (
              <code>{artifact.selector}</code>
            ) : (
              <Link to="/artifacts/show" search={{ selector: artifact.selector }} title="Its files, shown">
                <code>{artifact.selector}</code>
              </Link>
            )}
          </dd>
        </div>
        <div>
          <dt>folder</dt>
          <dd>
            <code>{artifact.path}</code>
            {!artifact.present && <span style={{ color: "var(--s-failed)" }}> · it was removed or moved</span>}
          </dd>
        </div>
        <div>
          <dt>content</dt>
          <dd>
            {counted(artifact.files, "file")}, {bytes(artifact.sizeBytes)}, <code>{artifact.sha256.slice(0, 12)}</code>
          </dd>
        </div>
      </dl>
      <ul className="folder-files">
        {files.map(({ path, sizeBytes }) => (
          <li key={path}>
            {isOffline() ? (
              <code>{path}</code>
            ) : (
              <button
                className="link"
                aria-expanded={path === open?.path}
                onClick={() => setChosen(path === open?.path ? "" : path)}
              >
                <code>{path}</code>
              </button>
            )}{" "}
            <span className="faint">{bytes(sizeBytes)}</span>
          </li>
        ))}
      </ul>
      {open && (
        <div className="file-shown">
          <Suspense fallback={<Nothing>Loading</Nothing>}>
            <FilePreview key={open.path} run={runId} name={artifact.name} file={open} />
          </Suspense>
        </div>
      )}
    </section>
  );
}
