/** How a server is: each part that can be degraded says so itself, and why. */
import { stat, statfs } from "node:fs/promises";
import type { Launcher } from "../app/launcher.ts";
import type { Registration } from "../app/registration.ts";
import { isoTime } from "../app/run-summary.ts";
import type { TriggerService } from "../app/trigger-service.ts";
import type { Workspace } from "../app/workspace.ts";
import { UI_FOLDER } from "./ui.ts";

export const PRODUCT = "agentic-workgraph";

export interface HealthPart {
  readonly name: string;
  readonly status: "ok" | "degraded";
  readonly message?: string;
  readonly [fact: string]: unknown;
}

export interface Health {
  readonly product: typeof PRODUCT;
  readonly status: "ok" | "degraded";
  readonly packageVersion: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly project: string;
  readonly parts: readonly HealthPart[];
}

export interface HealthSources {
  readonly workspace: Workspace;
  readonly registration: Registration;
  readonly launcher: Launcher;
  readonly triggers: TriggerService;
  readonly packageVersion: string;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly uiFolder?: string;
}

/** Less free space than this is said. */
const LOW_DISK_BYTES = 200 * 1024 * 1024;

export async function healthOf(sources: HealthSources): Promise<Health> {
  const parts = [
    await part("store", () => storePart(sources)),
    await part("disk", () => diskPart(sources)),
    await part("workflows", () => workflowsPart(sources)),
    await part("runners", () => runnersPart(sources)),
    await part("triggers", async () => triggersPart(sources)),
    await part("ui", () => uiPart(sources)),
  ];
  return {
    product: PRODUCT,
    status: parts.some(({ status }) => status === "degraded") ? "degraded" : "ok",
    packageVersion: sources.packageVersion,
    pid: process.pid,
    startedAt: isoTime(sources.startedAt),
    project: sources.workspace.project.name,
    parts,
  };
}

async function part(name: string, read: () => Promise<Omit<HealthPart, "name">>): Promise<HealthPart> {
  try {
    return { name, ...(await read()) } as HealthPart;
  } catch (error) {
    return { name, status: "degraded", message: error instanceof Error ? error.message : String(error) };
  }
}

async function storePart({ workspace }: HealthSources): Promise<Omit<HealthPart, "name">> {
  const { total } = await workspace.store.runs({ limit: 1 });
  return { status: "ok", runs: total };
}

async function diskPart({ workspace }: HealthSources): Promise<Omit<HealthPart, "name">> {
  const { bavail, bsize } = await statfs(workspace.project.dataDir);
  const freeBytes = bavail * bsize;
  if (freeBytes >= LOW_DISK_BYTES) return { status: "ok", freeBytes };
  return {
    status: "degraded",
    freeBytes,
    message: `only ${freeBytes} bytes are free at "${workspace.project.dataDir}"`,
  };
}

async function runnersPart({ launcher }: HealthSources): Promise<Omit<HealthPart, "name">> {
  const active = launcher.active().length;
  const health = launcher.health?.();
  if (health === undefined) return { status: "ok", active };
  const { silent, givenUp, withoutRoom } = health;
  const facts = { active, ...health };
  const [waiting] = withoutRoom;
  if (waiting !== undefined) {
    return { status: "degraded", message: `waits for room: run ${waiting.runId}: ${waiting.message}`, ...facts };
  }
  if (givenUp.length > 0) {
    return { status: "degraded", message: `not tried any more until somebody resumes it: run ${givenUp[0]}`, ...facts };
  }
  if (silent.length === 0) return { status: "ok", ...facts };
  return { status: "degraded", message: `keeps its thread to itself: run ${silent[0]}; a cancel ends it`, ...facts };
}

async function workflowsPart({ registration }: HealthSources): Promise<Omit<HealthPart, "name">> {
  const { workflows, problems, files } = registration.registered();
  const facts = { registered: workflows.length, files, problems: problems.length };
  if (registration.degraded !== undefined) return { status: "degraded", message: registration.degraded, ...facts };
  if (problems.length === 0) return { status: "ok", ...facts };
  const [first] = problems;
  return { status: "degraded", message: `${first!.file}: ${first!.code}: ${first!.message}`, ...facts };
}

/** A fire that came to nothing is told for as long as the server runs. */
function triggersPart({ triggers }: HealthSources): Omit<HealthPart, "name"> {
  const { schedules, dropped } = triggers.health();
  const [newest] = dropped;
  if (newest === undefined) return { status: "ok", schedules };
  const message = `"${newest.workflow}" was not started for ${newest.at}: ${newest.code}: ${newest.message}`;
  return { status: "degraded", message, schedules, dropped };
}

async function uiPart({ uiFolder = UI_FOLDER }: HealthSources): Promise<Omit<HealthPart, "name">> {
  const built = await stat(uiFolder).then(
    () => true,
    () => false,
  );
  return { status: "ok", built };
}
