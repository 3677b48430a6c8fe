/**
 * Looks at everything that a data folder and an artifacts folder are made of.
 *
 * Owns: what is looked at, in which order, and what it comes to. Leaves to doctor/: each kind of thing.
 *
 * R1. Looking changes nothing. Repairing removes only what nothing needs and writes out what can be saved; nothing that was recorded
 *     is ever changed.
 * R2. `ok` is false while there is damage, or a leftover that was not removed. A note is none.
 * R3. What cannot be read is a finding too, and whatever else can be is looked at all the same.
 */
import { assertNever } from "../../base/assert.ts";
import { isWorkgraphError, WorkgraphError } from "../../model/workgraph-error.ts";
import { checkFile, unreadable } from "../doctor/database-file.ts";
import { checkDataFolder } from "../doctor/data-folder.ts";
import type { DoctorFinding } from "../doctor/finding.ts";
import { checkFolders } from "../doctor/folders.ts";
import { checkRuns } from "../doctor/runs.ts";
import type { Workspace } from "../workspace.ts";

export interface DoctorInput {
  readonly repair?: boolean;
  /** Only the newest runs are looked at, and not the whole file. */
  readonly recent?: number;
  /** Told from time to time how many runs were looked at. */
  readonly progress?: (runs: number) => void;
}

export interface DoctorOutput {
  readonly ok: boolean;
  readonly runs: number;
  /** At most 1,000. */
  readonly findings: readonly DoctorFinding[];
  readonly truncated: boolean;
}

const MAX_FINDINGS = 1000;

export async function doctor(
  workspace: Workspace,
  { repair = false, recent, progress }: DoctorInput,
): Promise<DoctorOutput> {
  if (recent !== undefined && !(Number.isInteger(recent) && recent > 0)) {
    throw new WorkgraphError("WG5050", "--recent takes a whole number from 1", {
      hint: "For example: doctor --recent 100",
    });
  }
  const how = repair ? "repair" : "look";
  let runs = 0;
  const looked = (count: number): void => {
    runs = count;
    progress?.(count);
  };
  const findings: DoctorFinding[] = [];
  let ok = true;
  let truncated = false;
  for (const check of [
    ...(recent === undefined ? [checkFile(workspace, how)] : []),
    checkDataFolder(workspace, how),
    checkRuns({ workspace, recent, how, looked }),
    checkFolders(workspace, how),
  ]) {
    for await (const finding of readable(workspace, check)) {
      ok &&= !isTrouble(finding);
      if (findings.length < MAX_FINDINGS) findings.push(finding);
      else truncated = true;
    }
  }
  return { ok, runs, findings, truncated };
}

/** R3. */
async function* readable(workspace: Workspace, check: AsyncGenerator<DoctorFinding>): AsyncGenerator<DoctorFinding> {
  try {
    yield* check;
  } catch (error) {
    if (!isWorkgraphError(error) || error.code !== "WG5002") throw error;
    yield unreadable(workspace, error);
  }
}

/** R2. */
function isTrouble({ grade, repaired }: DoctorFinding): boolean {
  switch (grade) {
    case "damage":
      return true;
    case "leftover":
      return repaired === undefined;
    case "note":
      return false;
    default:
      return assertNever(grade);
  }
}
