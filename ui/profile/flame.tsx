/**
 * Work by the tree of calls: a frame is as wide as what was worked in it and below it.
 *
 * R1. A click, or Enter, zooms a frame to the whole width; of the widest frame it goes back out. It also chooses the call of a node.
 * R2. Arrows go along the tree: up and down between what contains and is contained, left and right among neighbours.
 */
import { useRef, type KeyboardEvent, type ReactElement } from "react";
import type { FlameFrame } from "../../src/model/flame.ts";
import type { RunView } from "../../src/model/view.ts";
import { useSelection } from "../run/selection.ts";
import { counted, duration } from "../shell/format.ts";
import { flameLayout, type FlameBox } from "./flame-layout.ts";

/** Between names of a path in the address; no name of a workflow or a node has it. */
const SLASH = "/";
const ROW_PX = 21;

export function FlameView({ root, run }: { readonly root: FlameFrame; readonly run: RunView }): ReactElement {
  const { frame: zoomed = root.name, choose } = useSelection();
  const { boxes, depth, leftOut } = flameLayout(root, zoomed.split(SLASH));
  const box = useRef<HTMLDivElement>(null);
  const open = ({ path, frame }: FlameBox): void => {
    const key = path.join(SLASH);
    const out = path.slice(0, -1).join(SLASH);
    const to = key !== zoomed ? key : out;
    const call = path.length === 2 ? run.calls.find(({ node }) => node === frame.name)?.call : undefined;
    choose({
      frame: to === root.name || to === "" ? undefined : to,
      ...(call === undefined || key === zoomed ? {} : { call, item: undefined }),
    });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = Number((event.target as HTMLElement).dataset["index"]);
    const here = boxes[at];
    const to = here && neighbour(boxes, here, event.key);
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    box.current?.querySelector<HTMLElement>(`[data-index="${boxes.indexOf(to)}"]`)?.focus();
  };
  return (
    <div className="flame" role="group" aria-label="Work by the tree of calls" ref={box} onKeyDown={onKeyDown}>
      <div style={{ height: depth * ROW_PX + 2, position: "relative" }}>
        {boxes.map((one, i) => (
          <button
            key={one.path.join(SLASH)}
            data-index={i}
            className={`frame ${one.frame.kind}`}
            style={{
              left: `${100 * one.left}%`,
              width: `calc(${100 * one.width}% - 1px)`,
              top: one.depth * ROW_PX,
              height: ROW_PX - 1,
              ["--heat" as string]: `${Math.round(8 + 34 * (root.totalMs === 0 ? 0 : one.frame.selfMs / root.totalMs))}%`,
            }}
            title={titleOf(one, root)}
            onClick={() => open(one)}
          >
            <span className="cut">{one.width > 0.04 ? one.frame.name : ""}</span>
            {one.width > 0.16 && <span className="faint cut">{duration(one.frame.totalMs)}</span>}
          </button>
        ))}
      </div>
      <p className="faint">
        Width is work: time in attempts, and what ran at the same time counts each.
        {leftOut > 0 && ` ${counted(leftOut, "frame")} too narrow to draw: zoom in.`}
      </p>
    </div>
  );
}

function titleOf({ frame, path }: FlameBox, root: FlameFrame): string {
  const share = root.totalMs === 0 ? 0 : (100 * frame.totalMs) / root.totalMs;
  const what = frame.kind === "run" ? counted(frame.count, "run") : counted(frame.count, "item");
  return `${path.join(" › ")}\n${duration(frame.totalMs)} (${share.toFixed(1)} %), self ${duration(frame.selfMs) || "0 ms"}, ${what}`;
}

/** R2. */
function neighbour(boxes: readonly FlameBox[], here: FlameBox, key: string): FlameBox | undefined {
  const isBelow = (one: FlameBox, above: FlameBox): boolean =>
    one.depth === above.depth + 1 && above.path.every((name, i) => one.path[i] === name);
  const row = boxes.filter(({ depth }) => depth === here.depth);
  switch (key) {
    case "ArrowUp":
      return boxes.find((one) => isBelow(here, one));
    case "ArrowDown":
      return boxes.find((one) => isBelow(one, here));
    case "ArrowLeft":
      return row[row.indexOf(here) - 1];
    case "ArrowRight":
      return row[row.indexOf(here) + 1];
    default:
      return undefined;
  }
}
