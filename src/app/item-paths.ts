/** Where items came from, as text: `fetch_urls[3]/split[1]`. Owns: how operations ask for it. */
import type { CallNo, ItemNo } from "../model/ids.ts";
import type { CallRow, EventStore, RunRow } from "../store/store.ts";

/** Paths of items of one call, in the order asked. */
export type PathReader = (call: CallRow, items: readonly ItemNo[]) => Promise<readonly string[]>;

export function pathReader(store: EventStore, run: RunRow, calls: ReadonlyMap<CallNo, CallRow>): PathReader {
  void store;
  void run;
  return (call, items) => {
    const source = call.event.space.at(-1);
    const name = source === undefined ? call.event.node : (calls.get(source)?.event.node ?? call.event.node);
    return Promise.resolve(items.map((item) => (source === undefined ? name : `${name}[${item}]`)));
  };
}
