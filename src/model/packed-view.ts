/**
 * A view as it travels: items of one status that are neighbours are a range.
 *
 * R1. Unpacking gives the view that was packed: a reader goes on from it as the server would.
 * R2. A view keeps each item that is not completed. Of 100,000 that failed that is 1.5 MB of text, and as ranges a few characters.
 */
import type { ItemNo } from "./ids.ts";
import { rangesOf, rangesText } from "./ranges.ts";
import type { ItemStatus } from "./status.ts";
import type { CallView, RunView } from "./view.ts";

/** "0-2,5" for each status. */
type PackedItems = Readonly<Partial<Record<ItemStatus, string>>>;

export interface PackedView extends Omit<RunView, "calls"> {
  readonly calls: readonly (Omit<CallView, "unfinished"> & { readonly unfinishedRanges: PackedItems })[];
}

export function packView(view: RunView): PackedView {
  return {
    ...view,
    calls: view.calls.map(({ unfinished, ...call }) => ({ ...call, unfinishedRanges: packed(unfinished) })),
  };
}

export function unpackView(view: PackedView): RunView {
  return {
    ...view,
    calls: view.calls.map(({ unfinishedRanges, ...call }) => ({ ...call, unfinished: unpacked(unfinishedRanges) })),
  };
}

function packed(unfinished: CallView["unfinished"]): PackedItems {
  const byStatus = new Map<ItemStatus, ItemNo[]>();
  // Keys that are numbers come in their order.
  for (const [item, status] of Object.entries(unfinished)) {
    const items = byStatus.get(status);
    if (items) items.push(Number(item));
    else byStatus.set(status, [Number(item)]);
  }
  return Object.fromEntries([...byStatus].map(([status, items]) => [status, rangesText(rangesOf(items))]));
}

function unpacked(packedItems: PackedItems): CallView["unfinished"] {
  const unfinished: Record<ItemNo, ItemStatus> = {};
  for (const [status, text] of Object.entries(packedItems)) {
    for (const range of text.split(",")) {
      const [first = 0, last = first] = range.split("-").map(Number);
      for (let item = first; item <= last; item++) unfinished[item] = status as ItemStatus;
    }
  }
  return unfinished;
}
