/** A seed set: which part of the photo, or of a model's imagination, each group of pictures grows from. */
import { z } from "zod";

import { Concept } from "../concept.ts";
import type { HandOff } from "../hand-off.ts";
import type { View } from "../pictures/picture.ts";

/** What pictures are for. No picture is for two of these, and no two of them show the same pixel of the photo. */
export const Split = z.enum(["train", "proof", "held-back"]);
export type Split = z.infer<typeof Split>;

/** The strip of the photo that each split has for itself, as shares of its width. */
export const STRIPS: Readonly<Record<Split, readonly [from: number, to: number]>> = {
  train: [0, 0.49],
  proof: [0.5, 0.73],
  "held-back": [0.74, 1],
};

/** Seeds of each split in ten. */
export const SHARES: Readonly<Record<Split, number>> = { train: 5, proof: 2, "held-back": 3 };

export const Seed = z.object({
  /** `train-0` */
  key: z.string(),
  split: Split,
  /** What a service that makes pictures is asked for. */
  prompt: z.string(),
  /** What services and augmentations draw their chance from. */
  number: z.int(),
  view: z.object({ left: z.number(), top: z.number(), width: z.number(), height: z.number() }),
  /** Detail of the view, 0 to 1. */
  detail: z.number(),
});
export type Seed = z.infer<typeof Seed>;

export const SeedSet = z.object({ concept: Concept, seed: z.int(), seeds: z.array(Seed).min(3) });
export type SeedSet = z.infer<typeof SeedSet>;

export const SEED_SET: HandOff<SeedSet> = { file: "seed-set.json", schema: SeedSet, from: "concept-to-seed-set" };

/** The view, pushed back into the strip of its split and into the photo. */
export function insideStrip(view: View, split: Split): View {
  const [from, to] = STRIPS[split];
  const width = Math.min(view.width, to - from);
  return {
    left: Math.min(to - width, Math.max(from, view.left)),
    top: Math.min(1 - view.height, Math.max(0, view.top)),
    width,
    height: view.height,
  };
}
