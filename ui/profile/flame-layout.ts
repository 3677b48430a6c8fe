/**
 * From the tree of frames to boxes: what is zoomed is as wide as the pane, and what it stands below is above it.
 *
 * R1. Boxes narrower than MIN_SHARE are left out, and counted: nobody could read or hit them.
 */
import type { FlameFrame } from "../../src/model/flame.ts";

/** Share of the width. */
const MIN_SHARE = 0.002;

export interface FlameBox {
  readonly frame: FlameFrame;
  /** Names from the root to it. */
  readonly path: readonly string[];
  readonly depth: number;
  /** Shares of the width, 0 to 1. */
  readonly left: number;
  readonly width: number;
}

export interface FlameLayout {
  readonly boxes: readonly FlameBox[];
  readonly depth: number;
  readonly leftOut: number;
}

/** @param zoom names from the root to the frame that fills the width; what is not there is left out of it */
export function flameLayout(root: FlameFrame, zoom: readonly string[]): FlameLayout {
  const boxes: FlameBox[] = [];
  let depth = 0;
  let leftOut = 0;
  const place = (box: FlameBox): void => {
    depth = Math.max(depth, box.depth + 1);
    boxes.push(box);
    let left = box.left;
    for (const child of box.frame.children) {
      const width = box.frame.totalMs === 0 ? 0 : box.width * (child.totalMs / box.frame.totalMs);
      if (width >= MIN_SHARE)
        place({ frame: child, path: [...box.path, child.name], depth: box.depth + 1, left, width });
      else leftOut++;
      left += width;
    }
  };
  let frame = root;
  let path: readonly string[] = [root.name];
  let at = 0;
  for (const name of zoom.slice(1)) {
    const below = frame.children.find((child) => child.name === name);
    if (!below) break;
    boxes.push({ frame, path, depth: at++, left: 0, width: 1 });
    frame = below;
    path = [...path, name];
  }
  place({ frame, path, depth: at, left: 0, width: 1 });
  return { boxes, depth, leftOut };
}
