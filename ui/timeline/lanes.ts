/** Rows of the waterfall with a lane for each item, in place of one for each slot. */
import type { Timeline, TimelineRow } from "../../src/model/timeline.ts";

export type Lanes = "slots" | "items";

export function lanesBy(timeline: Timeline, lanes: Lanes): Timeline {
  return lanes === "slots" ? timeline : { ...timeline, rows: timeline.rows.map(byItem) };
}

/** In the order of the items; of several calls of a node, call by call. */
function byItem(row: TimelineRow): TimelineRow {
  const { spans } = row;
  if (!spans) return row;
  const keys = spans.call.map((call, i) => `${call}.${spans.item[i]}`);
  const order = [...new Set(keys)].toSorted((a, b) => {
    const [callA = 0, itemA = 0] = a.split(".").map(Number);
    const [callB = 0, itemB = 0] = b.split(".").map(Number);
    return callA - callB || itemA - itemB;
  });
  const laneOf = new Map(order.map((key, lane) => [key, lane]));
  return { ...row, lanes: order.length, spans: { ...spans, lane: keys.map((key) => laneOf.get(key)!) } };
}
