/**
 * When everything ran: a waterfall by node and slot.
 *
 * R1. The wheel zooms at the pointer, dragging moves, a double click shows the whole; a click chooses item and call.
 * R2. A run that goes on is asked again a few times a second; one that has ended never.
 */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState, type PointerEvent, type ReactElement, type WheelEvent } from "react";
import { SPAN_OUTCOMES, type Timeline } from "../../src/model/timeline.ts";
import { get } from "../api/client.ts";
import type { PaneProps } from "../run/run-page.tsx";
import { useSelection } from "../run/selection.ts";
import { count, counted, duration } from "../shell/format.ts";
import { useKeys } from "../shell/keys.ts";
import { Nothing, Pane, Refusal } from "../shell/pane.tsx";
import { useSettings } from "../shell/settings.ts";
import { draw, LABEL_WIDTH, placeRows, readColors, spanAt, type DrawState } from "./draw.ts";
import { moved, toMs, zoomed, type Range } from "./scale.ts";
import "./timeline.css";

export function TimelinePane({ runId, live, view }: PaneProps): ReactElement {
  const ended = live.connection === "ended";
  const slice = ended ? `end ${live.view.seq}` : String(Math.floor(live.heardAt / 1_000));
  const timeline = useQuery({
    queryKey: ["timeline", runId, slice],
    queryFn: ({ signal }) => get<Timeline>(`/api/runs/${runId}/timeline`, {}, signal),
    placeholderData: (known) => known,
    staleTime: Infinity,
  });
  const [range, setRange] = useState<Range | undefined>();
  const data = timeline.data;
  const attempts = data?.rows.reduce((sum, row) => sum + row.attempts, 0) ?? 0;
  return (
    <Pane
      label="Timeline"
      title="Timeline"
      said={
        data &&
        `${duration(data.endMs)} · ${counted(attempts, "attempt")}${data.rows.some((row) => row.buckets) ? " · large nodes as counts" : ""}`
      }
      tools={
        range && (
          <button className="button quiet small" onClick={() => setRange(undefined)}>
            whole run <kbd>0</kbd>
          </button>
        )
      }
    >
      {timeline.error ? (
        <Refusal error={timeline.error} />
      ) : !data || data.rows.length === 0 ? (
        <Nothing>{timeline.isPending ? "Loading" : "Nothing has started so far."}</Nothing>
      ) : (
        <Waterfall data={data} range={range} onRange={setRange} startedAt={view.createdAt} />
      )}
    </Pane>
  );
}

function Waterfall(props: {
  readonly data: Timeline;
  readonly range: Range | undefined;
  readonly onRange: (range: Range | undefined) => void;
  readonly startedAt: number;
}): ReactElement {
  const { data, onRange } = props;
  const whole = useMemo((): Range => ({ fromMs: 0, toMs: Math.max(1, data.endMs * 1.01) }), [data.endMs]);
  const range = props.range ?? whole;
  const { call, item, choose } = useSelection();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [scrollTop, setScrollTop] = useState(0);
  const [told, setTold] = useState<{ readonly text: string; readonly x: number; readonly y: number } | undefined>();
  const drag = useRef<{ x: number; y: number; range: Range; top: number; moved: boolean } | undefined>(undefined);
  const settings = useSettings();
  const { places, height } = useMemo(() => placeRows(data), [data]);
  const colors = useMemo(() => readColors(), [settings.theme]);
  const state: DrawState = useMemo(
    () => ({
      timeline: data,
      places,
      range,
      scrollTop,
      ...size,
      colors,
      chosenCall: call,
      chosenItem: item,
      atMs: undefined,
    }),
    [data, places, range, scrollTop, size, colors, call, item],
  );

  useEffect(() => {
    const element = canvas.current!;
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    const element = canvas.current!;
    if (state.width === 0) return;
    const ratio = window.devicePixelRatio;
    const frame = requestAnimationFrame(() => {
      if (element.width !== state.width * ratio) element.width = state.width * ratio;
      if (element.height !== state.height * ratio) element.height = state.height * ratio;
      const context = element.getContext("2d")!;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      draw(context, state);
    });
    return () => cancelAnimationFrame(frame);
  }, [state]);

  const inner = size.width - LABEL_WIDTH;
  const place = (event: { clientX: number; clientY: number }): { x: number; y: number } => {
    const box = canvas.current!.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const zoom = (factor: number, atMs: number): void => {
    const next = zoomed(range, { factor, atMs, whole });
    onRange(next.toMs - next.fromMs >= whole.toMs * 0.999 ? undefined : next);
  };
  const onWheel = (event: WheelEvent): void => {
    const maxTop = Math.max(0, height - size.height);
    if (event.shiftKey) return onRange(moved(range, (event.deltaY / 800) * (range.toMs - range.fromMs), whole));
    if (event.ctrlKey || event.metaKey || maxTop === 0)
      return zoom(event.deltaY > 0 ? 1.18 : 0.85, toMs(place(event).x - LABEL_WIDTH, range, inner));
    setScrollTop(Math.max(0, Math.min(maxTop, scrollTop + event.deltaY)));
  };
  const onMove = (event: PointerEvent): void => {
    const at = place(event);
    if (drag.current) {
      const { x, y, range: from, top } = drag.current;
      if (Math.abs(at.x - x) + Math.abs(at.y - y) > 3) drag.current.moved = true;
      if (!drag.current.moved) return;
      setTold(undefined);
      if (props.range) onRange(moved(from, ((x - at.x) / inner) * (from.toMs - from.fromMs), whole));
      setScrollTop(Math.max(0, Math.min(Math.max(0, height - size.height), top + y - at.y)));
      return;
    }
    const found = spanAt(state, at);
    if (!found) return setTold(undefined);
    const { row, index } = found;
    const spans = row.spans;
    const text =
      spans && index !== undefined
        ? `${row.node} item ${spans.item[index]} · ${SPAN_OUTCOMES[spans.outcome[index]!]} · ${duration(spans.endMs[index]! - spans.startMs[index]!)}${spans.attempt[index]! > 1 ? ` · attempt ${spans.attempt[index]}` : ""}`
        : `${row.node}: ${counted(row.attempts, "attempt")}${row.lanes > 0 ? ` in ${counted(row.lanes, "slot")}` : ""}`;
    setTold({ text, x: Math.min(at.x + 12, size.width - 260), y: Math.min(at.y + 14, size.height - 30) });
  };
  const onUp = (event: PointerEvent): void => {
    const wasDragged = drag.current?.moved === true;
    drag.current = undefined;
    if (wasDragged) return;
    const found = spanAt(state, place(event));
    if (!found) return;
    const { row, index } = found;
    if (row.spans && index !== undefined) choose({ call: row.spans.call[index]!, item: row.spans.item[index]! });
    else if (row.calls[0] !== undefined) choose({ call: row.calls[0], item: undefined });
  };
  const middle = (range.fromMs + range.toMs) / 2;
  useKeys([
    { keys: "+", says: "closer in time", group: "Time", run: () => zoom(0.7, middle) },
    { keys: "-", says: "further in time", group: "Time", run: () => zoom(1.4, middle) },
    {
      keys: "ArrowLeft",
      says: "earlier",
      group: "Time",
      run: () => onRange(moved(range, -(range.toMs - range.fromMs) / 6, whole)),
    },
    {
      keys: "ArrowRight",
      says: "later",
      group: "Time",
      run: () => onRange(moved(range, (range.toMs - range.fromMs) / 6, whole)),
    },
  ]);
  return (
    <div className="timeline">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Waterfall of ${counted(data.rows.length, "node")}: ${data.rows.map((row) => `${row.node}, ${count(row.attempts)} attempts`).join("; ")}`}
        onWheel={onWheel}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { ...place(event), range, top: scrollTop, moved: false };
        }}
        onPointerMove={onMove}
        onPointerUp={onUp}
        onPointerLeave={() => setTold(undefined)}
        onDoubleClick={() => onRange(undefined)}
      />
      {told && (
        <div className="timeline-tip" style={{ left: told.x, top: told.y }}>
          {told.text}
        </div>
      )}
    </div>
  );
}
