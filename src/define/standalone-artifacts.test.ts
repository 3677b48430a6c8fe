import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, expectTypeOf, test } from "vitest";
import type { ArtifactFolder, ArtifactRef } from "../model/ctx.ts";
import type { Item, Items } from "../model/handle.ts";
import { node } from "./node.ts";

const write = node({ id: "write" }, async ({ text }: { text: string }, ctx) => {
  const dir = await ctx.artifact("page", { kind: "page", labels: ["x"] });
  await dir.write("deep/text.txt", text);
  await dir.writeJson("data.json", { text });
  return dir;
});

test("outside a run a node writes to a real folder, which its own ctx opens again", async () => {
  const dir = await write.run({ text: "hello" });
  expect(readFileSync(join(dir.path, "deep/text.txt"), "utf8")).toBe("hello");
  expect(readFileSync(join(dir.path, "data.json"), "utf8")).toBe('{\n  "text": "hello"\n}\n');
  rmSync(dirname(dir.path), { recursive: true });

  const both = node({ id: "both" }, async (_: object, ctx) => {
    const made = await ctx.artifact("page", { kind: "page" });
    const opened = await ctx.openArtifact(made.ref);
    return { made, opened, bySelector: await ctx.openArtifact(made.ref.selector) };
  });
  const { made, opened, bySelector } = await both.run({});
  expect([opened.path, bySelector.path]).toEqual([made.path, made.path]);
  expect(opened.manifest).toMatchObject({ name: "page", kind: "page", producer: { node: "both" } });
  rmSync(dirname(made.path), { recursive: true });
});

test("what is not its own is opened where a test says what it is", async () => {
  const read = node({ id: "read" }, async (_: object, ctx) => (await ctx.openArtifact("flow/page@latest")).path);
  await expect(read.run({})).rejects.toMatchObject({ code: "WG5110" });
  const given = { openArtifact: async () => ({ path: "/there", ref: {} as ArtifactRef, manifest: {} as never }) };
  expect(await read.run({}, given)).toBe("/there");
});

test("names and paths are refused as in a run", async () => {
  const tried = (name: string, file: string): Promise<unknown> =>
    node({ id: "tries" }, async (_: object, ctx) => {
      const dir = await ctx.artifact(name);
      try {
        await dir.write(file, "x");
      } finally {
        rmSync(dirname(dir.path), { recursive: true });
      }
    }).run({});
  await expect(tried("../x", "a")).rejects.toMatchObject({ code: "WG5100" });
  await expect(tried("x", "../a")).rejects.toMatchObject({ code: "WG5102" });
  expect(existsSync("a")).toBe(false);
});

test("types say what arrives of a returned folder: its reference, also one level down and in lists", () => {
  const inside = node({ id: "inside" }, async (_: object, ctx) => ({ at: await ctx.artifact("x"), n: 1 }));
  const many = node({ id: "many", out: "many" }, async (_: object, ctx) => [await ctx.artifact("x")]);
  const plain = node({ id: "plain" }, () => ({ when: new Date(), list: [1] }));
  // Types only: outside a workflow function nothing of it may be called.
  const calls = () => ({ write: write({ text: "x" }), inside: inside(), many: many(), plain: plain() });
  type Calls = ReturnType<typeof calls>;
  expectTypeOf<Calls["write"]>().toEqualTypeOf<Item<ArtifactRef>>();
  expectTypeOf<Calls["inside"]>().toEqualTypeOf<Item<{ at: ArtifactRef; n: number }>>();
  expectTypeOf<Calls["many"]>().toEqualTypeOf<Items<ArtifactRef>>();
  expectTypeOf<Calls["plain"]>().toEqualTypeOf<Item<{ when: Date; list: number[] }>>();
  expectTypeOf<Awaited<ReturnType<typeof write.run>>>().toEqualTypeOf<ArtifactFolder>();
});
