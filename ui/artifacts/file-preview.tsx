/**
 * The beginning of a file, as far as it can be shown without being believed.
 *
 * R1. What is in a file was written by nobody one may trust: pixels are drawn from a blob, everything else is text. HTML, SVG and
 *     Markdown are text too; nothing in them is ever parsed as a page.
 * R2. A large file is not fetched; it can be saved.
 */
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState, type ReactElement } from "react";
import type { ManifestFile } from "../../src/model/manifest.ts";
import { address, ask } from "../api/client.ts";
import { saveFile } from "../api/save-file.ts";
import { bytes, count } from "../shell/format.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { readTable } from "./read-table.ts";
import "../launch/launch.css";
import "./artifacts.css";

const JsonView = lazy(async () => ({ default: (await import("../inspector/json-view.tsx")).JsonView }));

const PIXELS = /^image\/(png|jpeg|gif|webp)\b/;
const TABLE = /^text\/(csv|tab-separated-values)\b/;
const TEXT = /^(text\/|application\/(json|xml|javascript|x-ndjson|yaml|toml)|image\/svg\+xml)/;
const TEXT_NAME = /\.(txt|md|markdown|json|jsonl|ndjson|csv|tsv|html?|svg|xml|ya?ml|toml|ts|tsx|js|mjs|css|log|ini|sh|py)$/i;
const MAX_BYTES = 8 * 1_048_576;
const SHOWN_ROWS = 200;

export function FilePreview(props: {
  readonly run: string;
  readonly name: string;
  readonly file: ManifestFile;
}): ReactElement {
  const { run, name, file } = props;
  const where = address(`/api/runs/${run}/artifacts/${name}/file`, { file: file.path });
  const isPixels = PIXELS.test(file.mediaType);
  const isText = !isPixels && (TEXT.test(file.mediaType) || TEXT_NAME.test(file.path));
  const isShown = (isPixels || isText) && file.sizeBytes <= MAX_BYTES;
  const content = useQuery({
    queryKey: ["file", run, name, file.path],
    enabled: isShown,
    staleTime: Infinity,
    gcTime: 60_000,
    queryFn: async ({ signal }): Promise<Blob> => {
      const response = await ask(where, { signal });
      if (!response.ok) throw new Error(`the server answered with ${response.status}`);
      return response.blob();
    },
  });
  return (
    <>
      <div className="launch-row">
        <code className="cut">{file.path}</code>
        <span className="faint">
          {file.mediaType} · {bytes(file.sizeBytes)}
        </span>
        <span className="grow" />
        <a
          className="button"
          href={where}
          download={file.path.split("/").at(-1)}
          onClick={(click) => void saveFile(click, where, file.path.split("/").at(-1) ?? name)}
        >
          save
        </a>
      </div>
      {!isShown ? (
        <Nothing>
          {isPixels || isText ? "It is too large to be shown here." : `There is no preview of ${file.mediaType}.`}
        </Nothing>
      ) : content.error ? (
        <Refusal error={content.error} />
      ) : content.data ? (
        isPixels ? (
          <Pixels blob={content.data} type={file.mediaType} name={file.path} />
        ) : (
          <AsText blob={content.data} file={file} />
        )
      ) : (
        <Nothing>Loading</Nothing>
      )}
    </>
  );
}

function Pixels(props: { readonly blob: Blob; readonly type: string; readonly name: string }): ReactElement {
  const [url, setUrl] = useState("");
  useEffect(() => {
    // R1: the type is one of those that hold pixels alone, whatever the bytes are.
    const made = URL.createObjectURL(new Blob([props.blob], { type: PIXELS.exec(props.type)![0] }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [props.blob, props.type]);
  return <div className="pixels">{url !== "" && <img src={url} alt={props.name} />}</div>;
}

function AsText({ blob, file }: { readonly blob: Blob; readonly file: ManifestFile }): ReactElement {
  const text = useQuery({
    queryKey: ["text", file.sha256],
    queryFn: () => blob.text(),
    staleTime: Infinity,
    gcTime: 60_000,
  }).data;
  if (text === undefined) return <Nothing>Loading</Nothing>;
  if (TABLE.test(file.mediaType) || /\.(csv|tsv)$/i.test(file.path))
    return <Table text={text} separator={/tab-separated|\.tsv$/i.test(file.mediaType + file.path) ? "\t" : ","} />;
  if (/json\b/.test(file.mediaType) || /\.json$/i.test(file.path)) {
    const value = parsed(text);
    if (value !== undefined)
      return (
        <Suspense fallback={<pre className="code">{text.slice(0, 4_000)}</pre>}>
          <JsonView value={value} />
        </Suspense>
      );
  }
  return (
    <Suspense fallback={<pre className="code">{text.slice(0, 4_000)}</pre>}>
      <JsonView value={text} />
    </Suspense>
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function Table({ text, separator }: { readonly text: string; readonly separator: string }): ReactElement {
  const { rows, more } = readTable(text, separator, SHOWN_ROWS + 1);
  const [head = [], ...body] = rows;
  return (
    <div className="table-preview" tabIndex={0} role="group" aria-label="Table">
      <table className="table">
        <thead>
          <tr>
            {head.map((cell, index) => (
              <th key={index}>{cell}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.map((row, at) => (
            <tr key={at}>
              {row.map((cell, index) => (
                <td key={index}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {more && <p className="soft">The first {count(SHOWN_ROWS)} rows.</p>}
    </div>
  );
}
