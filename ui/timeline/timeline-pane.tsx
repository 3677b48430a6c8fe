/**
 * When everything ran: a waterfall by node and slot.
 *
 * R1. The wheel zooms at the pointer, dragging moves, a double click shows the whole; a click chooses item and call.
 * R2. Dragging with Shift chooses a stretch of time: the lists show what happened in it.
 * R3. Of a chosen item that a child run stands for, that run is told below, on the same clock.
 * R4. A run that goes on is asked again every second or every few, and its axis goes on to now; one that has ended never.
 */
import { useMemo, useState, type ReactElement, type ReactNode } from "react";
import type { Timeline } from "../../src/model/timeline.ts";
import { sliceOf } from "../band/marks.ts";
import { useItem } from "../api/queries.ts";
import { useProfile } from "../api/profile.ts";
import { useChildTimeline, useTimeline, useWaits } from "../api/run-parts.ts";
import type { PaneProps } from "../run/run-page.tsx";
import { useSelection } from "../run/selection.ts";
import { counted, duration } from "../shell/format.ts";
import { useKeys } from "../shell/keys.ts";
import { Nothing, Pane, Refusal } from "../shell/pane.tsx";
import type { ShownRow } from "./draw.ts";
import { stretchesOf } from "./critical.ts";
import { useGrowing } from "./growing.ts";
import { lanesBy, type Lanes } from "./lanes.ts";
import type { Range } from "./scale.ts";
import { onAxis, squeeze, unsqueezed } from "./squeeze.ts";
import { Waterfall } from "./waterfall.tsx";
import "./timeline.css";

const IDLE_KEY = "workgraph.timeline.idle";
const LANES_KEY = "workgraph.timeline.lanes";
const PATH_KEY = "workgraph.timeline.path";

export function TimelinePane(props: PaneProps & { readonly tabs: ReactNode }): ReactElement {
  const { runId, live } = props;
  const timeline = useTimeline(runId, live);
  const waits = useWaits(runId, live).data;
  const [range, setRange] = useState<Range | undefined>();
  const [idle, setIdle] = useState(() => localStorage.getItem(IDLE_KEY) ?? "shown");
  const [lanes, setLanes] = useState<Lanes>(() => (localStorage.getItem(LANES_KEY) === "items" ? "items" : "slots"));
  const [pathShown, setPathShown] = useState(() => localStorage.getItem(PATH_KEY) ?? "hidden");
  const profile = useProfile(runId, live, pathShown === "shown").query.data;
  const { at, from, choose } = useSelection();
  const told = useGrowing(waits ?? timeline.data, live);
  const withChild = useWithChild(props, told);
  const axis = useMemo(
    () => withChild && (idle === "squeezed" ? squeeze(withChild) : unsqueezed(withChild)),
    [withChild, idle],
  );
  const data = useMemo(() => withChild && axis && lanesBy(onAxis(withChild, axis), lanes), [withChild, axis, lanes]);
  const path = useMemo(
    () =>
      pathShown === "shown" && profile && axis ? stretchesOf(profile.criticalPath.parts, runId, axis.place) : undefined,
    [pathShown, profile, axis, runId],
  );
  const attempts = timeline.data?.rows.reduce((sum, row) => sum + row.attempts, 0) ?? 0;
  const changeIdle = (): void => {
    const next = idle === "squeezed" ? "shown" : "squeezed";
    localStorage.setItem(IDLE_KEY, next);
    setRange(undefined);
    setIdle(next);
  };
  const changeLanes = (): void => {
    const next = lanes === "slots" ? "items" : "slots";
    localStorage.setItem(LANES_KEY, next);
    setLanes(next);
  };
  const changePath = (): void => {
    const next = pathShown === "shown" ? "hidden" : "shown";
    localStorage.setItem(PATH_KEY, next);
    setPathShown(next);
  };
  useKeys([
    { keys: "v", says: "a lane per slot, or per item", group: "Time", run: changeLanes },
    { keys: "c", says: "critical path, shown or hidden", group: "Time", run: changePath },
  ]);
  useKeys([{ keys: "i", says: "idle time, squeezed or as it was", group: "Time", run: changeIdle }]);
  return (
    <Pane
      label="Timeline"
      title={props.tabs}
      said={
        told &&
        `${duration(told.endMs)} · ${counted(attempts, "attempt")}${told.rows.some((row) => row.buckets) ? " · large nodes as counts" : ""}${axis && axis.gaps.length > 0 ? ` · ${counted(axis.gaps.length, "gap")} squeezed` : ""}`
      }
      tools={
        <>
          {range && axis && (
            <button
              className="button quiet small"
              onClick={() =>
                choose({ from: Math.floor(axis.back(range.fromMs)), to: Math.ceil(axis.back(range.toMs)) })
              }
            >
              lists of this time
            </button>
          )}
          {from !== undefined && (
            <button className="button quiet small" onClick={() => choose({ from: undefined, to: undefined })}>
              lists of all times
            </button>
          )}
          {range && (
            <button className="button quiet small" onClick={() => setRange(undefined)}>
              whole run
            </button>
          )}
          <button
            className="button quiet small"
            aria-pressed={lanes === "items"}
            title="A lane for each item, in place of one for each slot"
            onClick={changeLanes}
          >
            items <kbd>v</kbd>
          </button>
          <button
            className="button quiet small"
            aria-pressed={pathShown === "shown"}
            title="What the end of the run waited for"
            onClick={changePath}
          >
            critical <kbd>c</kbd>
          </button>
          <button
            className="button quiet small"
            aria-pressed={idle === "squeezed"}
            title="Time in which nothing ran, squeezed"
            onClick={changeIdle}
          >
            idle <kbd>i</kbd>
          </button>
        </>
      }
    >
      {timeline.error ? (
        <Refusal error={timeline.error} />
      ) : !data || !axis || data.rows.length === 0 ? (
        <Nothing>{timeline.isPending ? "Loading" : "Nothing has started so far."}</Nothing>
      ) : (
        <Waterfall
          data={data}
          axis={axis}
          lanes={lanes}
          path={path}
          range={range}
          onRange={setRange}
          atMs={at === undefined ? undefined : axis.place((sliceOf(data.band, at) + 1) * data.band.ms)}
        />
      )}
    </Pane>
  );
}

/** R3. */
function useWithChild({ runId, live, revision }: PaneProps, timeline: Timeline | undefined): Timeline | undefined {
  const { call, item } = useSelection();
  const isChild = call !== undefined && item !== undefined && live.view.calls[call - 1]?.kind === "subgraph";
  const detail = useItem(
    isChild ? `${runId}.${call}.${item}` : undefined,
    live.connection === "ended" ? "end" : revision,
  );
  const childRun = isChild ? detail.data?.child?.runId : undefined;
  const child = useChildTimeline(childRun).data;
  return useMemo(() => {
    if (!timeline || !child || childRun === undefined || call === undefined) return timeline;
    const offset = child.startedAt - timeline.startedAt;
    const rows = timeline.rows.flatMap((row): ShownRow[] => [
      row,
      ...(row.calls.includes(call)
        ? child.rows.flatMap((inner): ShownRow[] =>
            inner.spans
              ? [
                  {
                    ...inner,
                    childRun,
                    spans: {
                      ...inner.spans,
                      startMs: inner.spans.startMs.map((ms) => ms + offset),
                      endMs: inner.spans.endMs.map((ms) => ms + offset),
                      ...(inner.spans.readyMs ? { readyMs: inner.spans.readyMs.map((ms) => ms + offset) } : {}),
                    },
                  },
                ]
              : [],
          )
        : []),
    ]);
    return { ...timeline, endMs: Math.max(timeline.endMs, child.endMs + offset), rows };
  }, [timeline, child, childRun, call]);
}
