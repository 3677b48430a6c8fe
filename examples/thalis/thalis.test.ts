/** The three stages, one after the other, and each of their child runs alone. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { node, workflow, type ArtifactRef, type Workflow } from "agentic-workgraph";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { conceptIntakeToPacket } from "./dataset-prep/concept-intake-to-packet.ts";
import { conceptToSeedSet } from "./dataset-prep/concept-to-seed-set.ts";
import type { Dataset } from "./dataset-prep/dataset.ts";
import type { SeedSet } from "./dataset-prep/seed-set.ts";
import { seedSetToDataset } from "./dataset-prep/seed-set-to-dataset.ts";
import { withChroma } from "./colours/patches.ts";
import { between, chanceOf } from "./pictures/chance.ts";
import { fromImageFile, toPng } from "./pictures/image-file.ts";
import { scoreOf } from "./pictures/score.ts";
import { releasePrep } from "./release-prep.ts";
import { assetBucketing } from "./release/asset-bucketing.ts";
import { campaignDispatchBundle } from "./release/campaign-dispatch-bundle.ts";
import { promptLibrary } from "./release/prompt-library.ts";
import { reelPreparation } from "./release/reel-preparation.ts";
import { releaseBundle } from "./release/release-bundle.ts";
import { renderBatching } from "./release/render-batching.ts";
import { SMALL, Stages } from "./testing/stages.ts";
import { thalisDatasetPrep } from "./thalis-dataset-prep.ts";
import { trainingTesting } from "./training-testing.ts";
import { datasetToProofingJob } from "./training/dataset-to-proofing-job.ts";
import { multibaseRunToModelValidation } from "./training/multibase-run-to-model-validation.ts";
import { proofedConceptToMultibaseBatch } from "./training/proofed-concept-to-multibase-batch.ts";
import type { Validation } from "./training/proofing.ts";
import { proofingJobToEval } from "./training/proofing-job-to-eval.ts";

const stages = new Stages();

async function reading<T>(use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openSqliteStore({ dir: join(stages.dir, ".workgraph"), readOnly: true });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

const OTHER_PROMPT = "Moss forests of a drowned city";
const TRAINING = { perPicture: 250, bases: "line,small" };
const RELEASE = { prompts: 3, shots: 2 };

let dataset: ArtifactRef;
let model: ArtifactRef;
let campaign: ArtifactRef;
beforeAll(async () => {
  dataset = await stages.run(thalisDatasetPrep, SMALL);
  model = await stages.run(trainingTesting, { selector: dataset, ...TRAINING });
  campaign = await stages.run(releasePrep, { selector: model, ...RELEASE });
}, 180_000);
afterAll(() => stages.remove());

/** Children of a stage, with the folder that each publishes. */
const CHILDREN = {
  "thalis-dataset-prep": [
    [conceptIntakeToPacket, "concept-packet"],
    [conceptToSeedSet, "seed-set"],
    [seedSetToDataset, "dataset"],
  ],
  "training-testing": [
    [datasetToProofingJob, "proofing-job"],
    [proofingJobToEval, "proof-eval"],
    [proofedConceptToMultibaseBatch, "multibase-batch"],
    [multibaseRunToModelValidation, "validated-model"],
  ],
  "release-prep": [
    [promptLibrary, "prompt-library"],
    [renderBatching, "renders"],
    [assetBucketing, "asset-buckets"],
    [reelPreparation, "reel"],
    [releaseBundle, "release-bundle"],
    [campaignDispatchBundle, "campaign-dispatch-bundle"],
  ],
} as unknown as Readonly<Record<string, readonly (readonly [Workflow<Record<string, unknown>, unknown>, string])[]>>;

const nameOf = (child: Workflow<Record<string, unknown>, unknown>): string => child.definition.name;

const made = (
  child: Workflow<Record<string, unknown>, unknown>,
  name: string,
): ReturnType<Stages["published"]>[number] => stages.published(nameOf(child), name)[0]!;

describe("a stage", () => {
  test.each(Object.entries(CHILDREN))(
    "%s is child runs, in their order, each a run of its own",
    async (stage, children) => {
      const below = await reading(async (store) => {
        const [parent] = (await store.runs({ workflow: stage })).runs.toReversed();
        return (await store.runs({ parent: parent!.runId })).runs.toReversed();
      });
      expect(below.map((row) => [row.workflow, row.status])).toEqual(
        children.map(([child]) => [nameOf(child), "completed"]),
      );
      expect(made(children[0]![0], children[0]![1]).producer.run).toBe(below[0]!.runId);
    },
  );

  test("ends with a folder of its own, which says what it came from and prefills the next stage", () => {
    expect(stages.json(dataset, "stage.json")).toMatchObject({ stage: "dataset-prep" });
    expect(stages.manifest(dataset).nextInputs["training-testing"]).toEqual({ selector: dataset.selector });
    expect(stages.manifest(model).nextInputs["release-prep"]).toEqual({ selector: model.selector });
    expect(stages.manifest(campaign).inputs.map(({ selector }) => selector)).toEqual([
      made(...CHILDREN["release-prep"]!.at(-1)!).selector,
    ]);
  });
});

describe("each child run alone, from the selectors that the folder before it holds ready", () => {
  const given: Readonly<Record<string, Record<string, unknown>>> = {
    "concept-intake-to-packet": { promptText: "A world made of glass cathedrals" },
    "concept-to-seed-set": { seeds: SMALL.seeds },
    "seed-set-to-dataset": { perSeed: SMALL.perSeed, size: SMALL.size },
    "dataset-to-proofing-job": { perPicture: TRAINING.perPicture },
    "proofed-concept-to-multibase-batch": { bases: TRAINING.bases },
    "prompt-library": { prompts: RELEASE.prompts },
    "reel-preparation": { shots: RELEASE.shots },
  };
  const order = Object.values(CHILDREN).flat();

  // Each waits for threads a third of its time; which folders of the stages it begins from is settled.
  test.concurrent.each(order.map(([child, name], index) => [nameOf(child), child, name, index] as const))(
    "%s makes the same folder as in its stage",
    async (title, child, name, index) => {
      const before = order.slice(0, index).map(([one, published]) => made(one, published));
      const held = before.findLast(({ nextInputs }) => title in nextInputs)?.nextInputs[title];
      const parts = title === "release-bundle" ? releaseParts() : {};
      const alone = await stages.run(child, { ...held, ...parts, ...given[title] });
      expect(index === 0 || held !== undefined || title === "release-bundle").toBe(true);
      expect(alone.sha256).toBe(made(child, name).sha256);
      expect(alone.selector).not.toBe(made(child, name).selector);
    },
  );

  const releaseParts = (): Record<string, unknown> => ({
    selector: made(assetBucketing as never, "asset-buckets").selector,
    reel: made(reelPreparation as never, "reel").selector,
    model: model.selector,
  });
});

describe("the dataset", () => {
  test("has pictures for every split, no two of them alike", () => {
    const { images, repeated, concept } = stages.json<Dataset>(dataset, "dataset.json");
    expect(repeated).toEqual([]);
    expect(concept.words).toEqual(["world", "make", "glass", "cathedral"]);
    const counts = Object.groupBy(images, ({ split }) => split);
    expect([counts.train?.length, counts.proof?.length, counts["held-back"]?.length]).toEqual([6, 2, 4]);
    for (const { file } of images) expect(fromImageFile(stages.bytes(dataset, file)).width).toBe(SMALL.size);
    expect(new Set(images.map(({ file }) => stages.bytes(dataset, file).toString("base64"))).size).toBe(images.length);
  });

  test("keeps the candidates that show most", () => {
    const { seeds } = stages.json<SeedSet>(
      {
        path: `artifacts/concept-to-seed-set/${made(conceptToSeedSet as never, "seed-set").producer.run}/seed-set`,
      } as ArtifactRef,
      "seed-set.json",
    );
    expect(seeds).toHaveLength(SMALL.seeds);
    for (const { detail } of seeds) expect(detail).toBeGreaterThan(0.01); // the sky of the photo has 0.003
  });
});

describe("the model", () => {
  test("gives pictures that were held back their colours better than every baseline", () => {
    const { errors, chosen, beats, pictures } = stages.json<Validation>(model, "validation.json");
    expect(Object.keys(errors)).toEqual(["line", "small"]);
    expect(pictures).toBe(4);
    expect(errors[chosen]!.model).toBeLessThan(errors[chosen]!.mean);
    expect(beats).toEqual(expect.arrayContaining(["grey", "mean"]));
  });

  test("pictures of the model are published beside the numbers", () => {
    const shown = fromImageFile(stages.bytes(model, "true-grey-model.png"));
    expect([shown.width, shown.height]).toEqual([4 * 66 - 2, 3 * 66 - 2]);
    expect(scoreOf(shown).colourfulness).toBeGreaterThan(20);
  });

  test("another prompt gives other pixels, other metrics and other weights, and beats the mean colour as well", async () => {
    const otherData = await stages.run(thalisDatasetPrep, { ...SMALL, promptText: OTHER_PROMPT });
    const other = await stages.run(trainingTesting, { selector: otherData, ...TRAINING, bases: "small" });
    const pixels = (ref: ArtifactRef): readonly string[] =>
      stages.json<Dataset>(ref, "dataset.json").images.map(({ file }) => stages.bytes(ref, file).toString("base64"));
    expect(new Set([...pixels(otherData), ...pixels(dataset)]).size).toBe(24);
    const validation = stages.json<Validation>(other, "validation.json");
    expect(validation.errors["small"]).not.toEqual(stages.json<Validation>(model, "validation.json").errors["small"]);
    expect(validation.errors["small"]!.model).toBeLessThan(validation.errors["small"]!.mean);
    const renders = await stages.run(releasePrep, { selector: other, prompts: 3, shots: 1 });
    expect(stages.bytes(renders, "drafts/photo-feed.png")).not.toEqual(stages.bytes(campaign, "drafts/photo-feed.png"));
  });

  test("another seed gives another dataset, and other weights from the same dataset", async () => {
    const packet = made(conceptIntakeToPacket as never, "concept-packet").selector;
    const seeds = await stages.run(conceptToSeedSet, { selector: packet, seeds: SMALL.seeds, seed: 2 });
    expect(seeds.sha256).not.toBe(made(conceptToSeedSet as never, "seed-set").sha256);
    const again = await stages.run(trainingTesting, { selector: dataset, ...TRAINING, bases: "line", seed: 2 });
    const batch = stages.published("proofed-concept-to-multibase-batch", "multibase-batch");
    const weights = batch.map(({ files }) => files.find(({ path }) => path === "models/line.json")?.sha256);
    expect(new Set(weights.filter((hash) => hash !== undefined)).size).toBe(2);
    expect(again.sha256).not.toBe(model.sha256);
  });
});

test("the release holds drafts for every channel, and nothing was posted", () => {
  expect(stages.json(campaign, "dispatch.json")).toMatchObject({
    posted: false,
    drafts: ["microblog", "photo-feed", "stories", "newsletter"],
  });
  const draft = stages.json<{ text: string; status: string }>(campaign, "drafts/stories.json");
  expect(draft.status).toBe("draft");
  expect(draft.text.length).toBeLessThanOrEqual(120);
  const bundle = stages.published("release-bundle", "release-bundle")[0]!;
  expect(bundle.files.filter(({ path }) => path.startsWith("reel/frames/"))).toHaveLength(2 * 12);
  const page = readFileSync(
    join(stages.dir, "artifacts/release-bundle", bundle.producer.run, "release-bundle", "RELEASE.md"),
    "utf8",
  );
  expect(page).toContain("the mean colour has");
});

describe("what cannot be", () => {
  const noise = node({ id: "noise" }, async ({ like }: { like: ArtifactRef }, ctx) => {
    const { path } = await ctx.openArtifact(like);
    const index = JSON.parse(readFileSync(join(path, "dataset.json"), "utf8")) as Dataset;
    const folder = await ctx.artifact("noise", { kind: "dataset" });
    for (const { file, key } of index.images) {
      const chance = chanceOf("noise", key);
      const picture = fromImageFile(readFileSync(join(path, file)));
      const lightness = Float32Array.from(picture.rgb.subarray(0, picture.rgb.length / 3), () =>
        between(chance, 0.3, 0.7),
      );
      const chroma = (): readonly [number, number] => [between(chance, -0.1, 0.1), between(chance, -0.1, 0.1)];
      await folder.write(file, toPng(withChroma(picture, lightness, chroma)));
    }
    await folder.writeJson("dataset.json", index);
    return folder;
  });
  const makeNoise = workflow({ name: "make-noise" }, ({ like }: { like: ArtifactRef }) => noise({ like }));

  test("colours that follow from nothing are rejected in proofing, before any long training", async () => {
    const selector = await stages.run(makeNoise, { like: dataset });
    const { status, error, counts } = await stages.end(trainingTesting, { selector, ...TRAINING });
    expect(status).toBe("failed");
    expect(JSON.stringify(error)).toContain("rejected in proofing");
    expect(counts).toMatchObject({ completed: 2, failed: 1 });
  });

  test("a folder of another kind is refused with the name of who makes the right one", async () => {
    const { error } = await stages.end(seedSetToDataset, { selector: dataset });
    expect(JSON.stringify(error)).toMatch(/has no .{0,3}seed-set\.json.*concept-to-seed-set/);
  });
});
