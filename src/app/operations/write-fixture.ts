/**
 * A run as a fixture: one JSON document that a test replays.
 *
 * Owns: the file. Leaves to store/fixture.ts: what goes into it.
 *
 * R1. A file that is there is replaced only where it is a fixture.
 */
import { readFile, writeFile } from "node:fs/promises";
import type { RunId } from "../../model/ids.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { FIXTURE_FORMAT, fixtureOf, type RunFixture } from "../../store/fixture.ts";
import { findRun } from "../find-run.ts";
import type { Workspace } from "../workspace.ts";

export interface WriteFixtureInput {
  readonly run: string;
  /** Absolute; absent: the fixture is only given back. */
  readonly file?: string;
}

export interface WriteFixtureOutput {
  readonly runId: RunId;
  readonly workflow: string;
  readonly file?: string;
  readonly events: number;
  readonly sizeBytes: number;
  /** Child runs whose ends are answers in it; each is a run to make a fixture of. */
  readonly children: number;
  readonly fixture: RunFixture;
  /** The text of the file. */
  readonly text: string;
}

export async function writeFixture({ store }: Workspace, input: WriteFixtureInput): Promise<WriteFixtureOutput> {
  const { run } = await findRun(store, input.run);
  const fixture = await fixtureOf(store, run);
  const text = `${JSON.stringify(fixture, null, 1)}\n`;
  const { file } = input;
  if (file !== undefined) {
    await refuseOther(file);
    await writeFile(file, text);
  }
  const { total: children } = await store.runs({ parent: run.runId, limit: 1 });
  return {
    runId: run.runId,
    workflow: run.workflow,
    ...(file === undefined ? {} : { file }),
    events: fixture.events.length,
    sizeBytes: Buffer.byteLength(text),
    children,
    fixture,
    text,
  };
}

/** R1. */
async function refuseOther(file: string): Promise<void> {
  const there = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (there === undefined || there.slice(0, 200).includes(`"${FIXTURE_FORMAT}"`)) return;
  throw new WorkgraphError("WG1156", `the file "${file}" is there, and is no fixture`, {
    hint: "name another file; a fixture that is there is replaced",
  });
}
