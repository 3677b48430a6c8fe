/** The text beside an event that is searched: its value, or the elements of the list that it names. */
import type { RunEvent } from "../../model/events.ts";
import { listBeside, TEXT_UNITS, valueText } from "../search.ts";
import type { Lists } from "./lists.ts";
import type { LogBlocks, RunKey } from "./log-blocks.ts";

/** Elements that are read at once. */
const PART = 256;

export function eventText(
  parts: { readonly log: LogBlocks; readonly lists: Lists },
  run: RunKey,
  of: { readonly seq: number; readonly event: RunEvent },
): string {
  const value = parts.log.value(run, of.seq);
  if (value !== undefined) return valueText(value);
  const list = listBeside(of.event);
  if (list === undefined) return "";
  let text = "";
  for (let at = list.first; at < list.first + list.count && text.length < TEXT_UNITS; at += PART) {
    const count = Math.min(PART, list.first + list.count - at);
    const { values } = parts.lists.read({ runNo: run.runNo, call: list.call, item: list.item }, { first: at, count });
    if (values.length === 0) break;
    text += `${values.map(valueText).join("\n")}\n`;
  }
  return text.slice(0, TEXT_UNITS);
}
