/**
 * Errors of all runs, those with one reason together.
 *
 * Owns: what a group is and what is asked of it. Leaves to model/error-pattern.ts: when two errors have one reason.
 *
 * R1. Groups are kept current in the commit of each error. They are history: forgetting a run takes nothing out of them.
 * R2. A group belongs to one workflow.
 */
import { sha256Hex } from "../base/hash.ts";
import { errorPattern } from "../model/error-pattern.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import type { CallNo, ItemNo, RunId } from "../model/ids.ts";

export interface ErrorGroup {
  /** The pattern, short: 16 hex digits, equal in every store. */
  readonly fingerprint: string;
  readonly workflow: string;
  readonly code: string;
  readonly node?: string;
  /** Code, node and message, with what differs masked. */
  readonly pattern: string;
  /** As the newest error says it, at most 1,000 characters. */
  readonly message: string;
  /** Epoch ms. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** Attempts that ended so, those that were retried included. */
  readonly count: number;
  /** Of them those that nothing was tried after. */
  readonly finalCount: number;
  /** Runs that had it. */
  readonly runs: number;
  /** The versions of those runs, seen last first; at most MAX_GROUP_VERSIONS. */
  readonly versions: readonly GroupVersion[];
  /** Where it was seen last; without call and item it ended the run itself. */
  readonly last: { readonly runId: RunId; readonly seq: number; readonly call?: CallNo; readonly item?: ItemNo };
}

export interface GroupVersion {
  readonly version: string;
  readonly runs: number;
  /** Epoch ms. */
  readonly lastAt: number;
}

/** Says which groups are listed; their numbers are always those of the whole group. */
export interface ErrorGroupFilter {
  readonly workflow?: string;
  /** Groups that runs of this version, or this run, had. */
  readonly version?: string;
  readonly runId?: RunId;
  readonly node?: string;
  readonly code?: string;
  readonly fingerprint?: string;
  /** Last seen at or after this time, epoch ms. */
  readonly since?: number;
  /** Groups that were last seen before this one. */
  readonly before?: Pick<ErrorGroup, "fingerprint" | "workflow" | "lastAt">;
  /** 1 to 1000, default 50. */
  readonly limit?: number;
}

export interface ErrorGroupStore {
  /** Last seen first. */
  errorGroups(filter?: ErrorGroupFilter): Promise<{ readonly groups: readonly ErrorGroup[]; readonly total: number }>;
}

export const SAMPLE_UNITS = 1_000;
export const MAX_GROUP_VERSIONS = 20;

export function errorFingerprint(error: Pick<ErrorRecord, "code" | "node" | "message">): string {
  return sha256Hex(errorPattern(error)).slice(0, 16);
}
