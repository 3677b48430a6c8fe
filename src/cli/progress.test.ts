import picocolors from "picocolors";
import { describe, expect, test } from "vitest";
import type { RunFrame } from "../app/operations/watch-run.ts";
import type { RunEvent } from "../model/events.ts";
import { foldAll } from "../model/fold.ts";
import { EMPTY_VIEW } from "../model/view.ts";
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
