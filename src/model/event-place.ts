/** Which events are about a call or an item: a log is filtered the same way wherever it is read. */
import type { RunEvent } from "./events.ts";

/** Whether an event is about a call, or about one item of it. */
export function isAbout(event: RunEvent, call: number, item: number | undefined): boolean {
  if (event.type === "calls.superseded") return event.calls.includes(call);
  if (!("call" in event) || event.call !== call) return false;
  if (item === undefined) return true;
  if ("item" in event) return event.item === item;
  return "items" in event && event.items.includes(item);
}
