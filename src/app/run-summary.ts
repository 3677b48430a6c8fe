/** A run as every list and every answer shows it. Owns: the plain JSON of a run row. Times are ISO 8601. */
import type { CallNo, ItemNo, RunId } from "../model/ids.ts";
import type { ItemCounts, RunStatus } from "../model/status.ts";
import { countsOf } from "../store/run-graph.ts";
import type { RunRow } from "../store/store.ts";
import type { ModelTotals } from "../model/llm.ts";

export interface RunSummary {
  readonly runId: RunId;
  readonly workflow: string;
  /** Closure hash, or "unversioned". */
  readonly version: string;
  readonly status: RunStatus;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** From its start to its end, pauses included; until now while it runs. */
  readonly durationMs?: number;
  readonly calls: number;
  readonly counts: ItemCounts;
  /** What its calls of language models come to; absent where there were none. */
  readonly models?: ModelTotals;
  /** What git knew of the code, where there was a repository. */
  readonly git?: NonNullable<RunRow["code"]>["git"];
  readonly tags: Readonly<Record<string, string>>;
  readonly caller: { readonly kind: string; readonly id: string };
  readonly parent?: { readonly run: RunId; readonly call: CallNo; readonly item: ItemNo };
  /** The process that owns it, while one does. */
  readonly owner?: { readonly pid: number; readonly alive: boolean };
  readonly ownerDeaths?: number;
  /** Of runs that wait: higher first. Absent for 0. */
  readonly priority?: number;
  /** gc leaves it alone. */
  readonly pinned?: true;
  /** Its log and values are gone since then; why, as who removed them said. */
  readonly forgotten?: { readonly at: string; readonly why: string };
}

export function summaryOf(row: RunRow, nowMs: number): RunSummary {
  const endedAt = row.endedAt ?? (row.status === "running" ? nowMs : undefined);
  return {
    runId: row.runId,
    workflow: row.workflow,
    version: row.version,
    status: row.status,
    createdAt: isoTime(row.createdAt),
    ...(row.startedAt === undefined ? {} : { startedAt: isoTime(row.startedAt) }),
    ...(row.endedAt === undefined ? {} : { endedAt: isoTime(row.endedAt) }),
    ...(row.startedAt === undefined || endedAt === undefined
      ? {}
      : { durationMs: Math.max(0, endedAt - row.startedAt) }),
    calls: row.calls,
    counts: countsOf(row, row.counts),
    ...(row.models === undefined ? {} : { models: row.models }),
    ...(row.code?.git === undefined ? {} : { git: row.code.git }),
    tags: row.tags,
    caller: row.caller,
    ...(row.parent === undefined ? {} : { parent: row.parent }),
    ...(row.owner === undefined ? {} : { owner: { pid: row.owner.pid, alive: row.owner.alive } }),
    ...(row.ownerDeaths === 0 ? {} : { ownerDeaths: row.ownerDeaths }),
    ...(row.priority === 0 ? {} : { priority: row.priority }),
    ...(row.pinned ? { pinned: true } : {}),
    ...(row.forgottenAt === undefined
      ? {}
      : { forgotten: { at: isoTime(row.forgottenAt), why: row.forgottenWhy ?? "" } }),
  };
}

export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
