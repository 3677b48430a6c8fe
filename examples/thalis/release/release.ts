/** What is handed from one stage of a release to the next. */
import { z } from "zod";

import { Concept } from "../concept.ts";
import type { HandOff } from "../hand-off.ts";

/** How a picture is framed: its size in pixels, and how much of the photo's width it shows. */
export const FRAMINGS = {
  wide: { width: 240, height: 144, share: 0.5 },
  square: { width: 160, height: 160, share: 0.34 },
  tall: { width: 135, height: 240, share: 0.28 },
} as const;
export const Framing = z.enum(["wide", "square", "tall"]);
export type Framing = z.infer<typeof Framing>;

/** What light does to lightness: an exponent; above 1 is darker. */
export const LIGHTS = {
  "at dawn": 0.85,
  "at noon": 0.7,
  "in the evening": 1.15,
  "by moonlight": 1.5,
} as const;
export const Light = z.enum(["at dawn", "at noon", "in the evening", "by moonlight"]);
export type Light = z.infer<typeof Light>;

export const Prompt = z.object({
  key: z.string(),
  text: z.string(),
  framing: Framing,
  light: Light,
  /** Decides the view and how the glass breaks. */
  number: z.int(),
});
export type Prompt = z.infer<typeof Prompt>;

export const PromptLibrary = z.object({ concept: Concept, prompts: z.array(Prompt).min(1) });
export type PromptLibrary = z.infer<typeof PromptLibrary>;

export const PROMPT_LIBRARY: HandOff<PromptLibrary> = {
  file: "prompts.json",
  schema: PromptLibrary,
  from: "prompt-library",
};

export const Render = Prompt.extend({
  file: z.string(),
  contrast: z.number(),
  detail: z.number(),
  colourfulness: z.number(),
  lightness: z.number(),
});
export type Render = z.infer<typeof Render>;

export const Renders = z.object({ concept: Concept, renders: z.array(Render).min(1) });
export type Renders = z.infer<typeof Renders>;

export const RENDERS: HandOff<Renders> = { file: "renders.json", schema: Renders, from: "render-batching" };

export const Bucket = z.enum(["hero", "banner", "feed", "story", "rejected"]);
export type Bucket = z.infer<typeof Bucket>;

export const Asset = Render.extend({ bucket: Bucket, why: z.string() });
export type Asset = z.infer<typeof Asset>;

export const AssetBuckets = z.object({ concept: Concept, assets: z.array(Asset).min(1) });
export type AssetBuckets = z.infer<typeof AssetBuckets>;

export const ASSET_BUCKETS: HandOff<AssetBuckets> = {
  file: "buckets.json",
  schema: AssetBuckets,
  from: "asset-bucketing",
};

export const Reel = z.object({
  concept: Concept,
  framesPerSecond: z.int(),
  width: z.int(),
  height: z.int(),
  frames: z.int(),
  /** Keys of the pictures, in order. */
  shots: z.array(z.string()).min(1),
});
export type Reel = z.infer<typeof Reel>;

export const REEL: HandOff<Reel> = { file: "reel.json", schema: Reel, from: "reel-preparation" };

export const Release = z.object({
  concept: Concept,
  /** Pictures that may go out, best first. */
  assets: z.array(Asset),
  reel: Reel,
  /** The base that was chosen, and its error on pictures that were held back. */
  model: z.object({ base: z.string(), error: z.number(), meanColour: z.number() }),
});
export type Release = z.infer<typeof Release>;

export const RELEASE: HandOff<Release> = { file: "release.json", schema: Release, from: "release-bundle" };
