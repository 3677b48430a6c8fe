/**
 * Which code of imported runs may execute.
 *
 * Owns: the list of versions that somebody said to trust. Leaves to runner/: asking before recorded code is loaded.
 *
 * R1. Code that came in with an import executes only after somebody trusted that very version, by the hash of its manifest, which names
 *     every byte of it. Looking at the run, comparing it and drawing its graph execute nothing and ask nothing.
 * R2. A version that a run of one's own had is trusted: it has executed here already.
 */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { commandLine } from "../model/command-line.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { EventStore, RunRow } from "../store/store.ts";

const FILE = "trusted-code.json";
/** Runs of one version that are looked through for one of one's own. */
const LOOKED_AT = 1_000;
export const IMPORTED = "import";

export async function trustCode(dataDir: string, manifests: readonly string[]): Promise<void> {
  const all = [...new Set([...(await trustedCode(dataDir)), ...manifests])].sort();
  await mkdir(dataDir, { recursive: true });
  const file = join(dataDir, FILE);
  const making = `${file}.${process.pid}.new`;
  await writeFile(making, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 });
  await rename(making, file);
}

async function trustedCode(dataDir: string): Promise<readonly string[]> {
  try {
    const read: unknown = JSON.parse(await readFile(join(dataDir, FILE), "utf8"));
    return Array.isArray(read) ? read.filter((one) => typeof one === "string") : [];
  } catch {
    // Whatever stands there, nothing is trusted because of it.
    return [];
  }
}

/** @throws WorkgraphError WG4070 when the code of the run may not execute. */
export async function requireTrusted(
  of: { readonly store: Pick<EventStore, "runs">; readonly dataDir: string },
  row: Pick<RunRow, "runId" | "workflow" | "version" | "manifest" | "caller">,
): Promise<void> {
  const { runId, workflow, version, manifest, caller } = row;
  if (caller.kind !== IMPORTED || manifest === undefined) return;
  const { runs } = await of.store.runs({ workflow, version, limit: LOOKED_AT });
  if (runs.some((one) => one.caller.kind !== IMPORTED && one.manifest === manifest)) return;
  if ((await trustedCode(of.dataDir)).includes(manifest)) return;
  throw new WorkgraphError("WG4070", `run ${runId} was imported, and nobody has said that its code may execute here`, {
    hint: `read it ("${commandLine(`checkout ${runId} DIR`)}"), then import its file again with --trust-code`,
    details: { runId, workflow, version, manifest },
  });
}
