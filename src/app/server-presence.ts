/**
 * Whether somebody takes the runs that wait in a store.
 *
 * Owns: the lock that a server holds while it lives, beside those of owners. Leaves to store/owner-lock.ts: how a lock dies.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Project } from "../model/config.ts";
import { commandLine } from "../model/command-line.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { OwnerLock } from "../store/owner-lock.ts";
import type { Workspace } from "./workspace.ts";

const SUFFIX = "-server";

/** Gives what ends it. */
export function announceServer({ project, store }: Workspace): () => void {
  const lock = new OwnerLock(project.dataDir, `${store.owner.ownerId}${SUFFIX}`);
  lock.hold();
  return () => lock.release();
}

export async function isServed({ dataDir }: Pick<Project, "dataDir">): Promise<boolean> {
  const names = await readdir(join(dataDir, "owners")).catch(() => []);
  const reader = new OwnerLock(dataDir, "reader");
  return names.some((name) => name.endsWith(`${SUFFIX}.db`) && reader.isAlive(name.slice(0, -".db".length)));
}

/** @throws WorkgraphError WG6062 when nobody does. */
export async function requireServer(project: Project): Promise<void> {
  if (await isServed(project)) return;
  throw new WorkgraphError("WG6062", `no server takes runs of "${project.dataDir}", so nothing was started`, {
    hint: `Start one: "${commandLine("serve")}" (or "${commandLine("dev")}"), or leave --detach out to run it here.`,
  });
}
