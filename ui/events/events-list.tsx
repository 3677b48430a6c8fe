/**
 * The event log of the run: choosing a row is looking at the run as it stood then.
 *
 * R1. A log of any length is opened near the event that is looked at, not from its beginning.
 * R2. While the run goes on its end is followed, until somebody scrolls up.
 */
import { useMemo, type ReactElement } from "react";
import { useEvents } from "../api/queries.ts";
import { useTimeline } from "../api/run-parts.ts";
import type { EventEntry } from "../api/answers.ts";
import { count } from "../shell/format.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { VirtualRows, type Column } from "../items/virtual-rows.tsx";
import type { PaneProps } from "../run/run-page.tsx";
import { useSelection } from "../run/selection.ts";
import { eventClass, eventText } from "./event-text.ts";

const KINDS: Readonly<Record<string, { readonly text: string; readonly types: readonly string[] }>> = {
  failures: { text: "failures", types: ["item.failed", "items.skipped", "run.failed", "run.diverged"] },
  retries: { text: "retries", types: ["item.retrying"] },
  items: {
    text: "outcomes of items",
    types: ["item.completed", "item.failed", "items.skipped", "item.yielded", "items.filtered"],
  },
  calls: { text: "calls", types: ["call.created", "call.closed", "call.joined", "calls.superseded"] },
  children: { text: "child runs", types: ["child.created", "child.ended"] },
  run: {
    text: "the run",
    types: ["run.created", "run.started", "run.resumed", "run.completed", "run.failed", "run.cancelled", "run.paused"],
  },
};

/** R1: the list begins this far before the event, in steps, so that the next one is in it too. */
const BEFORE = 500;

export function EventsList({ runId, live, revision }: PaneProps): ReactElement {
  const { call, item, at, kind, from, to, choose } = useSelection();
  const place = call === undefined ? runId : item === undefined ? `${runId}.${call}` : `${runId}.${call}.${item}`;
  const { band } = useTimeline(runId, live).data ?? {};
  const slice = (ms: number): number => (band ? (band.seq[Math.floor(ms / band.ms) - 1] ?? 0) : 0);
  const after = from !== undefined ? slice(from) : at === undefined ? 0 : beginning(at);
  const chosenKind = kind === undefined ? undefined : KINDS[kind];
  // The log does not change backwards: looking at an earlier event asks for nothing anew.
  const events = useEvents(
    runId,
    { place, types: chosenKind?.types, after },
    live.connection === "ended" ? "end" : revision.startsWith("at ") ? "past" : revision,
  );
  const startedAt = live.view.createdAt;
  const rows = useMemo(() => {
    const all = events.data?.pages.flatMap((page) => page.events) ?? [];
    return from === undefined || to === undefined
      ? all
      : all.filter(({ time }) => Date.parse(time) - startedAt >= from && Date.parse(time) - startedAt <= to);
  }, [events.data, from, to, startedAt]);
  const chosen = at === undefined ? -1 : rows.findIndex((row) => row.seq === at);
  const columns = useMemo(
    (): readonly Column<EventEntry>[] => [
      { name: "seq", width: "48px", isNumber: true, cell: (row) => count(row.seq) },
      {
        name: "after",
        width: "66px",
        isNumber: true,
        cell: (row) => `+${((Date.parse(row.time) - startedAt) / 1_000).toFixed(3)}`,
      },
      { name: "event", width: "110px", cell: (row) => <code className={eventClass(row.type)}>{row.type}</code> },
      { name: "what", width: "minmax(60px, 1fr)", cell: (row) => <code className="soft">{eventText(row)}</code> },
    ],
    [startedAt],
  );
  if (events.error) return <Refusal error={events.error} />;
  return (
    <div className="list">
      <div className="list-filter">
        <select
          className="field small"
          aria-label="Kind of events"
          value={chosenKind ? kind : ""}
          onChange={(event) => choose({ kind: event.target.value === "" ? undefined : event.target.value }, "move")}
        >
          <option value="">every event</option>
          {Object.entries(KINDS).map(([name, { text }]) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </select>
        {after > 0 && (
          <button onClick={() => choose({ at: undefined, from: undefined, to: undefined })}>
            events before {count(after + 1)} are not listed: list all
          </button>
        )}
      </div>
      <VirtualRows
        label="Events"
        rows={rows}
        columns={columns}
        keyOf={(row) => String(row.seq)}
        chosen={chosen}
        onChoose={(row) => choose({ at: row.seq }, "move")}
        follow={live.connection === "live" && at === undefined && !events.hasNextPage}
        {...(events.hasNextPage && !events.isFetchingNextPage ? { more: () => void events.fetchNextPage() } : {})}
        empty={<Nothing>{events.isPending ? "Loading" : "No such event names this place."}</Nothing>}
      />
    </div>
  );
}

/** R1. */
function beginning(at: number): number {
  return at <= 2 * BEFORE ? 0 : Math.floor((at - BEFORE) / BEFORE) * BEFORE;
}
