/** A process that dies at each point of publishing, one by one; then a resume. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { node, workflow, type ArtifactRef } from "agentic-workgraph";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ArtifactStore } from "../../src/artifacts/artifact-store.ts";
import { findOrphans, removeOrphans } from "../../src/artifacts/orphans.ts";
import { Place } from "./place.ts";
import { ResumableRun } from "./resumable.ts";

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());

type Point = "draft" | "seal" | "publish";

/** The store of a process that dies after it did that: the answer never comes. */
function dyingAfter(
  point: Point,
  store: ArtifactStore,
): { readonly artifacts: ArtifactStore; readonly died: Promise<void> } {
  const { promise: died, resolve } = Promise.withResolvers<void>();
  const artifacts = new Proxy(store, {
    get: (target, name) => {
      const member = Reflect.get(target, name) as (...given: unknown[]) => unknown;
      if (name !== point) return typeof member === "function" ? member.bind(target) : member;
      return async (...given: unknown[]) => {
        await member.apply(target, given);
        resolve();
        return new Promise(() => undefined);
      };
    },
  });
  return { artifacts, died };
}

let text = "first";
const write = node({ id: "write" }, async ({ n }: { n: number }, ctx) => {
  const dir = await ctx.artifact(`page-${n}`);
  await dir.write("text", `${text} ${n}`);
  return dir;
});
const flow = workflow({ name: "flow" }, () => write({ n: [0, 1] }));

describe.each(["draft", "seal", "publish"] as const)("a process that dies after %s", (point) => {
  test("leaves no half artifact, and a resume publishes each page once", async () => {
    text = "first";
    const { artifacts, died } = dyingAfter(point, place.artifacts());
    const run = await ResumableRun.start(place, flow, { artifacts });
    await died;
    await run.interrupt();
    for await (const found of place.artifacts().list())
      expect((await place.artifacts().verify(found)).problems).toEqual([]);
    const search = { artifacts: place.artifacts(), store: run.store };
    const orphans = await findOrphans(search);
    expect(orphans.map(({ kind }) => kind)).toContain(point === "publish" ? "unrecorded" : "draft");

    text = "second";
    const resumed = await run.resume({ artifacts: place.artifacts() });
    const end = await resumed.end();
    expect(end.status).toBe("completed");
    const refs = JSON.parse(end.output ?? "") as ArtifactRef[];
    expect(refs.map(({ path }) => readFileSync(join(place.dir, path, "text"), "utf8"))).toEqual([
      "second 0",
      "second 1",
    ]);
    const { artifacts: rows } = await run.store.artifacts({ runId: run.runId });
    expect(rows.map(({ name }) => name).sort()).toEqual(["page-0", "page-1"]);
    await removeOrphans(search);
    expect(await findOrphans(search)).toEqual([]);
    expect(place.drafts()).toEqual([]);
    for (const { path } of refs) expect(existsSync(join(place.dir, path, "manifest.json"))).toBe(true);
  });
});

describe("orphans", () => {
  test("of a run that somebody owns are none", async () => {
    const { artifacts, died } = dyingAfter("seal", place.artifacts());
    const run = await ResumableRun.start(place, flow, { artifacts });
    await died;
    expect(await findOrphans({ artifacts: place.artifacts(), store: run.store })).toEqual([]);
    await run.interrupt();
  });

  test("are removed; folders of runs that the history does not know are told and stay", async () => {
    const { artifacts, died } = dyingAfter("publish", place.artifacts());
    const run = await ResumableRun.start(place, flow, { artifacts });
    await died;
    await run.interrupt();
    const other = new Place();
    try {
      const elsewhere = await ResumableRun.start(other, flow);
      await elsewhere.end();
      const search = { artifacts: other.artifacts(), store: run.store };
      expect((await findOrphans(search)).map(({ kind }) => kind)).toEqual(["unknown-run", "unknown-run"]);
      expect(await removeOrphans(search)).toEqual([]);
      expect(other.published("flow", elsewhere.runId)).toEqual(["page-0", "page-1"]);
    } finally {
      await other.remove();
    }
    const search = { artifacts: place.artifacts(), store: run.store };
    expect((await removeOrphans(search)).length).toBeGreaterThan(0);
    expect(place.published("flow", run.runId)).toEqual([]);
  });
});
