/** What is handed from one stage of training to the next. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

import { Model } from "../colours/model.ts";
import { Concept } from "../concept.ts";
import { Split } from "../dataset-prep/seed-set.ts";
import { readPicture, type HandOff } from "../hand-off.ts";
import type { Picture } from "../pictures/picture.ts";

export const ProofingJob = z.object({
  concept: Concept,
  /** Chance of drawing samples and first weights. */
  seed: z.int(),
  /** Pixels drawn from each picture. */
  perPicture: z.int().min(1),
  images: z.array(z.object({ key: z.string(), split: Split, file: z.string() })),
  rejected: z.array(z.object({ key: z.string(), why: z.string() })),
});
export type ProofingJob = z.infer<typeof ProofingJob>;

export const PROOFING_JOB: HandOff<ProofingJob> = {
  file: "proofing-job.json",
  schema: ProofingJob,
  from: "dataset-to-proofing-job",
};

const Errors = z.object({ model: z.number(), grey: z.number(), mean: z.number(), ladder: z.number() });

export const ProofEval = z.object({
  concept: Concept,
  verdict: z.enum(["proofed", "rejected"]),
  why: z.string(),
  /** On the pictures of the proof split. */
  errors: Errors,
  curve: z.array(z.number()),
});
export type ProofEval = z.infer<typeof ProofEval>;

export const PROOF_EVAL: HandOff<ProofEval> = {
  file: "proof-eval.json",
  schema: ProofEval,
  from: "proofing-job-to-eval",
};

export const TrainedBase = z.object({
  name: z.string(),
  /** Path of the model in the folder. */
  file: z.string(),
  /** On the pictures of the proof split. */
  errors: Errors,
  curve: z.array(z.number()),
});
export type TrainedBase = z.infer<typeof TrainedBase>;

export const MultibaseBatch = z.object({
  concept: Concept,
  bases: z.array(TrainedBase).min(1),
  /** The base with the lowest error on the proof split; pictures that are held back have no say in it. */
  chosen: z.string(),
});
export type MultibaseBatch = z.infer<typeof MultibaseBatch>;

export const MULTIBASE_BATCH: HandOff<MultibaseBatch> = {
  file: "multibase-batch.json",
  schema: MultibaseBatch,
  from: "proofed-concept-to-multibase-batch",
};

export const Validation = z.object({
  concept: Concept,
  chosen: z.string(),
  /** On the pictures that were held back, by base. */
  errors: z.record(z.string(), Errors),
  /** What the chosen model has less error than. */
  beats: z.array(z.enum(["grey", "mean", "ladder"])),
  pictures: z.int(),
});
export type Validation = z.infer<typeof Validation>;

export const VALIDATED_MODEL: HandOff<Validation> = {
  file: "validation.json",
  schema: Validation,
  from: "multibase-run-to-model-validation",
};

/** The model in a folder. */
export async function readModel(folder: string, file = "model.json"): Promise<Model> {
  return Model.parse(JSON.parse(await readFile(join(folder, file), "utf8")));
}

/** The pictures of one split. */
export async function picturesOf(
  job: ProofingJob,
  from: { readonly path: string; readonly split: Split },
): Promise<Picture[]> {
  const files = job.images.filter(({ split }) => split === from.split).map(({ file }) => file);
  return Promise.all(files.map((file) => readPicture(from.path, file)));
}
