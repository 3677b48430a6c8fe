import picocolors from "picocolors";
import { describe, expect, test } from "vitest";
import type { RunFrame } from "../app/operations/watch-run.ts";
import type { RunEvent } from "../model/events.ts";
import { foldAll } from "../model/fold.ts";
import { EMPTY_VIEW, type RunView } from "../model/view.ts";
import { liveLines, Rates } from "./live-lines.ts";
import { cut, oneLine, printable, widthOf } from "./text-width.ts";

const plain = picocolors.createColors(false);

function created(call: number, node: string): RunEvent {
  return {
    type: "call.created",
    at: 0,
    call,
    kind: "node",
    node,
    identity: node,
    segment: 0,
    inputs: call === 1 ? { x: { from: "list", list: -1, how: "item", size: 10 } } : {},
    edges: [],
    space: [],
    many: false,
  };
}

function viewOf(events: readonly RunEvent[]): RunView {
  const all: RunEvent[] = [
    {
      type: "run.created",
      at: 0,
      schema: 1,
      workflow: "speeches",
      version: "v",
      tags: {},
      caller: { kind: "cli", id: "a" },
    },
    { type: "run.started", at: 0, epoch: 1, owner: "o", seed: "s", clock: 0 },
    ...events,
  ];
  return foldAll(
    EMPTY_VIEW,
    all.map((event, index) => ({ seq: index + 1, event })),
  );
}

const completed = (item: number): RunEvent => ({
  type: "item.completed",
  at: 1,
  call: 1,
  item,
  attempt: 1,
  from: "running",
  to: "completed",
  ms: 1,
});

const half = viewOf([
  created(1, "scrape_page"),
  { type: "items.started", at: 1, call: 1, items: [0, 1, 2, 3, 4, 5, 6, 7] },
  ...[0, 1, 2, 3, 4].map(completed),
]);

function lines(
  view: RunView,
  extra: { readonly columns?: number; readonly rows?: number; readonly rates?: Rates } = {},
): readonly string[] {
  const frame: RunFrame = { runId: "01JD7AAAAAAAAAAAAAAAAAAAAA", status: "running", view, final: false };
  return liveLines(frame, { columns: 100, rows: 24, rates: new Rates(), nowMs: 12_300, colors: plain, ...extra });
}

describe("a frame", () => {
  test("has the run with its time and a line per node with bar, count and slots", () => {
    expect(lines(half)).toEqual([
      "speeches  01JD7AAAAAAAAAAAAAAAAAAAAA  running  12.3s",
      "  scrape_page  ██████████░░░░░░░░░░  5/10  3 running",
    ]);
  });

  test("has the rate of the last seconds", () => {
    const rates = new Rates();
    rates.add(viewOf([created(1, "scrape_page")]), 0);
    rates.add(half, 2_000);
    expect(lines(half, { rates })[1]).toContain("  2.5/s  3 running");
  });

  test.each([20, 30, 45, 69, 70, 200])("is nowhere wider than %i columns", (columns) => {
    const wide = viewOf([created(1, "n".repeat(64)), ...[0, 1, 2].map(completed)]);
    for (const line of [...lines(half, { columns }), ...lines(wide, { columns })]) {
      expect(widthOf(line)).toBeLessThan(columns);
    }
  });

  test("has no more lines than the terminal, and says how many nodes are missing", () => {
    const many = viewOf(Array.from({ length: 50 }, (_, index) => created(index + 1, `node_${index}`)));
    const shown = lines(many, { rows: 10 });
    expect(shown.length).toBeLessThan(10);
    expect(shown.at(-1)).toContain("more nodes");
  });
});

describe("text on a terminal", () => {
  test("loses what moves the cursor or hides a line, and keeps newlines", () => {
    expect(printable("a\u001b[2Jb\r\nc\u202ed")).toBe("a␛[2Jb\nc\ufffdd");
    expect(oneLine("a\nb\t c")).toBe("a b c");
  });

  test("counts wide characters as two columns", () => {
    expect(widthOf("日本")).toBe(4);
    expect(widthOf("e\u0301")).toBe(1);
    expect(widthOf("🙂")).toBe(2);
    expect(cut("日本語", 4)).toBe("日…");
    expect(widthOf(cut("日本語", 5))).toBeLessThanOrEqual(5);
  });
});
