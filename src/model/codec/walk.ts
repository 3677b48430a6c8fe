/**
 * Where the writer is inside a value: the containers it has entered and where it went on from each.
 *
 * Own: paths, depth, the size bound, finding circles. Left to write.ts and builtins.ts: the text.
 */
import { CodecError } from "./codec-error.ts";
import { MAX_DEPTH, MAX_TEXT_UNITS } from "./limits.ts";
import { stringify } from "./primordials.ts";

/** A property name, an index, or a place inside a Map, Set or Error, already spelled out. */
export type Segment = string | number | { readonly spelled: string };

const HERE: Segment = { spelled: "" };
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const LONGEST_NAME = 80;

/** What becomes of the stacks of errors. */
export type Stacks = "keep" | "drop";

export interface Walk {
  readonly stacks: Stacks;
  /** Containers entered, outermost first; `segments[i]` says where it went on from `containers[i]`. */
  readonly containers: object[];
  readonly segments: Segment[];
  depth: number;
  unitsLeft: number;
}

export const newWalk = (stacks: Stacks): Walk => ({
  stacks,
  containers: [],
  segments: [],
  depth: 0,
  unitsLeft: MAX_TEXT_UNITS,
});

export const pathOf = (walk: Walk, depth: number = walk.depth): string => {
  let path = "$";
  for (let i = 0; i < depth; i++) path += segmentText(walk.segments[i] as Segment);
  return path;
};

const segmentText = (segment: Segment): string => {
  if (typeof segment === "number") return `[${segment}]`;
  if (typeof segment === "object") return segment.spelled;
  return IDENTIFIER.test(segment) ? `.${shorten(segment)}` : `[${stringify(shorten(segment))}]`;
};

export const shorten = (name: string): string =>
  name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}...` : name;

export const fail = (walk: Walk, reason: string): never => {
  throw new CodecError(pathOf(walk), reason);
};

export const enter = (walk: Walk, container: object): void => {
  for (let i = 0; i < walk.depth; i++) {
    if (walk.containers[i] === container) {
      fail(
        walk,
        `is a circular reference back to "${pathOf(walk, i)}"; return a tree, with ids in place of references`,
      );
    }
  }
  if (walk.depth >= MAX_DEPTH) {
    fail(walk, `is nested deeper than ${MAX_DEPTH} levels; return a flatter value, such as a list with parent ids`);
  }
  walk.containers[walk.depth] = container;
  walk.segments[walk.depth] = HERE;
  walk.depth += 1;
};

export const leave = (walk: Walk): void => {
  walk.depth -= 1;
};

/** Where the next value is read from; set before reading, so that a throwing getter is named. */
export const at = (walk: Walk, segment: Segment): void => {
  walk.segments[walk.depth - 1] = segment;
};

export const spend = (walk: Walk, units: number): void => {
  walk.unitsLeft -= units;
  if (walk.unitsLeft < 0) {
    fail(walk, `takes the text above ${MAX_TEXT_UNITS} characters; write large data to a file and return its path`);
  }
};
