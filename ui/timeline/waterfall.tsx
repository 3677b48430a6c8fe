/** The waterfall itself: what the pointer and the keys do to it. */
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState, type PointerEvent, type ReactElement, type WheelEvent } from "react";
import { SPAN_OUTCOMES, type Timeline } from "../../src/model/timeline.ts";
import { useSelection } from "../run/selection.ts";
import { count, counted, duration } from "../shell/format.ts";
import { useKeys } from "../shell/keys.ts";
import { useColoring } from "../shell/settings.ts";
import type { PathStretch } from "./critical.ts";
import { draw, LABEL_WIDTH, placeRows, readColors, spanAt, type DrawState } from "./draw.ts";
import type { Lanes } from "./lanes.ts";
import { moved, toMs, zoomed, type Range } from "./scale.ts";
import type { Squeezed } from "./squeeze.ts";

export function Waterfall(props: {
  readonly data: Timeline;
  readonly axis: Squeezed;
  readonly lanes: Lanes;
  readonly path: readonly PathStretch[] | undefined;
  readonly range: Range | undefined;
  readonly onRange: (range: Range | undefined) => void;
  readonly atMs: number | undefined;
}): ReactElement {
  const { data, axis, lanes, path, onRange, atMs } = props;
  const navigate = useNavigate();
  const whole = useMemo((): Range => ({ fromMs: 0, toMs: Math.max(1, data.endMs * 1.01) }), [data.endMs]);
  const range = props.range ?? whole;
  const { call, item, from, to, choose } = useSelection();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [scrollTop, setScrollTop] = useState(0);
  const [told, setTold] = useState<{ readonly text: string; readonly x: number; readonly y: number } | undefined>();
  const drag = useRef<
    { x: number; y: number; range: Range; top: number; moved: boolean; kind: "move" | "about" } | undefined
  >(undefined);
  const coloring = useColoring();
  const { places, height } = useMemo(() => placeRows(data, lanes), [data, lanes]);
  const colors = useMemo(() => readColors(), [coloring]);
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
      atMs,
      about: from === undefined || to === undefined ? undefined : { fromMs: axis.place(from), toMs: axis.place(to) },
      path,
      back: axis.back,
    }),
    [data, axis, path, places, range, scrollTop, size, colors, call, item, from, to, atMs],
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
      const { x, y, range: begun, top } = drag.current;
      if (Math.abs(at.x - x) + Math.abs(at.y - y) > 3) drag.current.moved = true;
      if (!drag.current.moved) return;
      setTold(undefined);
      if (drag.current.kind === "about") {
        const ends = [x, at.x].map((pixel) => axis.back(Math.max(0, toMs(pixel - LABEL_WIDTH, range, inner))));
        choose({ from: Math.floor(Math.min(...ends)), to: Math.ceil(Math.max(...ends)) }, "move");
        return;
      }
      if (props.range) onRange(moved(begun, ((x - at.x) / inner) * (begun.toMs - begun.fromMs), whole));
      setScrollTop(Math.max(0, Math.min(Math.max(0, height - size.height), top + y - at.y)));
      return;
    }
    const found = spanAt(state, at);
    if (!found) return setTold(undefined);
    const { row, index } = found;
    const spans = row.spans;
    const queuedMs =
      spans?.readyMs && index !== undefined ? axis.back(spans.startMs[index]!) - axis.back(spans.readyMs[index]!) : 0;
    const text =
      spans && index !== undefined
        ? `${row.node} item ${spans.item[index]} · ${SPAN_OUTCOMES[spans.outcome[index]!]} · ${duration(axis.back(spans.endMs[index]!) - axis.back(spans.startMs[index]!))}${queuedMs > 0.05 ? ` · queued ${duration(queuedMs)}` : ""}${spans.attempt[index]! > 1 ? ` · attempt ${spans.attempt[index]}` : ""}`
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
    if (row.childRun !== undefined) {
      const inside =
        row.spans && index !== undefined ? { call: row.spans.call[index]!, item: row.spans.item[index]! } : {};
      void navigate({ to: "/runs/$runId", params: { runId: row.childRun }, search: inside });
    } else if (row.spans && index !== undefined) choose({ call: row.spans.call[index]!, item: row.spans.item[index]! });
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
          const kind = event.shiftKey ? "about" : "move";
          drag.current = { ...place(event), range, top: scrollTop, moved: false, kind };
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
