/** What all runs recorded, as it is asked for: words, and errors by their reason. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AppendedEvent } from "../../model/events.ts";
import { AT, callCreated, hold, itemCompleted, newRun, runCompleted } from "../../store/held-run.contract.ts";
import { openMemoryStore } from "../../store/memory/memory-store.ts";
import type { Store } from "../../store/store.ts";
import type { Workspace } from "../workspace.ts";
import { errorGroups } from "./error-groups.ts";
import { listRuns } from "./list-runs.ts";
import { indexFor, search } from "./search.ts";

let store: Store;
let workspace: Workspace;
beforeEach(() => {
  store = openMemoryStore();
  workspace = { store, project: undefined as never, close: () => store.close() };
});
afterEach(() => store.close());

function failed(item: number, message: string, at: number): AppendedEvent {
  const error = { code: "WG2002", kind: "thrown", name: "Error", message, node: "fetch" } as const;
  const event = { type: "item.failed", at, call: 1, item, attempt: 1, from: "running", to: "failed", ms: 3, error };
  return { event: event as never };
}

/** Three runs of two versions. */
async function fill(): Promise<void> {
  for (const [n, version] of ["v1", "v1", "v2"].entries()) {
    const held = await hold(store, newRun(`r${n}`, { version, createdAt: AT + n * 1_000 }));
    const reason = failed(0, `no page "${n}" after ${n} ms`, AT + n * 1_000);
    await held.append([callCreated(1), reason, itemCompleted(1, 1, '"a page of words"'), runCompleted]);
  }
}

describe("words", () => {
  test("are found with the version and the address of what has them", async () => {
    await fill();
    expect(await indexFor(workspace, 1_000)).toEqual({ events: 0, lines: 0, more: false });
    const page = await search(workspace, { text: "page", limit: 4 });
    expect(page).toMatchObject({ truncated: true, lag: { events: 0, lines: 0 } });
    expect(page.hits.map(({ kind, address, version }) => [kind, address, version])).toEqual([
      ["error", "r2.1.0", "v2"],
      ["error", "r1.1.0", "v1"],
      ["error", "r0.1.0", "v1"],
      ["value", "r2.1.1", "v2"],
    ]);
    const rest = await search(workspace, { text: "page", cursor: page.cursor! });
    expect(rest.hits.map(({ address }) => address)).toEqual(["r1.1.1", "r0.1.1"]);
    expect(rest).toMatchObject({ truncated: false });
  });

  test("are looked for in one run, one workflow, one kind of record", async () => {
    await fill();
    const found = async (more: object): Promise<string[]> =>
      (await search(workspace, { text: "page", ...more })).hits.map(({ address }) => address);
    expect(await found({ run: "r1" })).toEqual(["r1.1.0", "r1.1.1"]);
    expect(await found({ kinds: ["value"], run: "r1" })).toEqual(["r1.1.1"]);
    expect(await found({ workflow: "other" })).toEqual([]);
  });

  test("of a run that there is not are an error", async () => {
    await expect(search(workspace, { text: "page", run: "none" })).rejects.toMatchObject({ code: "WG5001" });
  });
});

describe("groups of errors", () => {
  test("tell which versions had them, and when", async () => {
    await fill();
    const { groups, total } = await errorGroups(workspace);
    expect(total).toBe(1);
    expect(groups).toMatchObject([
      {
        code: "WG2002",
        node: "fetch",
        message: 'no page "2" after 2 ms',
        firstSeen: new Date(AT).toISOString(),
        lastSeen: new Date(AT + 2_000).toISOString(),
        count: 3,
        runs: 3,
        versions: [
          { version: "v2", runs: 1 },
          { version: "v1", runs: 2 },
        ],
        last: { runId: "r2", address: "r2.1.0" },
      },
    ]);
    expect((await errorGroups(workspace, { version: "v3" })).groups).toEqual([]);
    expect((await errorGroups(workspace, { since: new Date(AT + 2_001).toISOString() })).groups).toEqual([]);
  });

  test("go on where a page ended", async () => {
    const held = await hold(store, newRun("r1"));
    const words = ["apple", "pear", "plum"];
    await held.append([callCreated(1), ...words.map((word, n) => failed(n, word, AT + n))]);
    const first = await errorGroups(workspace, { limit: 2 });
    expect(first.groups.map(({ message }) => message)).toEqual(["plum", "pear"]);
    const second = await errorGroups(workspace, { limit: 2, cursor: first.cursor! });
    expect(second.groups.map(({ message }) => message)).toEqual(["apple"]);
    expect(second.truncated).toBe(false);
    await expect(errorGroups(workspace, { cursor: "nowhere" })).rejects.toMatchObject({ code: "WG5050" });
  });
});

test("runs are listed by when they were made", async () => {
  await fill();
  const ids = async (input: object): Promise<string[]> =>
    (await listRuns(workspace, input)).runs.map(({ runId }) => runId);
  const second = new Date(AT + 1_000).toISOString();
  expect(await ids({ from: second })).toEqual(["r2", "r1"]);
  expect(await ids({ to: second })).toEqual(["r0"]);
  expect(await ids({ text: "page" })).toEqual(["r2", "r1", "r0"]);
  expect(await ids({ text: "page", version: "v1", limit: 1 })).toEqual(["r1"]);
  expect(await ids({ minMs: 1 })).toEqual([]);
  await expect(listRuns(workspace, { from: "soon" })).rejects.toMatchObject({ code: "WG5050" });
});
