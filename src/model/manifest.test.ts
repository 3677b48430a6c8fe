import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { manifestText, readManifest, selectorOf, type ArtifactManifest } from "./manifest.ts";

const HASH = "0".repeat(64);
const manifest: ArtifactManifest = {
  schema: 1,
  name: "dataset",
  kind: "dataset",
  labels: ["nightly"],
  sha256: HASH,
  sizeBytes: 3,
  createdAt: "2026-01-02T03:04:05.678Z",
  partial: false,
  producer: { run: "01RUN", workflow: "prep", version: HASH, node: "write", call: 1, item: 0, attempt: 1 },
  inputs: [{ asked: "a/b", selector: "a/b@01X", sha256: HASH }],
  nextInputs: { train: { dataset: "prep/dataset@01RUN" } },
  files: [
    { path: "a", sizeBytes: 1, mediaType: "text/plain", sha256: HASH },
    { path: "b/c", sizeBytes: 2, mediaType: "text/plain", sha256: HASH },
  ],
};

const published = z.fromJSONSchema(
  JSON.parse(readFileSync(new URL("../../docs/manifest.schema.json", import.meta.url), "utf8")) as never,
);

test("a manifest is read back as it was written, one line a file", () => {
  const text = manifestText(manifest);
  expect(readManifest(text)).toEqual({ ok: true, manifest });
  expect(text.split("\n").filter((line) => line.includes('"path"'))).toHaveLength(2);
  const empty = { ...manifest, files: [], sizeBytes: 0 };
  expect(readManifest(manifestText(empty))).toEqual({ ok: true, manifest: empty });
  expect(selectorOf(manifest)).toBe("prep/dataset@01RUN");
});

test("members of a later version are left alone", () => {
  expect(readManifest(JSON.stringify({ ...manifest, colour: "red" })).ok).toBe(true);
  expect(published.safeParse({ ...manifest, colour: "red" }).success).toBe(true);
});

const file = (path: string): object => ({ path, sizeBytes: 3, mediaType: "x", sha256: HASH });

/** What both the reader and the published schema refuse. */
const BROKEN: readonly (readonly [string, object])[] = [
  ["another schema", { schema: 2 }],
  ["a name with a slash", { name: "a/b" }],
  ["no name", { name: undefined }],
  ["a label that is no name", { labels: ["a b"] }],
  ["labels that are no list", { labels: "x" }],
  ["a hash that is none", { sha256: "x" }],
  ["a negative size", { sizeBytes: -1 }],
  ["no producer", { producer: undefined }],
  ["a run that leads away", { producer: { ...manifest.producer, run: "../x" } }],
  ["a workflow that leads away", { producer: { ...manifest.producer, workflow: ".." } }],
  ["an item that is no number", { producer: { ...manifest.producer, item: "0" } }],
  ["an input without a hash", { inputs: [{ asked: "x", selector: "y" }] }],
  ["next inputs that are no objects", { nextInputs: { train: [] } }],
  ["partial that is a text", { partial: "no" }],
  ["files that are no list", { files: {} }],
  ["a file without a hash", { files: [{ path: "a", sizeBytes: 3, mediaType: "x" }] }],
];

describe("refused, by the reader and by the published schema:", () => {
  test.each(BROKEN)("%s", (_, change) => {
    const text = JSON.stringify({ ...manifest, ...change });
    expect(readManifest(text).ok).toBe(false);
    expect(published.safeParse(JSON.parse(text)).success).toBe(false);
  });
});

describe("refused by the reader, with the reason:", () => {
  test.each([
    ["a path that leaves", { files: [file("../x")], sizeBytes: 3 }, '".."'],
    ["an absolute path", { files: [file("/etc/passwd")], sizeBytes: 3 }, "absolute"],
    ["twins", { files: [file("a"), file("A")], sizeBytes: 6 }, "twice"],
    ["itself as a file", { files: [file("manifest.json")], sizeBytes: 3 }, "twice"],
    ["sizes that do not add up", { sizeBytes: 4 }, "its files have 3"],
    ["a time that is none", { createdAt: "yesterday" }, "no time"],
    ["a label that selectors use", { labels: ["latest"] }, "newest run"],
  ])("%s", (_, change, reason) => {
    const read = readManifest(JSON.stringify({ ...manifest, ...change }));
    expect(read).toMatchObject({ ok: false, reason: expect.stringContaining(reason) as unknown });
  });

  test("what is no JSON", () => {
    expect(readManifest("{")).toMatchObject({ ok: false });
    expect(readManifest("null")).toMatchObject({ ok: false });
  });
});
