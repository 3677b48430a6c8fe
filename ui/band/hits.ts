/**
 * Marks of the band that come from what a person asked for: items that a search found, items that differ from a marked run.
 *
 * R1. An item stands where its last attempt ended. Of nodes with too many attempts to be told one by one nothing is marked.
 * R2. The list of items has loaded what a search looks through; the same answers are read here.
 */
import { useMemo } from "react";
import type { Timeline } from "../../src/model/timeline.ts";
import { useItems } from "../api/queries.ts";
import { useDiff } from "../compare/diff.ts";
import { useMark } from "../compare/marks.ts";
import { ordered, SEARCHED_PAGE } from "../items/item-order.ts";
import type { PaneProps } from "../run/run-page.tsx";
import { useSelection } from "../run/selection.ts";

export interface Hits {
  readonly layer: "search" | "diff";
  readonly text: string;
  readonly color: string;
  /** By slice. */
  readonly counts: readonly number[];
  readonly total: number;
}

export function useHits({ runId, revision }: PaneProps, timeline: Timeline | undefined): readonly Hits[] {
  const { call, status, q } = useSelection();
  const wanted = useMemo(() => (status === undefined ? undefined : [status]), [status]);
  const found = useItems(
    runId,
    { call, status: wanted, limit: SEARCHED_PAGE },
    { revision, when: q === undefined ? "never" : "now" },
  ).data;
  const marked = useMark();
  const other = marked === undefined || marked === runId ? undefined : marked;
  // Ids are sorted by time: the earlier run is the one before.
  const isLater = other !== undefined && other > runId;
  const diff = useDiff(isLater ? runId : other, other === undefined ? undefined : isLater ? other : runId).query.data;
  return useMemo(() => {
    if (!timeline) return [];
    const hits: Hits[] = [];
    if (q !== undefined && found) {
      const items = found.pages.flatMap((page) => page.items);
      const rows = ordered(items, { order: undefined, text: q, among: undefined });
      hits.push({
        layer: "search",
        text: "found",
        color: "--s-partial",
        ...slicesOf(
          timeline,
          rows.map(({ address }) => address),
        ),
      });
    }
    if (diff?.items) {
      const side = diff.a.runId === runId ? "a" : "b";
      const addresses = diff.items.flatMap((item) => item[side] ?? []);
      hits.push({
        layer: "diff",
        text: "differ from marked",
        color: "--s-cancelled",
        ...slicesOf(timeline, addresses),
      });
    }
    return hits;
  }, [timeline, q, found, diff, runId]);
}

/** R1. */
function slicesOf(timeline: Timeline, addresses: readonly string[]): Pick<Hits, "counts" | "total"> {
  const { ms, seq } = timeline.band;
  const ended = new Map<string, number>();
  for (const { spans } of timeline.rows)
    for (const [i, call] of spans?.call.entries() ?? []) ended.set(`${call}.${spans!.item[i]}`, spans!.endMs[i]!);
  const counts = new Array<number>(seq.length).fill(0);
  let total = 0;
  for (const address of addresses) {
    const at = ended.get(address.slice(address.indexOf(".") + 1));
    if (at === undefined) continue;
    counts[Math.min(counts.length - 1, Math.floor(at / ms))]! += 1;
    total++;
  }
  return { counts, total };
}
