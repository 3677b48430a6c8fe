/**
 * What you see here: a stage that is nothing but child runs. Each takes a selector and publishes a folder; the stage adds its own.
 *
 *   npx workgraph run examples/thalis/thalis-dataset-prep.ts
 *   npx workgraph run examples/thalis/thalis-dataset-prep.ts --prompt-text "Moss forests of a drowned city"
 *   npx workgraph show latest --tree
 */
import { node, runSubgraph, workflow, type ArtifactRef } from "agentic-workgraph";

import { conceptIntakeToPacket } from "./dataset-prep/concept-intake-to-packet.ts";
import { conceptToSeedSet } from "./dataset-prep/concept-to-seed-set.ts";
import { seedSetToDataset } from "./dataset-prep/seed-set-to-dataset.ts";
import { stageFolder } from "./stage-folder.ts";

const writeStageArtifact = node({ id: "write_stage_artifact" }, async ({ dataset }: { dataset: ArtifactRef }, ctx) =>
  stageFolder(ctx, {
    name: "dataset-prep",
    from: dataset,
    children: ["concept-intake-to-packet", "concept-to-seed-set", "seed-set-to-dataset"],
    next: (selector) => ({ "training-testing": { selector } }),
  }),
);

interface DatasetPrepInput {
  promptText?: string;
  /** Groups of pictures, about half of them to train with. */
  seeds?: number;
  perSeed?: number;
  size?: number;
  seed?: number;
  source?: "source-images" | "comfyui" | "openai";
  url?: string;
  model?: string;
  secret?: string;
}

export const thalisDatasetPrep = workflow(
  { name: "thalis-dataset-prep" },
  ({
    promptText = "A world made of glass cathedrals",
    seeds = 10,
    perSeed = 3,
    size = 96,
    seed = 1,
    source = "source-images",
    url = "",
    model = "",
    secret = "",
  }: DatasetPrepInput) => {
    const conceptPacket = runSubgraph({
      workflow: conceptIntakeToPacket,
      id: "run_concept_intake",
      input: { promptText },
    });
    const seedSet = runSubgraph({
      workflow: conceptToSeedSet,
      id: "run_concept_to_seed_set",
      input: { selector: conceptPacket, seeds, seed },
    });
    const dataset = runSubgraph({
      workflow: seedSetToDataset,
      id: "run_seed_set_to_dataset",
      input: { selector: seedSet, perSeed, size, source, url, model, secret },
    });
    return writeStageArtifact({ dataset });
  },
);
