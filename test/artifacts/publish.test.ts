/** What a node publishes, when, and as what it arrives. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { node, workflow, type ArtifactFolder, type ArtifactManifest, type ArtifactRef } from "agentic-workgraph";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { Place } from "./place.ts";
import { ResumableRun } from "./resumable.ts";

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());

const manifestOf = (folder: string): ArtifactManifest =>
  JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as ArtifactManifest;

describe("a returned folder", () => {
  const write = node({ id: "write" }, async ({ text }: { text: string }, ctx) => {
    const dir = await ctx.artifact("page", { kind: "page", labels: ["fresh"] });
    await dir.write("deep/er/text.txt", text);
    await dir.writeJson("data.json", { text });
    return dir;
  });

  test("arrives as a plain reference whose path is relative, and is committed with the result", async () => {
    const seen: ArtifactRef[] = [];
    const read = node({ id: "read" }, ({ page }: { page: ArtifactRef }) => {
      seen.push(page);
      return page.kind;
    });
    const flow = workflow({ name: "flow" }, () => read({ page: write({ text: "hello" }) }));
    const { runId, status } = await place.run(flow, {});
    expect(status).toBe("completed");
    const folder = place.folder("flow", runId, "page");
    const manifest = manifestOf(folder);
    expect(seen).toEqual([
      {
        selector: `flow/page@${runId}`,
        path: `artifacts/flow/${runId}/page`,
        kind: "page",
        sha256: manifest.sha256,
      },
    ]);
    expect(manifest).toMatchObject({
      name: "page",
      labels: ["fresh"],
      partial: false,
      producer: { run: runId, workflow: "flow", node: "write", call: 1, item: 0, attempt: 1 },
    });
    expect(manifest.producer.source?.file).toMatch(/publish\.test\.ts$/);
    expect(JSON.stringify(manifest)).not.toContain(place.dir);
    expect(readFileSync(join(folder, "deep/er/text.txt"), "utf8")).toBe("hello");
    expect(place.drafts()).toEqual([]);
    const events = await place.reading((store) => store.events(runId));
    const types = events.map(({ event }) => event.type);
    expect(types.indexOf("artifact.published")).toBe(types.indexOf("item.completed") - 1);
  });

  test("is a reference inside objects and lists too, and passes the schema of the result as one", async () => {
    const Ref = z.object({ selector: z.string(), path: z.string(), sha256: z.string().length(64) });
    const many = node(
      { id: "many", out: "many", output: z.object({ at: Ref, n: z.number() }) },
      async (_: object, ctx) => {
        const dirs = [await ctx.artifact("one"), await ctx.artifact("two")];
        for (const dir of dirs) await dir.write("x", dir.path);
        return dirs.map((dir, n) => ({ at: dir as unknown as ArtifactRef, n }));
      },
    );
    const end = await place.run(
      workflow({ name: "flow" }, () => many({})),
      {},
    );
    expect(end.output).toMatchObject([
      { at: { selector: `flow/one@${end.runId}` }, n: 0 },
      { at: { selector: `flow/two@${end.runId}` }, n: 1 },
    ]);
  });

  test("says that its producer was given an incomplete set", async () => {
    const maybe = node({ id: "maybe" }, ({ n }: { n: number }) => {
      if (n === 1) throw new Error("no");
      return n;
    });
    const gather = node({ id: "gather", gather: ["all"], onFailed: "drop" }, async (_: { all: number[] }, ctx) =>
      ctx.artifact("set"),
    );
    const end = await place.run(
      workflow({ name: "flow" }, () => gather({ all: maybe({ n: [0, 1, 2] }) })),
      {},
    );
    expect(manifestOf(place.folder("flow", end.runId, "set")).partial).toBe(true);
  });
});

describe("nothing is published", () => {
  const cases: Readonly<Record<string, (dir: ArtifactFolder) => unknown>> = {
    "when the node throws": () => {
      throw new Error("after all");
    },
    "when the result cannot be recorded": () => () => 1,
    "when the folder may not be published": (dir) => {
      symlinkSync("/etc", join(dir.path, "etc"));
      return dir;
    },
  };
  test.each(Object.entries(cases))("%s, and no draft is left", async (_, act) => {
    const write = node({ id: "write" }, async (_: object, ctx): Promise<unknown> => {
      const dir = await ctx.artifact("page");
      await dir.write("x", "x");
      return act(dir);
    });
    const end = await place.run(
      workflow({ name: "flow" }, () => write({})),
      {},
    );
    expect(end.status).toBe("failed");
    expect(place.published("flow", end.runId)).toEqual([]);
    expect(place.drafts()).toEqual([]);
    const { total } = await place.reading((store) => store.artifacts({ runId: end.runId }));
    expect(total).toBe(0);
  });

  test("by an attempt that timed out, however late it returns; the next attempt publishes", async () => {
    let attempts = 0;
    const slow = node({ id: "slow", timeout: 1_000, retries: { max: 1, delay: 0 } }, async (_: object, ctx) => {
      const dir = await ctx.artifact("page");
      await dir.write("attempt", String(ctx.attempt));
      if (++attempts === 1) await sleep(1_200);
      return dir;
    });
    const end = await place.run(
      workflow({ name: "flow" }, () => slow({})),
      {},
    );
    expect(end.status).toBe("completed");
    expect(readFileSync(join(place.folder("flow", end.runId, "page"), "attempt"), "utf8")).toBe("2");
    expect(place.drafts()).toEqual([]);
  });

  test("twice under one name: the second item is told to put its key into it", async () => {
    const write = node({ id: "write" }, async ({ n }: { n: number }, ctx) => ctx.artifact(n === 0 ? "page" : "PAGE"));
    const end = await place.run(
      workflow({ name: "flow" }, () => write({ n: [0, 1] })),
      {},
    );
    expect(end.status).toBe("failed");
    const errors = await place.reading((store) => store.errors(end.runId));
    expect(errors[0]?.error).toMatchObject({ code: "WG5101" });
    expect(errors[0]?.error.message).toContain("one of each name");
    expect(place.published("flow", end.runId)).toHaveLength(1);
  });

  test("over the page of an attempt that took the place of an abandoned one, which ends late", async () => {
    const late = Promise.withResolvers<void>();
    const write = node({ id: "write", timeout: 1_000, retries: { max: 1, delay: 0 } }, async (_: object, ctx) => {
      const dir = await ctx.artifact("page");
      await dir.write("attempt", String(ctx.attempt));
      if (ctx.attempt === 1) await late.promise;
      return dir;
    });
    const again = node({ id: "again" }, async (_: { after: ArtifactRef }, ctx) => {
      late.resolve();
      await sleep(50);
      return ctx.artifact("page");
    });
    const run = await ResumableRun.start(
      place,
      workflow({ name: "flow" }, () => again({ after: write({}) })),
    );
    expect((await run.end()).status).toBe("failed");
    expect((await run.store.errors(run.runId)).map(({ error }) => error.code)).toContain("WG5101");
    expect(readFileSync(join(place.folder("flow", run.runId, "page"), "attempt"), "utf8")).toBe("2");
  });

  test("while a name is free again when its attempt failed", async () => {
    const write = node({ id: "write", concurrency: 1 }, async ({ n }: { n: number }, ctx) => {
      const dir = await ctx.artifact("page");
      if (n === 0) throw new Error("not this one");
      return dir;
    });
    const end = await place.run(
      workflow({ name: "flow" }, async () => (await write({ n: [0, 1] }).settled()).length),
      {},
    );
    expect(end.status).toBe("completed");
    expect(manifestOf(place.folder("flow", end.runId, "page")).producer.item).toBe(1);
  });
});

describe("a folder refuses", () => {
  const tried = async (act: (dir: ArtifactFolder) => unknown): Promise<string | undefined> => {
    let kept: ArtifactFolder | undefined;
    const write = node({ id: "write" }, async (_: object, ctx) => {
      kept = await ctx.artifact("page");
      await act(kept);
      return 1;
    });
    const end = await place.run(
      workflow({ name: "flow" }, () => write({})),
      {},
    );
    const errors = await place.reading((store) => store.errors(end.runId));
    return errors[0]?.error.code;
  };

  test.each(["../out", "/etc/x", "a/../../x", "a\0b", "MANIFEST.json", "con", ""])("to write to %j", async (path) => {
    expect(await tried((dir) => dir.write(path, "x"))).toBe("WG5102");
  });

  test("to write through a link, and makes no folder behind it", async () => {
    mkdirSync(join(place.dir, "outside"));
    const code = await tried((dir) => {
      symlinkSync(join(place.dir, "outside"), join(dir.path, "link"));
      return dir.write("link/sub/x", "x");
    });
    expect(code).toBe("WG5103");
    expect(execFileSync("ls", [join(place.dir, "outside")], { encoding: "utf8" })).toBe("");
    const through = await tried((dir) => {
      writeFileSync(join(place.dir, "file"), "kept");
      symlinkSync(join(place.dir, "file"), join(dir.path, "x"));
      return dir.write("x", "overwritten");
    });
    expect(through).toBe("WG5103");
    expect(readFileSync(join(place.dir, "file"), "utf8")).toBe("kept");
  });

  test("to give its hash before there is one", async () => {
    expect(await tried((dir) => dir.ref.sha256)).toBe("WG5108");
    expect(await tried((dir) => ({ ...dir.ref }))).toBe("WG5108");
  });

  test("names and options that cannot be recorded", async () => {
    const open = (name: string, options?: object): Promise<string | undefined> => {
      const write = node({ id: "write" }, async (_: object, ctx) => (await ctx.artifact(name, options)).path.length);
      return place
        .run(
          workflow({ name: "flow" }, () => write({})),
          {},
        )
        .then(({ runId }) => place.reading(async (store) => (await store.errors(runId))[0]?.error.code));
    };
    expect(await open("../x")).toBe("WG5100");
    expect(await open("x", { labels: ["latest"] })).toBe("WG5107");
    expect(await open("x", { kind: "" })).toBe("WG5107");
    expect(await open("x", { next: { flow: { when: new Date() } } })).toBe("WG5107");
    expect(await open("x", { next: { flow: 1 } })).toBe("WG5107");
    expect(await open("x", { next: { flow: { n: 1 } }, labels: ["a"], kind: "k" })).toBeUndefined();
  });

  test("to be written to after its node has returned", async () => {
    let kept: ArtifactFolder | undefined;
    const write = node({ id: "write" }, async (_: object, ctx) => (kept = await ctx.artifact("page")));
    await place.run(
      workflow({ name: "flow" }, () => write({})),
      {},
    );
    await expect(kept?.write("late", "x")).rejects.toMatchObject({ code: "WG5108" });
  });
});

test("a folder takes bytes, text, and pieces as they come", async () => {
  const write = node({ id: "write" }, async (_: object, ctx) => {
    const dir = await ctx.artifact("page");
    await dir.write("bytes", new Uint8Array([1, 2, 3]));
    await dir.write("text", "ä");
    await dir.write("stream", Readable.from(["a", "b", "c"]));
    await dir.write(
      "generated",
      (async function* () {
        yield "x";
        yield new Uint8Array([0]);
      })(),
    );
    return dir;
  });
  const end = await place.run(
    workflow({ name: "flow" }, () => write({})),
    {},
  );
  const sizes = manifestOf(place.folder("flow", end.runId, "page")).files.map(({ path, sizeBytes }) => [
    path,
    sizeBytes,
  ]);
  expect(sizes).toEqual([
    ["bytes", 3],
    ["generated", 2],
    ["stream", 3],
    ["text", 2],
  ]);
});

test("a generator publishes at its end, and cannot yield a folder it still writes to", async () => {
  const stream = node({ id: "stream" }, async function* (_: object, ctx) {
    const dir = await ctx.artifact("all");
    for (let n = 0; n < 3; n++) {
      await dir.write(`${n}`, `${n}`);
      yield n;
    }
  });
  const end = await place.run(
    workflow({ name: "flow" }, () => stream({})),
    {},
  );
  expect(end.status).toBe("completed");
  expect(manifestOf(place.folder("flow", end.runId, "all")).files).toHaveLength(3);
  const yields = node({ id: "yields" }, async function* (_: object, ctx) {
    yield (await ctx.artifact("all")).ref;
  });
  const failed = await place.run(
    workflow({ name: "flow" }, () => yields({})),
    {},
  );
  expect(failed.status).toBe("failed");
  expect(JSON.stringify(await place.reading((store) => store.errors(failed.runId)))).toContain("WG5108");
});

test("a secret in what a manifest would say publishes nothing", async () => {
  process.env["ARTIFACT_SECRET"] = "sesame-open-up";
  const write = node({ id: "write" }, async (_: object, ctx) =>
    ctx.artifact("page", { next: { flow: { key: ctx.secret("ARTIFACT_SECRET") } } }),
  );
  const end = await place.run(
    workflow({ name: "flow" }, () => write({})),
    {},
  );
  delete process.env["ARTIFACT_SECRET"];
  expect(JSON.stringify(await place.reading((store) => store.errors(end.runId)))).toContain("WG2012");
  expect(place.published("flow", end.runId)).toEqual([]);
});
