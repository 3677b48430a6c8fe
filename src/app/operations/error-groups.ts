/**
 * What goes wrong over all runs: errors with one reason together.
 *
 * R1. A group tells the versions that had it, each with its number of runs: whether a change of the code brought or ended an error is
 *     read there, and numbers of several versions are never one number without saying so.
 */
import type { ErrorGroupEntry } from "../../model/error-group.ts";
import { formatAddress } from "../../model/ids.ts";
import type { ErrorGroup } from "../../store/error-groups.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { findRun } from "../find-run.ts";
import { limitOf, type Page, type PageRequest } from "../paging.ts";
import { isoTime } from "../run-summary.ts";
import { timeOf } from "../time-of.ts";
import type { Workspace } from "../workspace.ts";

export interface ErrorGroupsInput extends PageRequest {
  readonly workflow?: string;
  readonly version?: string;
  /** Groups that this run had. */
  readonly run?: string;
  readonly node?: string;
  readonly code?: string;
  readonly fingerprint?: string;
  /** Last seen at or after this time, ISO 8601. */
  readonly since?: string;
}

export interface ErrorGroupsOutput extends Page {
  readonly groups: readonly ErrorGroupEntry[];
}

/** The cursor is the last group of the page: when it was seen last, its fingerprint and its workflow. */
export async function errorGroups({ store }: Workspace, input: ErrorGroupsInput = {}): Promise<ErrorGroupsOutput> {
  const { workflow, version, node, code, fingerprint } = input;
  const limit = limitOf(input, { default: 50, max: 999 });
  const runId = input.run === undefined ? undefined : (await findRun(store, input.run)).run.runId;
  const before = input.cursor === undefined ? undefined : placeOf(input.cursor);
  const since = timeOf(input.since, "since");
  const page = await store.errorGroups({
    ...(workflow === undefined ? {} : { workflow }),
    ...(version === undefined ? {} : { version }),
    ...(runId === undefined ? {} : { runId }),
    ...(node === undefined ? {} : { node }),
    ...(code === undefined ? {} : { code }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(since === undefined ? {} : { since }),
    ...(before === undefined ? {} : { before }),
    limit: limit + 1,
  });
  const shown = page.groups.slice(0, limit);
  const last = shown.at(-1);
  const truncated = page.groups.length > limit;
  return {
    groups: shown.map(entryOf),
    total: page.total,
    truncated,
    ...(truncated && last ? { cursor: `${last.lastAt}.${last.fingerprint}.${last.workflow}` } : {}),
  };
}

function entryOf(group: ErrorGroup): ErrorGroupEntry {
  const { fingerprint, workflow, code, node, pattern, message, count, finalCount, runs, versions, last } = group;
  const { runId, seq, call, item } = last;
  return {
    fingerprint,
    workflow,
    code,
    ...(node === undefined ? {} : { node }),
    pattern,
    message,
    firstSeen: isoTime(group.firstAt),
    lastSeen: isoTime(group.lastAt),
    count,
    finalCount,
    runs,
    versions: versions.map((one) => ({ version: one.version, runs: one.runs, lastSeen: isoTime(one.lastAt) })),
    last: {
      runId,
      address: call === undefined || item === undefined ? runId : formatAddress(runId, call, item),
      seq,
    },
  };
}

function placeOf(cursor: string): Pick<ErrorGroup, "fingerprint" | "workflow" | "lastAt"> {
  const [, lastAt, fingerprint, workflow] = /^(\d{1,15})\.([0-9a-f]{16})\.(.{1,128})$/.exec(cursor) ?? [];
  if (lastAt !== undefined && fingerprint !== undefined && workflow !== undefined) {
    return { lastAt: Number(lastAt), fingerprint, workflow };
  }
  throw new WorkgraphError("WG5050", `"${cursor.slice(0, 80)}" is no cursor of this list`, {
    hint: 'Give the "cursor" of the page before, unchanged.',
  });
}
