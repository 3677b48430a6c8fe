/** The check can say no: each kind of fault, put into what a run recorded, is found in most of the programs that have room for it. */
import { beforeAll, describe, expect, test } from "vitest";
import type { EdgeRecord, RunEvent } from "../../src/model/events.ts";
import { rangesOf } from "../../src/model/ranges.ts";
import type { CallRow, Store } from "../../src/store/store.ts";
import { differences } from "./compare.ts";
import { generateProgram } from "./generate.ts";
import { observedCalls } from "./observed.ts";
import { Oracle } from "./oracle.ts";
import { run, type Recorded } from "./run.ts";

const SEEDS = Array.from({ length: 12 }, (_, i) => i + 1);

type Created = Extract<RunEvent, { type: "call.created" }>;
/** The edges with one fault; undefined where there is no room for it. */
type Fault = (edges: readonly EdgeRecord[], of: Created) => readonly EdgeRecord[] | undefined;

const faults: Readonly<Record<string, Fault>> = {
  "an edge dropped": (edges) => {
    const at = edges.findIndex(({ kind }) => kind === "solid");
    return at < 0 ? undefined : edges.toSpliced(at, 1);
  },
  "an edge added": (edges, { call }) =>
    call === 1 || edges.some(({ from }) => from === 1) ? undefined : [...edges, { from: 1, kind: "solid", param: "x" }],
  "an edge moved to another item": (edges) => {
    const at = edges.findIndex(({ items }) => items !== undefined);
    const edge = edges[at];
    if (edge?.items === undefined) return undefined;
    return edges.with(at, { ...edge, items: edge.items.map(([first, last]) => [first + 1, last + 1] as const) });
  },
  "an edge moved to another call": (edges) => {
    const at = edges.findIndex(({ kind, from }) => kind === "solid" && from > 1);
    const edge = edges[at];
    return edge === undefined ? undefined : edges.with(at, { ...edge, from: edge.from - 1 });
  },
  "an element given to another": (edges) => {
    const at = edges.findIndex(({ elements }) => (elements?.length ?? 0) > 0);
    const edge = edges[at];
    if (edge?.elements === undefined) return undefined;
    return edges.with(at, { ...edge, elements: rangesOf([edge.elements[0]![1] + 1]) });
  },
  "dashed drawn solid": (edges) => {
    const at = edges.findIndex(({ kind }) => kind === "dashed");
    const edge = edges[at];
    return edge === undefined ? undefined : edges.with(at, { ...edge, kind: "solid", param: "x" });
  },
  "solid drawn dashed": (edges) => {
    const at = edges.findIndex(({ kind }) => kind === "solid");
    const edge = edges[at];
    return edge === undefined ? undefined : edges.with(at, { from: edge.from, kind: "dashed" });
  },
  "a dashed edge dropped": (edges) => {
    const at = edges.findIndex(({ kind }) => kind === "dashed");
    return at < 0 ? undefined : edges.toSpliced(at, 1);
  },
  "a change not told": (edges) => {
    const at = edges.findIndex(({ modified }) => modified);
    const edge = edges[at];
    if (edge === undefined) return undefined;
    const { modified: _, ...rest } = edge;
    return edges.with(at, rest);
  },
};

/** The same run, with the fault in its first call that has room for it. */
function withFault(
  recorded: Recorded,
  fault: Fault,
): { readonly recorded: Recorded; readonly isPlanted: () => boolean } {
  let isPlanted = false;
  const planted = (row: CallRow): CallRow => {
    const edges = isPlanted ? undefined : fault(row.event.edges, row.event);
    if (edges === undefined) return row;
    isPlanted = true;
    return { ...row, event: { ...row.event, edges } };
  };
  const calls = recorded.store.calls(recorded.runId).then((rows) => rows.map(planted));
  const store = new Proxy(recorded.store, {
    get(target, key): unknown {
      if (key === "calls") return () => calls;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  }) as Store;
  return { recorded: { ...recorded, store }, isPlanted: () => isPlanted };
}

describe("what is wrong in a graph is found", () => {
  const runs: { readonly seed: number; readonly recorded: Recorded }[] = [];
  beforeAll(async () => {
    for (const seed of SEEDS) runs.push({ seed, recorded: await run(generateProgram(seed)) });
  });

  test.each(Object.entries(faults))("%s", async (_name, fault) => {
    let planted = 0;
    for (const { seed, recorded } of runs) {
      const faulty = withFault(recorded, fault);
      const said = differences(Oracle.of(generateProgram(seed)), await observedCalls(faulty.recorded));
      if (faulty.isPlanted()) planted++;
      expect(said.length > 0, `seed ${seed}`).toBe(faulty.isPlanted());
    }
    expect(planted).toBeGreaterThan(1);
  });
});
