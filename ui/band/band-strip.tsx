/**
 * The navigation band: the whole run at a glance, and the handle that moves through it.
 *
 * R1. Dragging looks at the run as it stood at that event: graph, counters and items follow. At the right end it is now again.
 * R2. With Shift a stretch of time is chosen instead: lists show what happened in it.
 * R3. It is a slider for those who do not drag: arrows go by events, Page keys by slices, Home to the first event, End to now.
 */
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactElement } from "react";
import { useTimeline } from "../api/run-parts.ts";
import type { PaneProps } from "../run/run-page.tsx";
import { useSelection } from "../run/selection.ts";
import { count, counted, duration } from "../shell/format.ts";
import { useColoring } from "../shell/settings.ts";
import { useGrowing } from "../timeline/growing.ts";
import { useHits } from "./hits.ts";
import { drawBand, LAYERS, sliceOf } from "./marks.ts";
import "./band.css";

const HIDDEN_KEY = "workgraph.band.hidden";
const PAGE_SLICES = 20;

export function BandStrip(props: PaneProps): ReactElement {
  const { runId, live } = props;
  const timeline = useGrowing(useTimeline(runId, live).data, live);
  const band = timeline?.band;
  const hits = useHits(props, timeline);
  const { at, from, to, choose } = useSelection();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [hidden, setHidden] = useState(readHidden);
  const [told, setTold] = useState<{ readonly text: string; readonly x: number } | undefined>();
  const drag = useRef<{ readonly kind: "at" | "range"; readonly fromMs: number } | undefined>(undefined);
  const coloring = useColoring();
  const last = live.view.seq;
  const range = useMemo(
    (): readonly [number, number] | undefined => (from === undefined || to === undefined ? undefined : [from, to]),
    [from, to],
  );

  useEffect(() => {
    const element = canvas.current!;
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (!band || size.width === 0) return;
    const element = canvas.current!;
    const frame = requestAnimationFrame(() => {
      const ratio = window.devicePixelRatio;
      if (element.width !== size.width * ratio) element.width = size.width * ratio;
      if (element.height !== size.height * ratio) element.height = size.height * ratio;
      const context = element.getContext("2d")!;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      const shown = hits.filter(({ layer }) => !hidden.has(layer));
      drawBand(context, {
        band,
        ...size,
        hidden,
        range,
        hits: shown,
        at: at === undefined ? undefined : sliceOf(band, at),
      });
    });
    return () => cancelAnimationFrame(frame);
  }, [band, size, hidden, hits, at, range, coloring]);

  const go = (seq: number): void => choose({ at: seq >= last ? undefined : Math.max(1, Math.round(seq)) }, "move");
  const toggle = (layer: string): void => {
    const next = new Set(hidden);
    if (!next.delete(layer)) next.add(layer);
    setHidden(next);
    localStorage.setItem(HIDDEN_KEY, JSON.stringify([...next]));
  };
  const slices = band?.seq.length ?? 1;
  const sliceAt = (event: PointerEvent): number => {
    const box = canvas.current!.getBoundingClientRect();
    return Math.max(0, Math.min(slices - 1, Math.floor(((event.clientX - box.left) / box.width) * slices)));
  };
  const onMove = (event: PointerEvent): void => {
    if (!band) return;
    const slice = sliceAt(event);
    const box = canvas.current!.getBoundingClientRect();
    const ended = band.completed[slice]! + band.reused[slice]! + band.failed[slice]!;
    setTold({
      x: Math.min(event.clientX - box.left + 10, box.width - 250),
      text: `${duration((slice + 1) * band.ms)} · event ${count(band.seq[slice]!)} · ${counted(ended, "item")} ended`,
    });
    if (drag.current?.kind === "at") go(slice === slices - 1 ? last : band.seq[slice]!);
    if (drag.current?.kind === "range") {
      const here = slice * band.ms;
      const { fromMs } = drag.current;
      choose({ from: Math.floor(Math.min(fromMs, here)), to: Math.ceil(Math.max(fromMs, here) + band.ms) }, "move");
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!band) return;
    const here = at ?? last;
    const by = (slicesBy: number): number =>
      band.seq[Math.max(0, Math.min(slices - 1, sliceOf(band, here) + slicesBy))]!;
    const target = (
      {
        ArrowLeft: here - 1,
        ArrowRight: here + 1,
        PageUp: by(PAGE_SLICES),
        PageDown: by(-PAGE_SLICES),
        Home: 1,
        End: last,
      } as Readonly<Record<string, number>>
    )[event.key];
    if (target === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    go(target);
  };
  return (
    <section className="band" aria-label="Navigation">
      <div className="band-strip">
        <canvas
          ref={canvas}
          role="slider"
          tabIndex={0}
          aria-label="Event at which the run is looked at"
          aria-valuemin={1}
          aria-valuemax={Math.max(1, last)}
          aria-valuenow={at ?? Math.max(1, last)}
          aria-valuetext={at === undefined ? "now" : `event ${at} of ${last}`}
          onKeyDown={onKeyDown}
          onPointerDown={(event) => {
            if (!band) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            drag.current = { kind: event.shiftKey ? "range" : "at", fromMs: sliceAt(event) * band.ms };
            onMove(event);
          }}
          onPointerMove={onMove}
          onPointerUp={() => (drag.current = undefined)}
          onPointerLeave={() => setTold(undefined)}
          onDoubleClick={() => choose({ at: undefined, from: undefined, to: undefined })}
        />
        {told && (
          <div className="band-tip" style={{ left: Math.max(0, told.x) }}>
            {told.text}
          </div>
        )}
      </div>
      <div className="band-layers" role="group" aria-label="Layers of the band">
        {LAYERS.map(({ layer, text, color }) => (
          <button key={layer} aria-pressed={!hidden.has(layer)} onClick={() => toggle(layer)}>
            <i style={{ background: `var(${color})` }} aria-hidden />
            {text} {band ? count(band[layer].reduce((sum, one) => sum + one, 0)) : ""}
          </button>
        ))}
        {hits.map(({ layer, text, color, total }) => (
          <button key={layer} aria-pressed={!hidden.has(layer)} onClick={() => toggle(layer)}>
            <i style={{ background: `var(${color})` }} aria-hidden />
            {text} {count(total)}
          </button>
        ))}
      </div>
    </section>
  );
}

function readHidden(): ReadonlySet<string> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(HIDDEN_KEY) ?? "[]");
    return new Set(Array.isArray(kept) ? kept.map(String) : []);
  } catch {
    return new Set();
  }
}
