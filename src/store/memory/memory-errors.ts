/** Groups of errors, in memory. They stay when a run is forgotten, as in a database. */
import { errorPattern } from "../../model/error-pattern.ts";
import type { RunId } from "../../model/ids.ts";
import type { ErrorGroup, ErrorGroupFilter, GroupVersion } from "../error-groups.ts";
import { errorFingerprint, MAX_GROUP_VERSIONS, SAMPLE_UNITS } from "../error-groups.ts";
import type { ErrorFact } from "../run-index.ts";

interface OfRun {
  readonly runId: RunId;
  readonly workflow: string;
  readonly version: string;
}

interface Kept {
  group: ErrorGroup;
  readonly runs: Set<RunId>;
  readonly versions: Map<string, GroupVersion>;
}

export class MemoryErrors {
  readonly #groups: Map<string, Kept> = new Map();

  add(run: OfRun, { seq, final, event }: ErrorFact): void {
    const { error, at } = event;
    const fingerprint = errorFingerprint(error);
    const key = `${fingerprint} ${run.workflow}`;
    const last = {
      runId: run.runId,
      seq,
      ...(event.type === "run.failed" ? {} : { call: event.call, item: event.item }),
    };
    const message = error.message.slice(0, SAMPLE_UNITS).toWellFormed();
    const kept = this.#groups.get(key) ?? {
      group: {
        fingerprint,
        workflow: run.workflow,
        code: error.code,
        ...(error.node === undefined ? {} : { node: error.node }),
        pattern: errorPattern(error),
        message,
        firstAt: at,
        lastAt: at,
        count: 0,
        finalCount: 0,
        runs: 0,
        versions: [],
        last,
      },
      runs: new Set(),
      versions: new Map(),
    };
    const { version } = run;
    const before = kept.versions.get(version);
    kept.versions.set(version, {
      version,
      runs: (before?.runs ?? 0) + (kept.runs.has(run.runId) ? 0 : 1),
      lastAt: Math.max(before?.lastAt ?? at, at),
    });
    kept.runs.add(run.runId);
    const { group } = kept;
    kept.group = {
      ...group,
      ...(at >= group.lastAt ? { message, last, lastAt: at } : {}),
      firstAt: Math.min(group.firstAt, at),
      count: group.count + 1,
      finalCount: group.finalCount + (final ? 1 : 0),
      runs: kept.runs.size,
      versions: newestOf(kept.versions),
    };
    this.#groups.set(key, kept);
  }

  list(filter: ErrorGroupFilter): { readonly groups: readonly ErrorGroup[]; readonly total: number } {
    const { workflow, version, runId, node, code, fingerprint, since, before, limit = 50 } = filter;
    // Stable: of those last seen at one time the one that was new last comes first.
    const groups = [...this.#groups.values()]
      .filter(
        ({ group, runs, versions }) =>
          (workflow === undefined || group.workflow === workflow) &&
          (version === undefined || versions.has(version)) &&
          (runId === undefined || runs.has(runId)) &&
          (node === undefined || group.node === node) &&
          (code === undefined || group.code === code) &&
          (fingerprint === undefined || group.fingerprint === fingerprint) &&
          (since === undefined || group.lastAt >= since),
      )
      .map(({ group }) => group)
      .sort((a, b) => a.lastAt - b.lastAt)
      .reverse();
    const isBefore = (group: ErrorGroup): boolean =>
      group.fingerprint === before?.fingerprint && group.workflow === before.workflow;
    const from = before === undefined ? 0 : groups.findIndex(isBefore) + 1;
    return { groups: groups.slice(from, from + Math.min(Math.max(limit, 1), 1000)), total: groups.length };
  }
}

function newestOf(versions: ReadonlyMap<string, GroupVersion>): readonly GroupVersion[] {
  return [...versions.values()]
    .toSorted((a, b) => b.lastAt - a.lastAt || (a.version < b.version ? -1 : 1))
    .slice(0, MAX_GROUP_VERSIONS);
}
