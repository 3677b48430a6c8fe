/**
 * A run as a file for a profiler or a tracing system.
 *
 * R1. A file is written whole or not at all.
 */
import { rename, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { criticalPath } from "../../analysis/profile-path.ts";
import { nearestName } from "../../base/nearest-name.ts";
import type { RunId } from "../../model/ids.ts";
import { PROFILE_FORMATS, type ProfileFormat } from "../../model/run-format.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { chromeTrace } from "../../telemetry/chrome-trace.ts";
import { otlpTraces } from "../../telemetry/otlp.ts";
import { speedscope } from "../../telemetry/speedscope.ts";
import { findRun } from "../find-run.ts";
import { profileTree } from "../profile-tree.ts";
import { spansOf } from "../run-spans.ts";
import type { Workspace } from "../workspace.ts";

export interface ExportProfileInput {
  readonly run: string;
  readonly format: string;
  /** Path of a file; absent: the text is only given back. */
  readonly file?: string;
  /** Folder that the path is relative to. */
  readonly from: string;
}

export interface ExportProfileOutput {
  readonly runId: RunId;
  readonly format: ProfileFormat;
  readonly spans: number;
  readonly text: string;
  readonly file?: string;
}

export async function exportProfile({ store }: Workspace, input: ExportProfileInput): Promise<ExportProfileOutput> {
  const format = formatOf(input.format);
  const { run } = await findRun(store, input.run);
  const spans = await spansOf(store, run);
  const text = await textOf();
  const written = { runId: run.runId, format, spans: spans.length, text };
  if (input.file === undefined) return written;
  const file = resolve(input.from, input.file);
  await write(file, text);
  return { ...written, file };

  async function textOf(): Promise<string> {
    switch (format) {
      case "chrome":
        return `${JSON.stringify(chromeTrace(spans))}\n`;
      case "otlp":
        return `${JSON.stringify(otlpTraces(spans, { "service.name": "agentic-workgraph" }))}\n`;
      case "ndjson":
        return spans.map((span) => `${JSON.stringify(span)}\n`).join("");
      case "speedscope": {
        const { tree } = await profileTree(store, run);
        const runs = new Map(tree.map((one) => [one.runId, one]));
        const path = criticalPath(tree[0]!, (child) => runs.get(child)).map(({ kind, node, fromMs, toMs }) => ({
          name: kind === "run" ? (node ?? kind) : node === undefined ? `(${kind})` : `(${kind}) ${node}`,
          fromMs,
          toMs,
        }));
        return `${JSON.stringify(speedscope(`${run.workflow} ${run.runId}`, spans, path))}\n`;
      }
      default:
        return format satisfies never;
    }
  }
}

function formatOf(text: string): ProfileFormat {
  const format = PROFILE_FORMATS.find((known) => known === text);
  if (format) return format;
  const near = nearestName(text, PROFILE_FORMATS);
  throw new WorkgraphError("WG6112", `"${text}" is no format of a profile`, {
    hint: near === undefined ? `Formats: ${PROFILE_FORMATS.join(", ")}.` : `Did you mean "${near}"?`,
  });
}

/** R1. */
async function write(file: string, text: string): Promise<void> {
  const staged = `${file}.${process.pid}.part`;
  try {
    await writeFile(staged, text);
    await rename(staged, file);
  } catch (cause) {
    await rm(staged, { force: true });
    throw new WorkgraphError("WG6113", `"${file}" cannot be written: ${(cause as Error).message}`, {
      hint: "Name a file in a folder that is there and may be written to.",
      cause,
    });
  }
}
