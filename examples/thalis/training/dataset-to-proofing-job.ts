/**
 * A dataset becomes a proofing job: every picture is looked at, flat ones are left out, and what is to be trained is written down.
 *
 *   npx workgraph run examples/thalis/training/dataset-to-proofing-job.ts --from-artifact seed-set-to-dataset/dataset
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { FatalError, node, workflow, type ArtifactRef } from "agentic-workgraph";

import { DATASET, type Dataset, type DatasetImage } from "../dataset-prep/dataset.ts";
import { Split } from "../dataset-prep/seed-set.ts";
import { readPicture, receive, type Selector } from "../hand-off.ts";
import { scoreOf } from "../pictures/score.ts";
import type { ProofingJob } from "./proofing.ts";

/** Standard deviation of lightness below which a picture shows nothing. */
const MIN_CONTRAST = 0.03;

interface Inspected extends DatasetImage {
  readonly contrast: number;
  readonly colourfulness: number;
}

const listImages = node(
  { id: "list_images", out: "many", key: (image: DatasetImage) => image.key },
  async ({ selector }: { selector: Selector }, ctx) => {
    const { content } = await receive(ctx, selector, DATASET);
    return content.images;
  },
);

const inspectImage = node(
  { id: "inspect_image" },
  async ({ selector, image }: { selector: Selector; image: DatasetImage }, ctx): Promise<Inspected> => {
    const { path } = await ctx.openArtifact(selector);
    const { contrast, colourfulness } = scoreOf(await readPicture(path, image.file));
    return { ...image, contrast, colourfulness };
  },
);

const writeProofingJob = node(
  { id: "write_proofing_job", gather: ["images"] },
  async (given: { selector: Selector; images: Inspected[]; perPicture: number; seed: number }, ctx) => {
    const { selector, images, perPicture, seed } = given;
    const { content: dataset, path } = await receive<Dataset>(ctx, selector, DATASET);
    const kept = images.filter(({ contrast }) => contrast >= MIN_CONTRAST);
    for (const split of Split.options) {
      if (!kept.some((image) => image.split === split))
        throw new FatalError(`The dataset has no picture for "${split}" that shows anything`);
    }
    const folder = await ctx.artifact("proofing-job", {
      kind: "proofing-job",
      next: (made) => ({ "proofing-job-to-eval": { selector: made.selector } }),
    });
    for (const { file } of kept) await folder.write(file, await readFile(join(path, file)));
    const job: ProofingJob = {
      concept: dataset.concept,
      seed,
      perPicture,
      images: kept.map(({ key, split, file }) => ({ key, split, file })),
      rejected: images
        .filter((image) => !kept.includes(image))
        .map(({ key, contrast }) => ({ key, why: `contrast ${contrast} is below ${MIN_CONTRAST}` })),
    };
    await folder.writeJson("proofing-job.json", job);
    return folder;
  },
);

interface ProofingInput {
  selector: string | ArtifactRef;
  /** Pixels drawn from each picture to train with. */
  perPicture?: number;
  /** Another seed draws other pixels and begins with other weights. */
  seed?: number;
}

export const datasetToProofingJob = workflow(
  { name: "dataset-to-proofing-job" },
  ({ selector, perPicture = 400, seed = 1 }: ProofingInput) => {
    const images = inspectImage({ selector, image: listImages({ selector }) });
    return writeProofingJob({ selector, images, perPicture, seed });
  },
);
