/**
 * A concept packet becomes a seed set: three candidates are looked at for each seed that is wanted, and the ones that show most
 * are kept.
 *
 *   npx workgraph run examples/thalis/dataset-prep/concept-to-seed-set.ts --selector concept-intake-to-packet/concept-packet
 */
import { node, workflow, type ArtifactRef } from "agentic-workgraph";

import type { Concept } from "../concept.ts";
import { receive, type Selector } from "../hand-off.ts";
import { between, chanceOf, numberOf } from "../pictures/chance.ts";
import { toPng } from "../pictures/image-file.ts";
import { inLook } from "../pictures/look.ts";
import { loadPhoto } from "../pictures/photo.ts";
import { cut, sheet } from "../pictures/picture.ts";
import { scoreOf } from "../pictures/score.ts";
import { CONCEPT_PACKET } from "./concept-intake-to-packet.ts";
import { insideStrip, SHARES, STRIPS, type Seed, type Split } from "./seed-set.ts";

/** Candidates for each seed. */
const CHOICE = 3;
const LIGHTS = ["at dawn", "at noon", "in the evening", "by moonlight", "in the rain", "in fog"];
/** The photo is wider than high; a square of the picture is a higher share of its height. */
const PROPORTION = 1024 / 819;

const openConcept = node({ id: "open_concept" }, async ({ selector }: { selector: Selector }, ctx) => {
  const { content } = await receive(ctx, selector, CONCEPT_PACKET);
  return content;
});

const proposeSeeds = node(
  { id: "propose_seeds", out: "many", key: (seed: Omit<Seed, "detail">) => seed.key },
  ({ concept, seeds, seed }: { concept: Concept; seeds: number; seed: number }) =>
    splitsOf(seeds).flatMap(({ split, count }) =>
      Array.from({ length: count * CHOICE }, (_, index) => proposal(concept, { split, index, seed })),
    ),
);

function splitsOf(seeds: number): readonly { readonly split: Split; readonly count: number }[] {
  const total = Object.values(SHARES).reduce((sum, share) => sum + share, 0);
  return (Object.keys(SHARES) as Split[]).map((split) => ({
    split,
    count: Math.max(1, Math.round((seeds * SHARES[split]) / total)),
  }));
}

function proposal(
  concept: Concept,
  { split, index, seed }: { readonly split: Split; readonly index: number; readonly seed: number },
): Omit<Seed, "detail"> {
  const chance = chanceOf("seed", concept.promptText, seed, split, index);
  const [from, to] = STRIPS[split];
  const width = between(chance, 0.13, 0.2);
  const view = {
    left: between(chance, from, to - width),
    top: between(chance, 0.1, 1 - width * PROPORTION),
    width,
    height: width * PROPORTION,
  };
  const light = LIGHTS[Math.floor(chance() * LIGHTS.length)] ?? "";
  return {
    key: `${split}-${index}`,
    split,
    prompt: `${concept.promptText}, ${light}`,
    number: numberOf("number", concept.promptText, seed, split, index),
    view: insideStrip(view, split),
  };
}

const measureSeed = node({ id: "measure_seed" }, async ({ proposed }: { proposed: Omit<Seed, "detail"> }) => {
  const { detail } = scoreOf(cut(await loadPhoto(), proposed.view, { width: 48, height: 48 }));
  return { ...proposed, detail };
});

const writeSeedSet = node(
  { id: "write_seed_set", gather: ["candidates"] },
  async (given: { concept: Concept; candidates: Seed[]; seed: number }, ctx) => {
    const { concept, candidates, seed } = given;
    const kept = (Object.keys(SHARES) as Split[]).flatMap((split) => {
      const own = candidates.filter((one) => one.split === split).toSorted((a, b) => b.detail - a.detail);
      return own.slice(0, own.length / CHOICE);
    });
    const folder = await ctx.artifact("seed-set", {
      kind: "seed-set",
      next: ({ selector }) => ({ "seed-set-to-dataset": { selector } }),
    });
    await folder.writeJson("seed-set.json", { concept, seed, seeds: kept });
    const photo = await loadPhoto();
    const thumbs = kept.map(({ view, key }) => inLook(cut(photo, view, { width: 64, height: 64 }), concept.look, key));
    await folder.write("seeds.png", toPng(sheet(thumbs, 5)));
    return folder;
  },
);

export const conceptToSeedSet = workflow(
  { name: "concept-to-seed-set" },
  ({ selector, seeds = 10, seed = 1 }: { selector: string | ArtifactRef; seeds?: number; seed?: number }) => {
    const concept = openConcept({ selector });
    const candidates = measureSeed({ proposed: proposeSeeds({ concept, seeds, seed }) });
    return writeSeedSet({ concept, candidates, seed });
  },
);
