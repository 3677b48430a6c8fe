/**
 * Text that is kept beside a test: graphs, reports, whatever reads well line by line.
 *
 * R1. The file is written only when somebody asks for it: WORKGRAPH_UPDATE=1, `vitest -u`, or `node --test --test-update-snapshots`.
 *     A file that is not there is an error like one that differs.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { WorkgraphError } from "../model/workgraph-error.ts";

const SHOWN_LINES = 10;

/**
 * Holds a text against a file.
 *
 * @param text such as `run.graphText`; a line break at its end does not count.
 * @param file absolute path, or `new URL("./research.graph.txt", import.meta.url)`.
 * @throws WorkgraphError WG1155 when the file says otherwise, or is not there.
 * @example
 * expectFile(run.graphText, new URL("./research.graph.txt", import.meta.url)); // WORKGRAPH_UPDATE=1 writes it
 */
export function expectFile(text: string, file: string | URL): void {
  const path = file instanceof URL ? fileURLToPath(file) : file;
  const now = `${text.trimEnd()}\n`;
  const kept = read(path);
  if (kept === now) return;
  if (isUpdating()) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, now);
    return;
  }
  throw new WorkgraphError(
    "WG1155",
    kept === undefined ? `there is no file "${path}"` : `the text is not what "${path}" holds\n${differing(kept, now)}`,
    { hint: "if the text is right, write the file: run the tests with WORKGRAPH_UPDATE=1, or vitest -u" },
  );
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").replaceAll("\r\n", "\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** R1. What vitest was told is in the state of its worker. */
function isUpdating(): boolean {
  if (process.env["WORKGRAPH_UPDATE"] === "1") return true;
  if (process.execArgv.includes("--test-update-snapshots")) return true;
  const worker = (globalThis as { readonly __vitest_worker__?: VitestWorker }).__vitest_worker__;
  return worker?.config?.snapshotOptions?.updateSnapshot === "all";
}

interface VitestWorker {
  readonly config?: { readonly snapshotOptions?: { readonly updateSnapshot?: string } };
}

function differing(kept: string, now: string): string {
  const [before, after] = [kept.split("\n"), now.split("\n")];
  const lines: string[] = [];
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    if (before[i] === after[i]) continue;
    if (before[i] !== undefined && before[i] !== "") lines.push(`${i + 1} - ${before[i]}`);
    if (after[i] !== undefined && after[i] !== "") lines.push(`${i + 1} + ${after[i]}`);
  }
  const more = lines.length > SHOWN_LINES ? [`and ${lines.length - SHOWN_LINES} more lines`] : [];
  return [...lines.slice(0, SHOWN_LINES), ...more].join("\n");
}
