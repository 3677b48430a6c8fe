/** What an append says about results that other runs may take. */
import { assert } from "../base/assert.ts";
import type { CallNo, ItemNo } from "../model/ids.ts";
import type { Append } from "./store.ts";

/** A result on its way into the index, with the seq of the event that recorded it. */
export interface MemoGiven {
  readonly key: string;
  readonly call: CallNo;
  readonly item: ItemNo;
  /** Epoch ms. */
  readonly at: number;
  readonly seq: number;
}

/**
 * The memos of an append, joined with the events they name.
 *
 * Both lists are mostly in one order, so each search begins where the one before ended.
 */
export function memosOf(append: Append): MemoGiven[] {
  const { events, expectedSeq, memos = [] } = append;
  let next = 0;
  return memos.map(({ key, call, item }): MemoGiven => {
    for (let tried = 0; ; tried++) {
      assert(tried < events.length, `a memo names item ${item} of call ${call}, which its append does not complete`);
      const index = next;
      next = (next + 1) % events.length;
      const event = events[index]?.event;
      if (event?.type === "item.completed" && event.call === call && event.item === item) {
        return { key, call, item, at: event.at, seq: expectedSeq + index + 1 };
      }
    }
  });
}
