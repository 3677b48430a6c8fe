/** The event log of the run: choosing a row is looking at the run as it stood then. */
import { useMemo, type ReactElement } from "react";
import { useEvents } from "../api/queries.ts";
import type { EventEntry } from "../api/types.ts";
import { count } from "../shell/format.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { VirtualRows, type Column } from "../items/virtual-rows.tsx";
import type { PaneProps } from "../run/run-page.tsx";
import { useSelection } from "../run/selection.ts";

export function EventsList({ runId, live, revision }: PaneProps): ReactElement {
  const { call, item, at, choose } = useSelection();
  const place = call === undefined ? runId : item === undefined ? `${runId}.${call}` : `${runId}.${call}.${item}`;
  // The log does not change backwards: looking at an earlier event asks for nothing anew.
  const events = useEvents(
    runId,
    { place },
    revision.startsWith("at ") ? "past" : live.connection === "ended" ? "end" : revision,
  );
  const rows = useMemo(() => events.data?.pages.flatMap((page) => page.events) ?? [], [events.data]);
  const start = rows[0] ? Date.parse(rows[0].time) : 0;
  const chosen = at === undefined ? -1 : rows.findIndex((row) => row.seq === at);
  const columns = useMemo(
    (): readonly Column<EventEntry>[] => [
      { name: "seq", width: "58px", isNumber: true, cell: (row) => count(row.seq) },
      {
        name: "after",
        width: "78px",
        isNumber: true,
        cell: (row) => `+${((Date.parse(row.time) - start) / 1_000).toFixed(3)}`,
      },
      { name: "event", width: "126px", cell: (row) => <code className={classOf(row.type)}>{row.type}</code> },
      { name: "what", width: "minmax(120px, 1fr)", cell: (row) => <code className="soft">{said(row)}</code> },
    ],
    [start],
  );
  if (events.error) return <Refusal error={events.error} />;
  return (
    <div className="list">
      <VirtualRows
        label="Events"
        rows={rows}
        columns={columns}
        keyOf={(row) => String(row.seq)}
        chosen={chosen}
        onChoose={(row) => choose({ at: row.seq }, "move")}
        {...(events.hasNextPage && !events.isFetchingNextPage ? { more: () => void events.fetchNextPage() } : {})}
        empty={<Nothing>{events.isPending ? "Loading" : "No event names this place."}</Nothing>}
      />
    </div>
  );
}

function classOf(type: string): string {
  if (/failed|diverged/.test(type)) return "event-failed";
  if (/retrying|cancel|superseded/.test(type)) return "event-warn";
  return type.startsWith("run.") ? "event-run" : "";
}

function said({ event, value }: EventEntry): string {
  const { type: _type, at: _at, ...fields } = event as unknown as Record<string, unknown>;
  const parts: string[] = [];
  if ("call" in fields) parts.push(`call ${String(fields["call"])}`);
  if ("node" in fields) parts.push(String(fields["node"]));
  if ("item" in fields) parts.push(`item ${String(fields["item"])}`);
  if ("items" in fields) parts.push(`items ${String(fields["items"])}`);
  if ("ms" in fields) parts.push(`${String(fields["ms"])} ms`);
  if ("status" in fields) parts.push(String(fields["status"]));
  const { error } = fields as { readonly error?: { readonly code: string; readonly message: string } };
  if (error) parts.push(`${error.code} ${error.message}`);
  if (value !== undefined) parts.push(`= ${value}`);
  return parts.length > 0 ? parts.join("  ") : JSON.stringify(fields);
}
