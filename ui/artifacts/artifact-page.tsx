/** One published folder: its manifest, who made it from what, who opened it, and its files with a preview. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { ArtifactManifest } from "../../src/model/manifest.ts";
import { get } from "../api/client.ts";
import type { ArtifactEntry } from "../api/run-parts.ts";
import { addressParts } from "../compare/address-parts.ts";
import { CommandLine } from "../launch/command-line.tsx";
import { bytes, clock, counted, shortHash } from "../shell/format.ts";
import { PageHead } from "../shell/page-head.tsx";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { FilePreview } from "./file-preview.tsx";
import "../launch/launch.css";
import "../run/run.css";
import "../errors/errors.css";
import "./artifacts.css";

interface Shown extends ArtifactEntry {
  readonly manifest: ArtifactManifest;
  readonly filesTruncated: boolean;
  readonly readBy: readonly { readonly address: string; readonly asked: string }[];
}

export function ArtifactPage(): ReactElement {
  const { selector, file } = useSearch({ from: "/artifacts/show" });
  const navigate = useNavigate({ from: "/artifacts/show" });
  const artifact = useQuery({
    queryKey: ["artifact", "whole", selector],
    enabled: selector !== undefined,
    queryFn: ({ signal }) => get<Shown>("/api/artifact", { selector }, signal),
  });
  const { data } = artifact;
  const files = data?.manifest.files ?? [];
  const chosen = files.find(({ path }) => path === file) ?? files[0];
  return (
    <>
      <PageHead title={<Link to="/artifacts">Artifacts</Link>} said={<code>{selector}</code>} />
      {selector === undefined ? (
        <Nothing>
          <Link to="/artifacts">Choose an artifact.</Link>
        </Nothing>
      ) : artifact.error ? (
        <Refusal error={artifact.error} />
      ) : !data ? (
        <Nothing>Loading</Nothing>
      ) : (
        <main className="split artifact">
          <div className="details">
            <Made of={data} />
            <h2>{counted(data.files, "file")}</h2>
            <div className="files" role="listbox" aria-label="Files">
              {files.map(({ path, sizeBytes, mediaType }) => (
                <button
                  key={path}
                  type="button"
                  role="option"
                  aria-selected={path === chosen?.path}
                  onClick={() => void navigate({ search: { selector, file: path } })}
                >
                  <code className="cut">{path}</code>
                  <span className="faint">{mediaType}</span>
                  <span className="number">{bytes(sizeBytes)}</span>
                </button>
              ))}
            </div>
            {data.filesTruncated && <p className="soft">The manifest has more files than are shown here.</p>}
            <CommandLine label="check its files" text={`npx workgraph artifacts verify ${data.selector}`} />
          </div>
          <div className="details" aria-label="Preview">
            {!data.present ? (
              <Nothing>The folder was removed or moved: only its manifest is known.</Nothing>
            ) : chosen ? (
              <FilePreview
                key={chosen.path}
                run={data.manifest.producer.run}
                name={data.name}
                file={chosen}
              />
            ) : (
              <Nothing>It has no files.</Nothing>
            )}
          </div>
        </main>
      )}
    </>
  );
}

function Made({ of }: { readonly of: Shown }): ReactElement {
  const { manifest } = of;
  const { producer, inputs } = manifest;
  const { runId, search } = addressParts(of.address);
  return (
    <>
      <dl className="facts">
        <div>
          <dt>made by</dt>
          <dd>
            <Link to="/runs/$runId" params={{ runId }} search={{ ...search, tab: "artifacts" }}>
              {producer.workflow} / {producer.node} <code>{of.address.slice(runId.length)}</code>
            </Link>
          </dd>
        </div>
        <div>
          <dt>at</dt>
          <dd>{clock(Date.parse(manifest.createdAt))}</dd>
        </div>
        <div>
          <dt>code</dt>
          <dd>
            <Link
              to="/workflows/$name/versions/$version"
              params={{ name: producer.workflow, version: producer.version }}
              search={producer.source === undefined ? {} : { file: producer.source.file }}
            >
              <code>{shortHash(producer.version)}</code>
            </Link>
          </dd>
        </div>
        {producer.source && (
          <div>
            <dt>written at</dt>
            <dd>
              <code>
                {producer.source.file}:{producer.source.line}
              </code>
            </dd>
          </div>
        )}
        <div>
          <dt>size</dt>
          <dd>{bytes(manifest.sizeBytes)}</dd>
        </div>
        <div>
          <dt>content</dt>
          <dd>
            <code title={manifest.sha256}>{manifest.sha256.slice(0, 12)}</code>
          </dd>
        </div>
        {manifest.kind !== undefined && (
          <div>
            <dt>kind</dt>
            <dd>{manifest.kind}</dd>
          </div>
        )}
        {manifest.labels.length > 0 && (
          <div>
            <dt>labels</dt>
            <dd>{manifest.labels.join(" ")}</dd>
          </div>
        )}
      </dl>
      {manifest.partial && (
        <p className="soft">Partial: failed items were left out of what its producer gathered.</p>
      )}
      {inputs.length > 0 && (
        <div>
          <h2>Made from</h2>
          {inputs.map((one) => (
            <div key={one.selector}>
              <Link to="/artifacts/show" search={{ selector: one.selector }}>
                <code>{one.selector}</code>
              </Link>
            </div>
          ))}
        </div>
      )}
      {of.readBy.length > 0 && (
        <div>
          <h2>Opened by</h2>
          {of.readBy.map(({ address, asked }) => {
            const at = addressParts(address);
            return (
              <div key={address + asked}>
                <Link to="/runs/$runId" params={{ runId: at.runId }} search={at.search}>
                  <code>{address}</code>
                </Link>{" "}
                <span className="faint">as {asked}</span>
              </div>
            );
          })}
        </div>
      )}
    </>
  );
}
