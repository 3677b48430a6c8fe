/**
 * A run as a file, in any of the formats: what a server makes for somebody who downloads it.
 *
 * Owns: which of them makes it, and leaving the disk some room. Leaves to export-run.ts, export-page.ts and export-profile.ts: what stands
 * in the file; to app/export-files.ts: where it lies and for how long.
 *
 * R1. The bytes are those that the command line writes, but for the moment that they name.
 * R2. It never takes the last room of the disk that runs are recorded on: below MIN_FREE_BYTES it ends (WG6120).
 */
import { stat, statfs } from "node:fs/promises";
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { systemClock } from "../../base/clock.ts";
import type { RunId } from "../../model/ids.ts";
import type { RunFormat } from "../../model/run-format.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { Tell } from "../work-progress.ts";
import type { Workspace } from "../workspace.ts";
import { exportPage } from "./export-page.ts";
import { exportProfile } from "./export-profile.ts";
import { exportRun } from "./export-run.ts";

export interface ExportFileInput {
  readonly run: string;
  readonly format: RunFormat;
  /** Of "workgraph": files of artifacts too; default "left out". */
  readonly files?: "included" | "left out";
  /** Absolute path of a file that does not exist, in a folder that does. */
  readonly file: string;
  /** Of "html": the page without a run. */
  readonly template?: string;
}

export interface ExportFileOutput {
  readonly runId: RunId;
  readonly format: RunFormat;
  readonly sizeBytes: number;
  /** What the format tells of it, as its operation does. */
  readonly [count: string]: unknown;
}

const MIN_FREE_BYTES = 256 * 2 ** 20;
const LOOK_EVERY_MS = 500;

export async function exportFile(workspace: Workspace, input: ExportFileInput, tell: Tell): Promise<ExportFileOutput> {
  const folder = dirname(input.file);
  const { bavail, bsize } = await statfs(folder);
  requireRoom(bavail * bsize, folder);
  let lookAt = systemClock.perf() + LOOK_EVERY_MS;
  const guarded: Tell = (progress) => {
    tell(progress);
    if (systemClock.perf() < lookAt) return;
    lookAt = systemClock.perf() + LOOK_EVERY_MS;
    // In the middle of what is written: there is nothing to wait for.
    const now = statfsSync(folder);
    requireRoom(now.bavail * now.bsize, folder);
  };
  const { file: _file, ...made } = await make(workspace, input, guarded);
  const { size } = await stat(input.file);
  return { ...made, format: input.format, sizeBytes: size };
}

async function make(
  workspace: Workspace,
  { run, format, file, files, template = "" }: ExportFileInput,
  tell: Tell,
): Promise<{ readonly runId: RunId; readonly [count: string]: unknown }> {
  switch (format) {
    case "workgraph":
      return { ...(await exportRun(workspace, { run, file, ...(files === undefined ? {} : { files }) }, tell)) };
    case "html":
      return { ...(await exportPage(workspace, { run, file, template }, tell)) };
    default: {
      const { text: _text, ...made } = await exportProfile(workspace, { run, format, file, from: dirname(file) });
      return made;
    }
  }
}

/** R2. */
function requireRoom(freeBytes: number, folder: string): void {
  if (freeBytes >= MIN_FREE_BYTES) return;
  throw new WorkgraphError(
    "WG6120",
    `an export of a run was given up: ${Math.round(freeBytes / 2 ** 20)} MB are left on the disk of "${folder}"`,
    {
      hint: 'Runs are recorded there, too. Export to another disk from the command line, or make room ("gc --older-than 30d").',
      details: { folder, freeBytes },
    },
  );
}
