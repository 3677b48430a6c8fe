/** The event log of a run, as it was recorded. */
import { isAbout } from "../../model/event-place.ts";
import type { RunEvent } from "../../model/events.ts";
import type { RunId } from "../../model/ids.ts";
import { findRun } from "../find-run.ts";
import { cursorOf, limitOf, type Page, type PageRequest } from "../paging.ts";
import { previewOf } from "../plain-json.ts";
import { isoTime } from "../run-summary.ts";
import type { Workspace } from "../workspace.ts";

export interface EventEntry {
  readonly seq: number;
  /** ISO 8601. */
  readonly time: string;
  readonly type: RunEvent["type"];
  readonly event: RunEvent;
  /** One line, cut. */
  readonly value?: string;
}

export interface ListEventsInput extends PageRequest {
  /** A run, a call or an item: then events that name it. */
  readonly run: string;
  readonly types?: readonly string[];
  readonly values?: "preview";
}

export interface ListEventsOutput extends Page {
  readonly runId: RunId;
  readonly events: readonly EventEntry[];
}

const PAGE_EVENTS = 2_000;
const PREVIEW_LENGTH = 200;

/** The cursor is the seq of the last event of the page. */
export async function listEvents({ store }: Workspace, input: ListEventsInput): Promise<ListEventsOutput> {
  const { run, call, item } = await findRun(store, input.run);
  const limit = limitOf(input, { default: 200, max: 1_000_000 });
  const types = input.types === undefined ? undefined : new Set(input.types);
  const events: EventEntry[] = [];
  let [after = 0] = cursorOf(input, 1) ?? [];
  while (events.length <= limit) {
    const page = await store.events(run.runId, { after, limit: PAGE_EVENTS, values: input.values ? "inline" : "none" });
    for (const { seq, event, value, blob } of page) {
      if (types && !types.has(event.type)) continue;
      if (call !== undefined && !isAbout(event, call, item)) continue;
      const text = value ?? (blob === undefined || !input.values ? undefined : await store.eventValue(run.runId, seq));
      events.push({
        seq,
        time: isoTime(event.at),
        type: event.type,
        event,
        ...(text === undefined ? {} : { value: previewOf(text, PREVIEW_LENGTH) }),
      });
      if (events.length > limit) break;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_EVENTS) break;
    after = last.seq;
  }
  const shown = events.slice(0, limit);
  const truncated = events.length > limit;
  const last = shown.at(-1);
  return {
    runId: run.runId,
    events: shown,
    ...(types === undefined && call === undefined ? { total: run.seq } : {}),
    truncated,
    ...(truncated && last ? { cursor: String(last.seq) } : {}),
  };
}
