/** Folders that the run, a call or an item published. Their files are sent to be saved, never to be shown as pages. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { address, get, isOffline } from "../api/client.ts";
import { useArtifactsOf, type ArtifactEntry } from "../api/run-parts.ts";
import { saveFile } from "../api/save-file.ts";
import { bytes, counted } from "../shell/format.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";

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
      {mine.map((one) => (
        <Folder key={one.selector} artifact={one} runId={props.runId} />
      ))}
    </>
  );
}

interface Manifest {
  readonly files?: readonly { readonly path: string; readonly size?: number; readonly sizeBytes?: number }[];
}

function Folder({ artifact, runId }: { readonly artifact: ArtifactEntry; readonly runId: string }): ReactElement {
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
      <ul className="files">
        {(shown.data?.manifest.files ?? []).map(({ path, size, sizeBytes }) => {
          const url = address(`/api/runs/${runId}/artifacts/${encodeURIComponent(artifact.name)}/file`, { file: path });
          const name = path.split("/").at(-1) ?? path;
          return (
            <li key={path}>
              {isOffline() ? (
                <code>{path}</code>
              ) : (
                <a href={url} download={name} onClick={(click) => void saveFile(click, url, name)}>
                  <code>{path}</code>
                </a>
              )}{" "}
              <span className="faint">{bytes(size ?? sizeBytes ?? 0)}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
