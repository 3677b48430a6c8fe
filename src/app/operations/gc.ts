/**
 * Forgets old runs.
 *
 * Owns: which runs go. Leaves to the store: removing them, and what refuses to be removed.
 *
 * R1. A run goes with everything below it, or stays with it.
 * R2. A run stays that is pinned, has not ended, is among the newest `keep` of its workflow, failed with `keepFailed`, or is younger
 *     than asked. Without an age each workflow's own `retention` counts; one that has none keeps its runs.
 * R3. What goes leaves a tombstone with time and reason. Its artifacts stay, unless they are asked for; one that a run which stays has
 *     opened stays even then.
 * R4. A dry run writes nothing and names the same runs.
 */
import { FolderArtifacts } from "../../artifacts/folder-artifacts.ts";
import { systemClock } from "../../base/clock.ts";
import { formatDuration, parseDuration } from "../../base/duration.ts";
import { isRunEnded } from "../../model/status.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { ArtifactRow, RunRow } from "../../store/store.ts";
import { isoTime } from "../run-summary.ts";
import type { Workspace } from "../workspace.ts";

export interface GcInput {
  /** As "30d". */
  readonly olderThan?: string;
  /** The newest runs of each workflow that stay. */
  readonly keep?: number;
  readonly keepFailed?: boolean;
  readonly dryRun?: boolean;
  /** Their folders go, too. */
  readonly artifacts?: boolean;
}

export interface GcRetention {
  readonly workflow: string;
  readonly retentionMs: number;
}

export interface ForgottenEntry {
  readonly runId: string;
  readonly workflow: string;
  readonly status: string;
  readonly createdAt: string;
  /** Child runs that went with it, at any depth. */
  readonly below: number;
  readonly why: string;
}

export interface GcOutput {
  readonly dryRun: boolean;
  readonly forgotten: readonly ForgottenEntry[];
  /** Of all runs, those below one counted with it: how many stay, by what keeps them. */
  readonly kept: Readonly<Record<string, number>>;
  readonly artifacts: { readonly removed: number; readonly keptBecauseOpened: number };
  readonly blobs: { readonly count: number; readonly bytes: number };
}

const PAGE = 500;

/** @param retentions what workflows say of their own runs, where no age is given. */
export async function gc(
  { store, project }: Workspace,
  input: GcInput,
  retentions: () => Promise<readonly GcRetention[]>,
): Promise<GcOutput> {
  const { dryRun = false } = input;
  const olderThanMs = ageOf(input);
  const own = olderThanMs === undefined && input.keep === undefined ? await retentions() : [];
  const retentionOf = new Map(own.map(({ workflow, retentionMs }) => [workflow, retentionMs]));
  const now = systemClock.now();
  const seen = new Map<string, number>();
  const kept: Record<string, number> = {};
  const going: { readonly family: readonly RunRow[]; readonly why: string }[] = [];
  for await (const root of pages(store, { level: "root" })) {
    if (root.forgottenAt !== undefined) continue;
    const newer = seen.get(root.workflow) ?? 0;
    seen.set(root.workflow, newer + 1);
    const ageMs = olderThanMs ?? retentionOf.get(root.workflow);
    const because = staying(root, input, { newer, ageMs, now });
    const family = because === undefined ? await familyOf(store, root) : [];
    const held = because ?? family.map(heldBy).find((one) => one !== undefined);
    if (held !== undefined) kept[held] = (kept[held] ?? 0) + 1;
    else going.push({ family, why: whyOf(input, ageMs) });
  }
  const ids = new Set(going.flatMap(({ family }) => family.map(({ runId }) => runId)));
  const artifacts = { removed: 0, keptBecauseOpened: 0 };
  const shelf = new FolderArtifacts(project);
  for (const { family, why } of going) {
    // From below: a family that could not be forgotten whole is forgotten by the next time, not torn from its root.
    for (const row of family.toReversed()) {
      if (input.artifacts === true) {
        for (const published of await publishedBy(store, row.runId)) {
          const reads = await store.artifactReads({ sha256: published.sha256 });
          if (reads.some(({ runId }) => !ids.has(runId))) artifacts.keptBecauseOpened++;
          else artifacts.removed += await remove(shelf, published, dryRun ? "dry" : "delete");
        }
      }
      if (!dryRun) await store.forget(row.runId, why);
    }
  }
  const { blobs: count, bytes } = await store.sweepBlobs(dryRun ? "dry" : "delete");
  return {
    dryRun,
    forgotten: going.map(({ family, why }) => entryOf(family, why)),
    kept,
    artifacts,
    blobs: { count, bytes },
  };
}

function ageOf({ olderThan, keep }: GcInput): number | undefined {
  if (keep !== undefined && !(Number.isInteger(keep) && keep >= 0)) {
    throw new WorkgraphError("WG5050", `--keep takes a whole number from 0`, { hint: "For example: gc --keep 100" });
  }
  if (olderThan === undefined) return undefined;
  try {
    return parseDuration(olderThan);
  } catch (cause) {
    throw new WorkgraphError("WG5050", `"${olderThan}" is no length of time`, {
      hint: 'Write for example --older-than 30d, or "12h".',
      cause,
    });
  }
}

/** R2. Why a run stays whatever is below it. */
function staying(
  root: RunRow,
  { keep, keepFailed }: GcInput,
  at: { readonly newer: number; readonly ageMs: number | undefined; readonly now: number },
): string | undefined {
  const held = heldBy(root);
  if (held !== undefined) return held;
  if (keep !== undefined && at.newer < keep) return "among the newest";
  if (at.ageMs === undefined && keep === undefined) return "no retention";
  if (at.ageMs !== undefined && at.now - (root.endedAt ?? root.createdAt) < at.ageMs) return "younger";
  return keepFailed === true && (root.status === "failed" || root.status === "diverged") ? "failed" : undefined;
}

function heldBy(row: RunRow): string | undefined {
  if (row.forgottenAt !== undefined) return undefined;
  if (row.pinned) return "pinned";
  return !isRunEnded(row.status) || row.owner?.alive === true ? "not ended" : undefined;
}

function whyOf({ olderThan, keep, keepFailed }: GcInput, ageMs: number | undefined): string {
  const parts = [
    ...(olderThan !== undefined
      ? [`older than ${olderThan}`]
      : ageMs !== undefined
        ? [`retention ${formatDuration(ageMs)}`]
        : []),
    ...(keep !== undefined ? [`beyond the newest ${keep}`] : []),
    ...(keepFailed === true ? ["not failed"] : []),
  ];
  return `gc: ${parts.join(", ")}`;
}

/** R1. Itself first. */
async function familyOf(store: Workspace["store"], root: RunRow): Promise<readonly RunRow[]> {
  const below: RunRow[] = [];
  for await (const row of pages(store, { root: root.runId })) if (row.runId !== root.runId) below.push(row);
  return [root, ...below];
}

async function* pages(
  store: Workspace["store"],
  filter: { readonly level?: "root"; readonly root?: string },
): AsyncGenerator<RunRow> {
  for (let before: string | undefined; ;) {
    const { runs } = await store.runs({ ...filter, limit: PAGE, ...(before === undefined ? {} : { before }) });
    yield* runs;
    before = runs.at(-1)?.runId;
    if (runs.length < PAGE) return;
  }
}

async function publishedBy(store: Workspace["store"], runId: string): Promise<readonly ArtifactRow[]> {
  const rows: ArtifactRow[] = [];
  for (let before: { readonly runId: string; readonly seq: number } | undefined; ;) {
    const { artifacts } = await store.artifacts({ runId, limit: PAGE, ...(before ? { before } : {}) });
    rows.push(...artifacts);
    before = artifacts.at(-1);
    if (artifacts.length < PAGE) return rows;
  }
}

/** How many were there to be removed. */
async function remove(shelf: FolderArtifacts, row: ArtifactRow, how: "delete" | "dry"): Promise<number> {
  const found = await shelf.resolve(`${row.workflow}/${row.name}@${row.runId}`).catch(() => undefined);
  if (found === undefined || found.manifest.sha256 !== row.sha256) return 0;
  if (how === "delete") await shelf.withdraw(found.manifest);
  return 1;
}

function entryOf([root, ...below]: readonly RunRow[], why: string): ForgottenEntry {
  const { runId, workflow, status, createdAt } = root!;
  return { runId, workflow, status, createdAt: isoTime(createdAt), below: below.length, why };
}
