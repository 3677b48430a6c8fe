/**
 * Which call sites of a version its runs reached.
 *
 * Owns: counting runs and calls per site. Leaves to site-table.ts: which site a call belongs to; to app: which runs.
 *
 * R1. A run counts once for a site, however many calls it made there. Superseded calls are no calls.
 * R2. A site that no run reached is in the list with 0: absence is said, not left out.
 */
import type { CallKind } from "../model/events.ts";
import type { SourceSite } from "../model/workgraph-error.ts";
import { SiteTable, type KnownSite, type ObservedCall } from "./site-table.ts";

export interface RunCalls {
  readonly calls: readonly ObservedCall[];
}

export type CoveredSite<Site extends KnownSite> = Site & {
  /** Runs that made at least one call here. */
  readonly runs: number;
  readonly calls: number;
};

/** Calls made where the source shows no call of that node. */
export interface UnplacedSite {
  readonly kind: CallKind;
  readonly node: string;
  readonly site?: SourceSite;
  readonly runs: number;
  readonly calls: number;
}

export interface Coverage<Site extends KnownSite> {
  /** Runs looked at. */
  readonly runs: number;
  /** Sites that at least one of them reached. */
  readonly reached: number;
  readonly sites: readonly CoveredSite<Site>[];
  readonly unplaced: readonly UnplacedSite[];
}

/** What makes no call of its own in the source: an array of handles. */
const IMPLICIT: ReadonlySet<CallKind> = new Set(["concat"]);

export function coverageOf<Site extends KnownSite>(sites: readonly Site[], runs: readonly RunCalls[]): Coverage<Site> {
  const table = new SiteTable(sites);
  const runsAt = new Uint32Array(sites.length);
  const callsAt = new Uint32Array(sites.length);
  const lastRunAt = new Int32Array(sites.length).fill(-1);
  const unplaced = new Map<string, { -readonly [K in keyof UnplacedSite]: UnplacedSite[K] } & { lastRun: number }>();
  for (const [no, { calls }] of runs.entries()) {
    for (const call of calls) {
      if (IMPLICIT.has(call.kind)) continue;
      const index = table.find(call);
      if (index >= 0) {
        callsAt[index] = callsAt[index]! + 1;
        if (lastRunAt[index] !== no) runsAt[index] = runsAt[index]! + 1;
        lastRunAt[index] = no;
        continue;
      }
      const { kind, node, site } = call;
      const key = `${kind} ${node} ${site?.file ?? ""}:${site?.line ?? 0}:${site?.column ?? 0}`;
      const known = unplaced.get(key) ?? { kind, node, ...(site ? { site } : {}), runs: 0, calls: 0, lastRun: -1 };
      unplaced.set(key, known);
      known.calls++;
      if (known.lastRun !== no) known.runs++;
      known.lastRun = no;
    }
  }
  return {
    runs: runs.length,
    reached: runsAt.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0),
    sites: sites.map((site, index) => ({ ...site, runs: runsAt[index]!, calls: callsAt[index]! })),
    unplaced: [...unplaced.values()].map(({ lastRun: _lastRun, ...rest }) => rest),
  };
}

/** Sites of the source that a run did not reach. */
export function ghostsOf<Site extends KnownSite>(sites: readonly Site[], run: RunCalls): readonly Site[] {
  const { sites: covered } = coverageOf(sites, [run]);
  return sites.filter((_, index) => covered[index]!.runs === 0);
}
