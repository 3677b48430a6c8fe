import picocolors from "picocolors";
import { describe, expect, test } from "vitest";
import type { RunFrame } from "../app/operations/watch-run.ts";
import type { RunEvent } from "../model/events.ts";
import { foldAll } from "../model/fold.ts";
import { EMPTY_VIEW, type RunView } from "../model/view.ts";
import { openProgress } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

const RUN = "01JD7AAAAAAAAAAAAAAAAAAAAA";

function terminal(isTerminal: boolean): { readonly terminal: Terminal; readonly written: string[] } {
  const written: string[] = [];
  const err = {
    isTerminal,
    columns: 100,
    rows: 24,
    colors: picocolors.createColors(false),
    write: (text: string) => written.push(text),
    line: (text: string) => written.push(`${text}\n`),
  };
  return { terminal: { err } as unknown as Terminal, written };
}

const failedItem = (item: number): RunEvent => ({
  type: "item.failed",
  at: 5,
  call: 1,
  item,
  attempt: 1,
  from: "running",
  to: "failed",
  ms: 1,
  error: { code: "WG2000", kind: "thrown", name: "Error", message: `bad \u001b[31m${item}` },
});

const completedItem = (call: number, item: number, at = 8): RunEvent => ({
  type: "item.completed",
  at,
  call,
  item,
  attempt: 1,
  from: "running",
  to: "completed",
  ms: 1,
});

const log: readonly RunEvent[] = [
  { type: "run.created", at: 0, schema: 1, workflow: "w", version: "v", tags: {}, caller: { kind: "cli", id: "a" } },
  { type: "run.started", at: 0, epoch: 1, owner: "o", seed: "s", clock: 0 },
  {
    type: "call.created",
    at: 1,
    call: 1,
    kind: "node",
    node: "fetch",
    identity: "i",
    segment: 0,
    inputs: { x: { from: "list", list: -1, how: "item", size: 100 } },
    edges: [],
    space: [-1],
    many: false,
  },
  { type: "items.started", at: 2, call: 1, items: Array.from({ length: 100 }, (_, item) => item) },
  failedItem(0),
  failedItem(1),
  ...Array.from({ length: 98 }, (_, item) => failedItem(item + 2)),
  { type: "call.closed", at: 9, call: 1, status: "failed" },
];

function frame(events: number): RunFrame {
  const view = foldAll(
    EMPTY_VIEW,
    log.slice(0, events).map((event, index) => ({ seq: index + 1, event })),
  );
  return { runId: RUN, status: "running", view, final: events === log.length };
}

describe("on a terminal", () => {
  test("each frame is one write that goes back over the lines of the one before", () => {
    const { terminal: fake, written } = terminal(true);
    const progress = openProgress(fake);
    progress.frame(frame(4));
    progress.frame(frame(4));
    expect(written).toHaveLength(2);
    expect(written[0]).toMatch(/^w {2}/);
    const lines = written[0]!.split("\n").length - 1;
    expect(written[1]!.startsWith(`\u001b[${lines}A\r`)).toBe(true);
  });

  test("an error is said once, above, without the codes in it", () => {
    const { terminal: fake, written } = terminal(true);
    const progress = openProgress(fake);
    progress.frame(frame(5));
    progress.frame(frame(6));
    progress.frame(frame(6));
    const text = written.join("");
    expect(text.match(/x fetch .*bad ␛\[31m0/g)).toHaveLength(1);
    expect(text.match(/x fetch .*bad ␛\[31m1/g)).toHaveLength(1);
    expect(written[1]!.indexOf("bad")).toBeLessThan(written[1]!.indexOf("w  "));
  });

  test("errors that a frame does not hold are counted", () => {
    const { terminal: fake, written } = terminal(true);
    openProgress(fake).frame(frame(log.length - 1));
    expect(written[0]).toContain("x 50 more errors");
  });

  test("what a node prints stands above, line by line", () => {
    const { terminal: fake, written } = terminal(true);
    const progress = openProgress(fake);
    progress.frame(frame(4));
    progress.above("half a ");
    expect(written).toHaveLength(1);
    progress.above("line\nrest");
    expect(written[1]).toContain("half a line\u001b[K\nw  ");
    progress.end();
    expect(written.at(-1)).toContain("rest");
  });
});

test("elsewhere a node's line comes once, when it has finished, without cursor codes", () => {
  const { terminal: fake, written } = terminal(false);
  const progress = openProgress(fake);
  for (const events of [4, 5, 6, log.length, log.length]) progress.frame(frame(events));
  const text = written.join("");
  expect(text).not.toContain("\u001b");
  expect(text.match(/^fetch: 100 failed in 7ms$/gm)).toHaveLength(1);
  expect(text.match(/^run /gm)).toHaveLength(1);
});

describe("of a run that is gone on with", () => {
  const ended: readonly RunEvent[] = [
    ...log.slice(0, 3),
    { ...(log[2] as Extract<RunEvent, { type: "call.created" }>), call: 2, node: "report", identity: "r" },
    { type: "items.started", at: 2, call: 1, items: Array.from({ length: 100 }, (_, item) => item) },
    ...Array.from({ length: 99 }, (_, item) => completedItem(1, item)),
    failedItem(99),
    { type: "call.closed", at: 9, call: 1, status: "partial" },
    { type: "items.skipped", at: 9, call: 2, items: [0], causes: [[1, 99]], code: "WG2003" },
    { type: "call.closed", at: 9, call: 2, status: "skipped" },
    {
      type: "run.failed",
      at: 9,
      error: { code: "WG2001", kind: "thrown", name: "E", message: "m" },
      failures: [[1, 99]],
    },
  ];
  const goneOn: readonly RunEvent[] = [
    ...ended,
    { type: "run.resumed", at: 50, epoch: 2, owner: "o", reason: "explicit", reopened: [[1, 99]] },
    { type: "items.started", at: 51, call: 1, items: [99], attempts: [2] },
    completedItem(1, 99, 58),
    { type: "call.closed", at: 58, call: 1, status: "completed" },
    { type: "items.started", at: 58, call: 2, items: [0] },
    completedItem(2, 0, 59),
    { type: "call.closed", at: 59, call: 2, status: "completed" },
    { type: "run.completed", at: 60, partial: false },
  ];
  const viewOf = (events: readonly RunEvent[]): RunView =>
    foldAll(
      EMPTY_VIEW,
      events.map((event, index) => ({ seq: index + 1, event })),
    );

  test.each([true, false])(
    "says what was there, then only what is new, then what it repaired (terminal: %s)",
    (tty) => {
      const { terminal: fake, written } = terminal(tty);
      const progress = openProgress(fake);
      const before = viewOf(ended);
      const frames = [ended.length + 1, ended.length + 2, goneOn.length];
      for (const events of frames) {
        const final = events === goneOn.length;
        progress.frame({ runId: RUN, status: "running", view: viewOf(goneOn.slice(0, events)), before, final });
      }
      const text = written.join("");
      expect(text.match(/going on with 101 items, 99 recorded/g)).toHaveLength(1);
      expect(text).not.toContain("bad");
      expect(text.match(/repaired: 1 failed of fetch, 1 skipped of report/g)).toHaveLength(1);
      if (tty) return;
      expect(text).toMatch(/^fetch: 100 completed in 15ms$/m);
      expect(text).toMatch(/^report: 1 completed in 1ms$/m);
      expect(text).not.toContain("failed in");
      expect(text).not.toMatch(/^report: 1 skipped/m);
    },
  );

  test("says that there is nothing to go on with when all is recorded", () => {
    const { terminal: fake, written } = terminal(false);
    const view = viewOf(goneOn);
    openProgress(fake).frame({ runId: RUN, status: "completed", view, before: view, final: true });
    expect(written.join("")).toBe(`run ${RUN} w\nnothing to go on with: 101 items, all recorded\n`);
  });
});
