/** A dataset: pictures with their split, in one folder. */
import { z } from "zod";

import { Concept } from "../concept.ts";
import type { HandOff } from "../hand-off.ts";
import { Split } from "./seed-set.ts";

export const DatasetImage = z.object({
  /** `train-0-2` */
  key: z.string(),
  split: Split,
  /** Path in the folder. */
  file: z.string(),
  prompt: z.string(),
});
export type DatasetImage = z.infer<typeof DatasetImage>;

export const SOURCES = ["source-images", "comfyui", "openai"] as const;
export const Source = z.enum(SOURCES);
export type Source = z.infer<typeof Source>;

export const Dataset = z.object({
  concept: Concept,
  seed: z.int(),
  source: Source,
  /** Pixels of each side. */
  size: z.int(),
  images: z.array(DatasetImage).min(1),
  /** Requests whose picture was the same, pixel by pixel, as an earlier one. */
  repeated: z.array(z.string()),
});
export type Dataset = z.infer<typeof Dataset>;

export const DATASET: HandOff<Dataset> = { file: "dataset.json", schema: Dataset, from: "seed-set-to-dataset" };
