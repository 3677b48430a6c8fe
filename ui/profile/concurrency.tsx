/**
 * Attempts in flight over the time of the run.
 *
 * R1. Dragging chooses a stretch of time, as in the timeline: the lists show what happened in it.
 */
import { useRef, useState, type PointerEvent, type ReactElement } from "react";
import type { Profile } from "../../src/model/profile.ts";
import { useSelection } from "../run/selection.ts";
import { duration } from "../shell/format.ts";

export function ConcurrencyView({ data }: { readonly data: Profile }): ReactElement {
  const { ms, active } = data.concurrency;
  const { from, to, choose } = useSelection();
  const box = useRef<HTMLDivElement>(null);
  const begun = useRef<number | undefined>(undefined);
  const [told, setTold] = useState<number | undefined>();
  const most = Math.max(1, ...active);
  const peak = Math.ceil(most);
  const slice = (event: PointerEvent): number => {
    const { left, width } = box.current!.getBoundingClientRect();
    return Math.max(0, Math.min(active.length - 1, Math.floor(((event.clientX - left) / width) * active.length)));
  };
  const onMove = (event: PointerEvent): void => {
    const here = slice(event);
    setTold(here);
    if (begun.current === undefined) return;
    const [first, last] = [Math.min(begun.current, here), Math.max(begun.current, here)];
    choose({ from: Math.floor(first * ms), to: Math.ceil((last + 1) * ms) }, "move");
  };
  const whole = Math.max(1, ms * active.length);
  const mean = active.reduce((sum, one) => sum + one, 0) / Math.max(1, active.length);
  return (
    <div className="concurrency">
      <p className="soft">
        {told === undefined
          ? `${mean.toFixed(1)} attempts in flight on average, ${most.toFixed(most < 10 ? 1 : 0)} at most in a slice of ${duration(ms)}`
          : `at ${duration(told * ms) || "0 ms"}: ${active[told]!.toFixed(1)} in flight`}
      </p>
      <div
        className="concurrency-area"
        ref={box}
        role="img"
        aria-label={`Attempts in flight over time: ${mean.toFixed(1)} on average, ${most.toFixed(1)} at most`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          begun.current = slice(event);
        }}
        onPointerMove={onMove}
        onPointerUp={() => (begun.current = undefined)}
        onPointerLeave={() => setTold(undefined)}
        onDoubleClick={() => choose({ from: undefined, to: undefined })}
      >
        <svg viewBox={`0 0 ${active.length} ${peak}`} preserveAspectRatio="none" aria-hidden>
          <path d={areaOf(active, peak)} fill="var(--s-completed)" />
          {told !== undefined && <rect x={told} y={0} width={1} height={peak} fill="var(--ink)" opacity={0.35} />}
          {from !== undefined && to !== undefined && (
            <rect
              x={(from / whole) * active.length}
              y={0}
              width={Math.max(0.5, ((to - from) / whole) * active.length)}
              height={peak}
              fill="var(--accent)"
              opacity={0.2}
            />
          )}
        </svg>
        <span className="concurrency-peak faint">{peak}</span>
      </div>
      <p className="concurrency-axis faint">
        <span>0</span>
        <span>{duration(whole / 2)}</span>
        <span>{duration(whole)}</span>
      </p>
    </div>
  );
}

function areaOf(active: readonly number[], peak: number): string {
  const tops = active.map((value, i) => `L${i} ${peak - value}L${i + 1} ${peak - value}`).join("");
  return `M0 ${peak}${tops}L${active.length} ${peak}Z`;
}
