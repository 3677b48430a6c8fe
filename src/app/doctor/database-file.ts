/**
 * The database file below what is written in it.
 *
 * R1. It is not mended in its place. What can be read of it is copied to a new file, in which every index is made anew, for whoever
 *     puts it there.
 */
import { join } from "node:path";
import { isWorkgraphError, type WorkgraphError } from "../../model/workgraph-error.ts";
import type { Workspace } from "../workspace.ts";
import type { DoctorFinding } from "./finding.ts";

const BACK = "bring a backup back";

export async function* checkFile({ store, project }: Workspace, how: "repair" | "look"): AsyncGenerator<DoctorFinding> {
  const faults = await store.faults();
  const [first] = faults;
  if (first === undefined) return;
  const { file = project.dataDir } = await store.health();
  const finding: DoctorFinding = {
    code: "WG5079",
    grade: "damage",
    what: `the database file is damaged: ${first}${faults.length > 1 ? "; and more" : ""}`,
    where: file,
    hint: `${BACK}; or "doctor --repair" copies what can be read to a new file`,
  };
  if (how === "look") return yield finding;
  const copy = join(project.dataDir, "salvage", "workgraph.db");
  try {
    await store.backup(copy, "salvage");
    yield { ...finding, repaired: `what can be read is in ${copy}; end what uses the store and put it in its place` };
  } catch (error) {
    if (!isWorkgraphError(error)) throw error;
    yield { ...finding, hint: `${BACK}; ${error.message}` };
  }
}

/** For what could not be looked at because of it. */
export function unreadable({ project }: Workspace, error: WorkgraphError): DoctorFinding {
  const { file = project.dataDir } = (error.details ?? {}) as { readonly file?: string };
  return {
    code: "WG5079",
    grade: "damage",
    what: `a part of the database file cannot be read, and what follows from it was not looked at: ${error.message}`,
    where: file,
    hint: BACK,
  };
}
