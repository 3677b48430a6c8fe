/** A run as a file: begun at the server, followed, saved. */
import type { RunFormat } from "../../src/model/run-format.ts";
import { launch } from "../api/client.ts";
import { follow, type OperationState } from "../api/operation.ts";

export interface RunFileChoice {
  readonly name: string;
  readonly says: string;
  readonly format: RunFormat;
  readonly files?: "included";
}

export const CHOICES: readonly RunFileChoice[] = [
  { name: "run file", says: "for workgraph import", format: "workgraph" },
  { name: "run file with artifacts", says: "their files, too", format: "workgraph", files: "included" },
  { name: "page", says: "opens without a server", format: "html" },
  { name: "Chrome trace", says: "opens in Perfetto", format: "chrome" },
  { name: "speedscope", says: "speedscope.app", format: "speedscope" },
  { name: "OTLP", says: "JSON of OpenTelemetry", format: "otlp" },
  { name: "spans", says: "one per line, NDJSON", format: "ndjson" },
];

/** What an export comes to. */
export interface RunFile {
  readonly name: string;
  /** Of the download. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Folders that are gone or were changed. */
  readonly missing?: readonly string[];
  /** What was too much for a page. */
  readonly leftOut?: Readonly<Record<string, number>>;
}

/** @param cancelled ends the work, too */
export async function makeFile(
  runId: string,
  { format, files }: RunFileChoice,
  of: { readonly told: (state: OperationState) => void; readonly cancelled: AbortSignal },
): Promise<RunFile> {
  const order = { format, ...(files === undefined ? {} : { files }) };
  return follow(await launch<OperationState<RunFile>>(`/api/runs/${runId}/exports`, order), of);
}
