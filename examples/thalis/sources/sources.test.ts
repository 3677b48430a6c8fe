/** One workflow, three sources: what comes out is a dataset, whoever made the pictures. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

import type { ArtifactRef } from "agentic-workgraph";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { openSqliteStore } from "../../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../../src/store/store.ts";
import { conceptIntakeToPacket } from "../dataset-prep/concept-intake-to-packet.ts";
import { conceptToSeedSet } from "../dataset-prep/concept-to-seed-set.ts";
import type { Dataset, Source } from "../dataset-prep/dataset.ts";
import { seedSetToDataset } from "../dataset-prep/seed-set-to-dataset.ts";
import { startServices, type ServiceProcess } from "../testing/service-process.ts";
import { Stages } from "../testing/stages.ts";

const stages = new Stages();

async function reading<T>(use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openSqliteStore({ dir: join(stages.dir, ".workgraph"), readOnly: true });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

let services: ServiceProcess;
let seedSet: ArtifactRef;
beforeAll(async () => {
  services = await startServices();
  const packet = await stages.run(conceptIntakeToPacket, { promptText: "Moss and ash" });
  seedSet = await stages.run(conceptToSeedSet, { selector: packet, seeds: 3 });
});
beforeEach(() => services.behave({}));
afterAll(async () => {
  await services.stop();
  await stages.remove();
});

const SMALL = { perSeed: 1, size: 32 };
const MODEL = "v1-5-pruned-emaonly.safetensors";

async function pixels(source: Source, more: Record<string, string> = {}): Promise<readonly string[]> {
  const made = await stages.run(seedSetToDataset, { selector: seedSet, source, ...SMALL, ...more });
  const { images, source: said, size } = stages.json<Dataset>(made, "dataset.json");
  expect([said, size, images.map(({ split }) => split)]).toEqual([
    source,
    32,
    ["train", "train", "proof", "held-back"],
  ]);
  return images.map(({ file }) => stages.bytes(made, file).toString("base64"));
}

test("source images, ComfyUI and an images API each give a dataset of their own pictures", async () => {
  process.env["THALIS_TEST_KEY"] = "a-key-for-this-test-only";
  await services.behave({ key: "a-key-for-this-test-only" });
  const photo = await pixels("source-images");
  const comfy = await pixels("comfyui", { url: `${services.url}/`, model: MODEL });
  const api = await pixels("openai", { url: `${services.url}/v1`, model: "m", secret: "THALIS_TEST_KEY" });
  expect(new Set([...photo, ...comfy, ...api]).size).toBe(12);
  expect(await pixels("source-images")).toEqual(photo);
});

test("what a service sent is kept as it came, beside the picture that was made of it", async () => {
  const { runId } = await stages.end(seedSetToDataset, {
    selector: seedSet,
    source: "openai",
    url: `${services.url}/v1`,
    model: "m",
    ...SMALL,
  });
  const images = readdirSync(join(stages.dir, "artifacts/seed-set-to-dataset", runId)).filter((name) =>
    name.startsWith("image-"),
  );
  expect(images).toHaveLength(4);
  const [manifest] = stages
    .published("seed-set-to-dataset", "dataset")
    .filter(({ producer }) => producer.run === runId);
  expect(manifest!.inputs.length).toBeGreaterThanOrEqual(4);
});

test("a service that refuses fails each picture for good, with the service's words, after one attempt", async () => {
  const input = { selector: seedSet, source: "comfyui" as const, url: services.url, model: "no-such", ...SMALL };
  const { status, runId } = await stages.end(seedSetToDataset, input);
  expect(status).toBe("failed");
  const errors = await reading((store) => store.errors(runId));
  const ofPictures = errors.filter(({ item, error }) => item !== undefined && error.message.includes("no-such"));
  expect(ofPictures.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
});

test("a service without an address is refused before anything is asked", async () => {
  const { status, error } = await stages.end(seedSetToDataset, { selector: seedSet, source: "comfyui" });
  expect([status, error?.message]).toEqual(["failed", expect.stringContaining("url")]);
});
