/**
 * What processes that died left behind.
 *
 * Owns: finding it, and removing what may be removed. Leaves to a command: asking whether to.
 *
 * R1. Nothing of a run whose owner is alive is an orphan: it may be on its way.
 * R2. A folder is removed only when its run is in this history and says that it was never recorded; resuming that run publishes it
 *     again. A folder of a run that the history does not know is somebody's artifact (copied, imported, or the history is gone):
 *     it is told, and stays. So does one whose manifest cannot be believed: verifying says so.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { EventStore } from "../store/store.ts";
import type { FolderArtifacts } from "./folder-artifacts.ts";
import { isAbsent } from "./shelf.ts";

export interface Orphan {
  readonly kind: "draft" | "unrecorded" | "unknown-run";
  /** Absolute. */
  readonly folder: string;
  readonly run?: string;
}

export interface OrphanSearch {
  readonly artifacts: FolderArtifacts;
  readonly store: EventStore;
}

export async function findOrphans(search: OrphanSearch): Promise<readonly Orphan[]> {
  return [...(await drafts(search)), ...(await unrecorded(search))];
}

/** R2. Gives those that were removed. */
export async function removeOrphans(search: OrphanSearch): Promise<readonly Orphan[]> {
  const removed: Orphan[] = [];
  for (const orphan of await findOrphans(search)) {
    if (orphan.kind === "unknown-run") continue;
    await rm(orphan.folder, { recursive: true, force: true });
    removed.push(orphan);
  }
  return removed;
}

async function drafts({ artifacts, store }: OrphanSearch): Promise<readonly Orphan[]> {
  const staging = await artifacts.staging();
  const found: Orphan[] = [];
  for (const name of await namesIn(staging)) {
    const run = /^([0-9A-Za-z_-]+)\.\d+\.\d+\.\d+$/.exec(name)?.[1];
    if (run !== undefined && (await isOwned(store, run))) continue;
    // Moved aside by a process that died while removing it; or a probe of one.
    if (run === undefined && !/^(removed|\.probe)-/.test(name)) continue;
    found.push({ kind: "draft", folder: join(staging, name), ...(run === undefined ? {} : { run }) });
  }
  return found;
}

async function unrecorded({ artifacts, store }: OrphanSearch): Promise<readonly Orphan[]> {
  const found: Orphan[] = [];
  let asked: { readonly run: string; readonly answer: "owned" | "unknown" | "free" } | undefined;
  for await (const { folder, manifest } of artifacts.list(() => undefined)) {
    const { run } = manifest.producer;
    if (asked?.run !== run) asked = { run, answer: await standingOf(store, run) };
    if (asked.answer === "owned") continue;
    if (asked.answer === "unknown") {
      found.push({ kind: "unknown-run", folder, run });
      continue;
    }
    const { artifacts: rows } = await store.artifacts({ runId: run, name: manifest.name });
    const { call, item } = manifest.producer;
    const isRecorded = rows.some((row) => row.sha256 === manifest.sha256 && row.call === call && row.item === item);
    if (!isRecorded) found.push({ kind: "unrecorded", folder, run });
  }
  return found;
}

async function standingOf(store: EventStore, run: string): Promise<"owned" | "unknown" | "free"> {
  const row = await store.run(run);
  return row === undefined ? "unknown" : row.owner?.alive === true ? "owned" : "free";
}

async function isOwned(store: EventStore, run: string): Promise<boolean> {
  return (await standingOf(store, run)) === "owned";
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}
