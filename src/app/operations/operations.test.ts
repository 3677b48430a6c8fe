import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openMemoryStore } from "../../store/memory/memory-store.ts";
import { openSqliteStore } from "../../store/sqlite/sqlite-store.ts";
import type { Store } from "../../store/store.ts";
import { AT, createRun, demoEnd, demoEvents, DEMO_LOGS, recordDemo, recordFailure } from "../fixtures/recorded-run.ts";
import { findProject } from "../project.ts";
import type { Workspace } from "../workspace.ts";
import { cancelRun } from "./cancel-run.ts";
import { listErrors } from "./list-errors.ts";
import { listEvents } from "./list-events.ts";
import { itemStatuses, listItems } from "./list-items.ts";
import { readView } from "./read-view.ts";
import { followLogs, listLogs } from "./list-logs.ts";
import { listRuns } from "./list-runs.ts";
import { listVersions } from "./list-versions.ts";
import { readGraph } from "./read-graph.ts";
import { readOutput } from "./read-output.ts";
import { readSource } from "./read-source.ts";
import { showItem } from "./show-item.ts";
import { showCall, showRun } from "./show-run.ts";
import { waitRun } from "./wait-run.ts";
import { watchRun, type RunFrame } from "./watch-run.ts";

const RUN = "01JD7AAAAAAAAAAAAAAAAAAAAA";
const FAILED = "01JD7BBBBBBBBBBBBBBBBBBBBB";
const OPEN = "01JD7CCCCCCCCCCCCCCCCCCCCC";

describe.each(["memory", "sqlite"])("over a %s store", (kind) => {
  let folder: string;
  let store: Store;
  let workspace: Workspace;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "workgraph-operations-"));
    store = kind === "memory" ? openMemoryStore() : await openSqliteStore({ dir: join(folder, "data") });
    workspace = { project: await findProject({ from: folder }), store, close: () => store.close() };
    await recordDemo(store, RUN);
    await recordFailure(store, FAILED);
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("runs are listed newest first, filtered and paged", async () => {
    const first = await listRuns(workspace, { limit: 1 });
    expect(first).toMatchObject({
      total: 2,
      truncated: true,
      cursor: FAILED,
      runs: [{ runId: FAILED, status: "failed" }],
    });
    const second = await listRuns(workspace, { limit: 1, cursor: FAILED });
    expect(second.runs).toMatchObject([
      { runId: RUN, status: "completed_partial", counts: { completed: 6, failed: 1 }, durationMs: 1_000 },
    ]);
    expect(second.truncated).toBe(false);
    expect((await listRuns(workspace, { workflow: "broken" })).runs.map((run) => run.runId)).toEqual([FAILED]);
    await expect(listRuns(workspace, { limit: 0 })).rejects.toMatchObject({ code: "WG5050" });
  });

  test("a run shows its calls, errors, input and output", async () => {
    const shown = await showRun(workspace, { run: RUN });
    expect(shown.callList.map(({ node, status, items }) => [node, status, items])).toEqual([
      ["list", "completed", { completed: 1 }],
      ["fetch", "partial", { completed: 4, failed: 1 }],
      ["report", "completed", { completed: 1 }],
    ]);
    expect(shown.errors).toMatchObject([{ address: `${RUN}.2.2`, node: "fetch", final: true }]);
    expect(shown.input).toBe('{"query":"canals"}');
    expect(shown.output).toContain('"pages":"4"');
  });

  test("a call shows where it was made and what it was given", async () => {
    expect(await showCall(workspace, { run: `${RUN}.2` })).toMatchObject({
      address: `${RUN}.2`,
      node: "fetch",
      site: { file: "flow.ts", line: 32 },
      inputs: { url: { from: "call", call: 1 } },
    });
    await expect(showCall(workspace, { run: `${RUN}.9` })).rejects.toMatchObject({ code: "WG5041" });
  });

  test("items are paged, filtered by status and node, and carry error or value", async () => {
    const page = await listItems(workspace, { run: RUN, limit: 3 });
    expect(page.items.map((item) => item.address)).toEqual([`${RUN}.1.0`, `${RUN}.2.0`, `${RUN}.2.1`]);
    expect(page).toMatchObject({ total: 7, truncated: true, cursor: "2.1" });
    const rest = await listItems(workspace, { run: RUN, cursor: page.cursor! });
    expect(rest.items.map((item) => item.address)).toEqual([`${RUN}.2.2`, `${RUN}.2.3`, `${RUN}.2.4`, `${RUN}.3.0`]);
    const failed = await listItems(workspace, { run: RUN, status: ["failed"] });
    expect(failed.items).toMatchObject([{ node: "fetch", attempts: 1, error: { code: "WG2001" } }]);
    const fetched = await listItems(workspace, { run: RUN, node: "fetch", values: "preview", limit: 2 });
    expect(fetched).toMatchObject({
      total: 5,
      items: [
        { attempts: 1, value: '{"page":"zero","words":3}' },
        { attempts: 2, value: '{"page":"one","words":2}' },
      ],
    });
  });

  test("items at an event are those that the run had then: as many of each status as its events fold to", async () => {
    const { seq } = (await readView(workspace, { run: RUN })).view;
    // Back and forth: what was read for one event serves a later one, and no earlier one.
    const order = Array.from({ length: seq }, (_, i) => i + 1).toSorted((a, b) => ((a * 7) % 11) - ((b * 7) % 11));
    for (const at of order) {
      const { view } = await readView(workspace, { run: RUN, at });
      const { items } = await listItems(workspace, { run: RUN, at, values: "preview", limit: 1_000 });
      const counts = Object.fromEntries(
        [...Map.groupBy(items, ({ status }) => status)].map(([of, all]) => [of, all.length]),
      );
      expect(counts, `at ${at}`).toEqual(view.counts);
      for (const { status, value, error } of items) {
        expect(value !== undefined, `at ${at}`).toBe(status === "completed" || status === "reused");
        expect(error !== undefined, `at ${at}`).toBe(status === "failed" || status === "retrying");
      }
    }
    expect(await listItems(workspace, { run: RUN, at: seq })).toEqual(await listItems(workspace, { run: RUN }));
    await expect(listItems(workspace, { run: RUN, at: seq + 1 })).rejects.toMatchObject({ code: "WG5056" });
  });

  test("unknown nodes and statuses name the nearest", async () => {
    await expect(listItems(workspace, { run: RUN, node: "fetsh" })).rejects.toMatchObject({
      hint: 'Did you mean "fetch"?',
    });
    expect(() => itemStatuses(["complete"])).toThrow(expect.objectContaining({ hint: 'Did you mean "completed"?' }));
  });

  test("a cursor of another list is refused", async () => {
    await expect(listItems(workspace, { run: RUN, cursor: "x" })).rejects.toMatchObject({ code: "WG5050" });
  });

  test("an item shows result, failed attempts and log", async () => {
    expect(await showItem(workspace, { item: `${RUN}.2.1` })).toMatchObject({
      node: "fetch",
      attempts: 2,
      value: { page: "one", words: 2 },
      errors: [{ attempt: 1, final: false }],
      inputs: [{ param: "url", node: "list", how: "item" }],
    });
    expect((await showItem(workspace, { item: `${RUN}.2.0` })).logs).toMatchObject([
      { text: "fetching", fields: { bytes: 10 } },
    ]);
    expect(await showItem(workspace, { item: `${RUN}.1.0` })).toMatchObject({
      size: 5,
      inputs: [{ param: "query", value: "canals" }],
    });
    await expect(showItem(workspace, { item: `${RUN}.2.99` })).rejects.toMatchObject({ code: "WG5041" });
  });

  test("errors are the final ones, or all", async () => {
    expect((await listErrors(workspace, { run: RUN })).errors).toHaveLength(1);
    const all = await listErrors(workspace, { run: RUN, attempts: "all", limit: 1 });
    expect(all).toMatchObject({ truncated: true, errors: [{ address: `${RUN}.2.1`, final: false }] });
    const next = await listErrors(workspace, { run: RUN, attempts: "all", cursor: all.cursor! });
    expect(next).toMatchObject({ truncated: false, errors: [{ address: `${RUN}.2.2`, final: true }] });
    expect((await listErrors(workspace, { run: FAILED })).errors).toMatchObject([{ message: "nothing works" }]);
  });

  test("events are paged, filtered by type and by what they name", async () => {
    const page = await listEvents(workspace, { run: RUN, limit: 2 });
    expect(page.events.map((event) => event.seq)).toEqual([1, 2]);
    expect((await listEvents(workspace, { run: RUN, cursor: page.cursor! })).events[0]?.seq).toBe(3);
    const failures = await listEvents(workspace, { run: RUN, types: ["item.failed"] });
    expect(failures.events.map((event) => event.type)).toEqual(["item.failed"]);
    const ofItem = await listEvents(workspace, { run: `${RUN}.2.2` });
    expect(ofItem.events.map((event) => event.type)).toEqual(["items.started", "item.failed"]);
  });

  test("logs are read by run, item and level", async () => {
    expect((await listLogs(workspace, { run: RUN })).lines.map((line) => [line.node, line.text])).toEqual([
      ["fetch", "fetching"],
      ["fetch", "gone"],
    ]);
    expect((await listLogs(workspace, { run: `${RUN}.2.2` })).lines).toHaveLength(1);
    expect((await listLogs(workspace, { run: RUN, levels: ["error"] })).lines).toHaveLength(1);
  });

  test("following the log of an ended run gives it and ends", async () => {
    const texts: string[] = [];
    for await (const line of followLogs(workspace, { run: RUN })) texts.push(line.text);
    expect(texts).toEqual(["fetching", "gone"]);
  });

  test("the output is plain JSON, and a run without one says what to do", async () => {
    expect((await readOutput(workspace, { run: RUN })).output).toEqual({
      title: "canals",
      when: "2026-01-02T03:04:05.000Z",
      pages: "4",
    });
    await expect(readOutput(workspace, { run: FAILED })).rejects.toMatchObject({ code: "WG5044" });
  });

  test("the graph has calls with items and edges with kinds", async () => {
    const graph = await readGraph(workspace, { run: RUN });
    expect(graph.calls).toMatchObject([
      { id: 1, node: "list", items: { total: 1 } },
      { id: 2, node: "fetch", site: { line: 32 }, items: { total: 5, completed: 4, failed: 1 } },
      { id: 3, node: "report" },
    ]);
    expect(graph.edges).toEqual([
      { from: 1, to: 2, kind: "solid", param: "url" },
      { from: 2, to: 3, kind: "solid", param: "pages" },
    ]);
    expect((await readGraph(workspace, { run: RUN, shape: "folded" })).folded).toBe(true);
  });

  test("versions group runs by the code that ran", async () => {
    const { versions } = await listVersions(workspace);
    expect(versions.map(({ workflow, runs, statuses }) => [workflow, runs, statuses])).toEqual([
      ["broken", 1, { failed: 1 }],
      ["demo", 1, { completed_partial: 1 }],
    ]);
    await expect(listVersions(workspace, { workflow: "dmeo" })).rejects.toMatchObject({ hint: 'Did you mean "demo"?' });
  });

  test("a run whose code was in no file says that it kept none", async () => {
    await expect(readSource(workspace, { run: RUN })).rejects.toMatchObject({ code: "WG5045" });
  });

  test("waiting answers at once for an ended run, and gives up after its time", async () => {
    expect((await waitRun(workspace, { run: FAILED })).status).toBe("failed");
    await createRun(store, OPEN);
    await store.acquire(OPEN);
    await expect(waitRun(workspace, { run: OPEN, timeoutMs: 20 })).rejects.toMatchObject({ code: "WG5043" });
  });

  test("watching shows an ended run once, with all of it", async () => {
    const frames: RunFrame[] = [];
    for await (const frame of watchRun(workspace, { run: RUN, everyMs: 1 })) frames.push(frame);
    expect(frames.at(-1)).toMatchObject({
      status: "completed_partial",
      final: true,
      view: { counts: { completed: 6, failed: 1 } },
    });
  });

  test("watching follows a run to its end", async () => {
    await createRun(store, OPEN);
    const { epoch, seq } = await store.acquire(OPEN);
    const begin = demoEvents(epoch);
    await store.append({ runId: OPEN, epoch, expectedSeq: seq, events: begin, logs: DEMO_LOGS });
    const frames: RunFrame[] = [];
    for await (const frame of watchRun(workspace, { run: OPEN, everyMs: 1 })) {
      frames.push(frame);
      if (
        frame.view.seq === seq + begin.length &&
        frames.filter((known) => known.view.seq === frame.view.seq).length === 1
      ) {
        await store.append({ runId: OPEN, epoch, expectedSeq: seq + begin.length, events: demoEnd() });
      }
    }
    expect(frames.slice(0, -1).every((frame) => frame.status === "running" && !frame.final)).toBe(true);
    expect(frames.at(-1)).toMatchObject({
      status: "completed_partial",
      final: true,
      view: { logged: "completed_partial" },
    });
  });

  test("watching can be left", async () => {
    await createRun(store, OPEN);
    await store.acquire(OPEN);
    const stop = new AbortController();
    let frames = 0;
    for await (const frame of watchRun(workspace, { run: OPEN, everyMs: 1, signal: stop.signal })) {
      frames++;
      if (frame.final) break;
      stop.abort();
    }
    expect(frames).toBeGreaterThan(0);
  });

  test("nothing is in flight in a run that nobody runs: it waits, wherever it is read", async () => {
    await createRun(store, OPEN);
    const { epoch, seq } = await store.acquire(OPEN);
    const begin = demoEvents(epoch).slice(0, 5);
    const events = [...begin, { event: { type: "items.started", at: AT, call: 2, items: [3, 4] } } as const];
    await store.append({ runId: OPEN, epoch, expectedSeq: seq, events });
    expect((await listItems(workspace, { run: OPEN, status: ["running"] })).items).toHaveLength(3);
    await store.release(OPEN, epoch);

    const shown = await showRun(workspace, { run: OPEN });
    expect(shown).toMatchObject({ status: "interrupted", counts: { waiting: 3 } });
    expect(shown.callList.map(({ status }) => status)).not.toContain("running");
    expect(JSON.stringify(await readGraph(workspace, { run: OPEN }))).not.toContain("running");
    expect((await listItems(workspace, { run: OPEN, status: ["running"] })).items).toEqual([]);
    const waiting = await listItems(workspace, { run: OPEN, status: ["waiting"] });
    expect(waiting.items.map(({ address, status }) => [address, status])).toEqual([
      [`${OPEN}.1.0`, "waiting"],
      [`${OPEN}.2.3`, "waiting"],
      [`${OPEN}.2.4`, "waiting"],
    ]);
    for await (const { status, view } of watchRun(workspace, { run: OPEN, everyMs: 1 })) {
      expect([status, view.counts.running, view.counts.waiting]).toEqual(["interrupted", undefined, 3]);
    }
  });

  test("watching after a place waits for what comes, though the run had ended there", async () => {
    const row = await store.run(FAILED);
    const { epoch, seq } = await store.acquire(FAILED);
    const frames: RunFrame[] = [];
    const watching = (async () => {
      for await (const frame of watchRun(workspace, { run: FAILED, everyMs: 1, after: row!.seq })) frames.push(frame);
    })();
    const at = { at: AT + 5_000 };
    const goOn = { ...at, type: "run.resumed", epoch, owner: "o", reason: "explicit", reopened: [] } as const;
    await store.append({ runId: FAILED, epoch, expectedSeq: seq, events: [{ event: goOn }] });
    await store.append({
      runId: FAILED,
      epoch,
      expectedSeq: seq + 1,
      events: [{ event: { ...at, type: "run.completed", partial: false }, value: "null" }],
    });
    await watching;
    expect(frames.at(-1)).toMatchObject({ status: "completed", final: true, before: { seq, logged: "failed" } });
    expect(frames.every(({ view }) => view.seq > seq)).toBe(true);
  });

  test("cancelling leaves a command for the owner, and nothing for an ended run", async () => {
    const caller = { kind: "cli", id: "ada" };
    expect((await cancelRun(workspace, { run: RUN, caller })).cancel).toBe("ended");
    await createRun(store, OPEN);
    await store.acquire(OPEN);
    expect((await cancelRun(workspace, { run: OPEN, caller, reason: "wrong" })).cancel).toBe("asked");
    expect(await store.takeCommands([OPEN])).toMatchObject([
      { kind: "cancel", by: "cli:ada", args: { reason: "wrong" } },
    ]);
  });
});
