import { describe, expect, test } from "vitest";
import { sha256Hex } from "../base/hash.ts";
import type { BlobStore } from "../store/store.ts";
import { TempProject } from "../../test/versions/temp-project.ts";
import { SAMPLE, WORKFLOW_FILE } from "../../test/versions/sample-project.ts";
import { bundleWorkflow } from "./bundle.ts";
import type { Bundle } from "./bundle.ts";
import { loadVersion, storeVersion } from "./stored-version.ts";

class Blobs implements BlobStore {
  readonly kept: Map<string, Uint8Array> = new Map();

  putBlob(bytes: Uint8Array): Promise<string> {
    const hash = sha256Hex(bytes);
    this.kept.set(hash, bytes);
    return Promise.resolve(hash);
  }

  getBlob(hash: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.kept.get(hash));
  }
}

async function sample(edit: Readonly<Record<string, string>> = {}): Promise<Bundle> {
  using project = new TempProject({ ...SAMPLE, ...edit });
  return await bundleWorkflow({ file: project.path(WORKFLOW_FILE), exportName: "flow" });
}

describe("a stored version", () => {
  test("comes back as it was", async () => {
    const blobs = new Blobs();
    const bundle = await sample();
    const {
      code,
      map,
      sources,
      externals,
      nodes,
      closureHash,
      hasher,
      nodeVersion,
      exportName,
      workflowName,
      signature,
      warnings,
    } = bundle;
    expect(await loadVersion(blobs, await storeVersion(blobs, bundle))).toEqual({
      code,
      map,
      sources,
      externals,
      nodes,
      closureHash,
      hasher,
      nodeVersion,
      exportName,
      workflowName,
      signature,
      warnings,
      path: WORKFLOW_FILE,
    });
  });

  test("is the same manifest from another folder", async () => {
    const blobs = new Blobs();
    expect(await storeVersion(blobs, await sample())).toBe(await storeVersion(blobs, await sample()));
  });

  test("shares the sources that did not change", async () => {
    const blobs = new Blobs();
    await storeVersion(blobs, await sample());
    const before = blobs.kept.size;
    await storeVersion(blobs, await sample({ "src/prompts/title.md": "Another title.\n" }));
    // The text, the code with it, and the manifest; the map's columns stay.
    expect(blobs.kept.size - before).toBe(3);
  });

  test("with a part missing is refused", async () => {
    const blobs = new Blobs();
    const bundle = await sample();
    const manifest = await storeVersion(blobs, bundle);
    blobs.kept.delete(sha256Hex(bundle.code));
    await expect(loadVersion(blobs, manifest)).rejects.toMatchObject({
      code: "WG4007",
      message: expect.stringContaining("the code of a version is not in the store"),
    });
    await expect(loadVersion(blobs, "0".repeat(64))).rejects.toMatchObject({ code: "WG4007" });
  });

  test("with a damaged part is refused", async () => {
    const blobs = new Blobs();
    const bundle = await sample();
    const manifest = await storeVersion(blobs, bundle);
    blobs.kept.set(sha256Hex(bundle.map), Buffer.from("{}"));
    await expect(loadVersion(blobs, manifest)).rejects.toMatchObject({
      code: "WG4007",
      message: expect.stringContaining("the map of a version is damaged"),
    });
  });

  test.for(["not json", "{}", "[]", '{"schema":1}'])("is not any blob: %s", async (text) => {
    const blobs = new Blobs();
    const hash = await blobs.putBlob(Buffer.from(text));
    await expect(loadVersion(blobs, hash)).rejects.toMatchObject({
      code: "WG4007",
      message: expect.stringContaining("is not a manifest"),
    });
  });

  test("of a newer release is refused as such", async () => {
    const blobs = new Blobs();
    const hash = await blobs.putBlob(Buffer.from(JSON.stringify({ schema: 99, code: "", sources: [] })));
    await expect(loadVersion(blobs, hash)).rejects.toMatchObject({
      code: "WG4007",
      message: expect.stringContaining("newer release"),
    });
  });
});
