/**
 * A seed set becomes a dataset. Its pictures come from one of three sources, which are nodes of one signature:
 *
 *   npx workgraph run examples/thalis/dataset-prep/seed-set-to-dataset.ts --selector concept-to-seed-set/seed-set
 *   npx workgraph run ... --source comfyui --url http://127.0.0.1:8188 --model v1-5-pruned-emaonly.safetensors
 *   npx workgraph run ... --source openai --url https://api.openai.com/v1 --model gpt-image-1 --secret OPENAI_API_KEY
 */
import { FatalError, node, workflow, type ArtifactRef } from "agentic-workgraph";

import { readPicture, receive, type Selector } from "../hand-off.ts";
import { between, chanceOf } from "../pictures/chance.ts";
import { toPng } from "../pictures/image-file.ts";
import { sheet } from "../pictures/picture.ts";
import { askComfyui } from "../sources/comfyui.ts";
import type { ImageRequest, Service } from "../sources/image-request.ts";
import { askImagesApi } from "../sources/images-api.ts";
import { cutSourceImage } from "../sources/source-images.ts";
import type { Dataset, DatasetImage, Source } from "./dataset.ts";
import { insideStrip, SEED_SET, type SeedSet } from "./seed-set.ts";

const openSeedSet = node({ id: "open_seed_set" }, async ({ selector }: { selector: Selector }, ctx) => {
  const { content } = await receive(ctx, selector, SEED_SET);
  return content;
});

/** What a seed grows into: `perSeed` views around its own, some of them mirrored. */
const listRequests = node(
  { id: "list_requests", out: "many", key: (request: ImageRequest) => request.key },
  ({ seedSet, perSeed, size }: { seedSet: SeedSet; perSeed: number; size: number }): ImageRequest[] =>
    seedSet.seeds.flatMap((seed) =>
      Array.from({ length: perSeed }, (_, index) => {
        const chance = chanceOf("augment", seed.number, index);
        const zoom = between(chance, 0.75, 1.1);
        const view = {
          left: seed.view.left + between(chance, -0.03, 0.03),
          top: seed.view.top + between(chance, -0.03, 0.03),
          width: seed.view.width * zoom,
          height: seed.view.height * zoom,
        };
        return {
          key: `${seed.key}-${index}`,
          split: seed.split,
          prompt: seed.prompt,
          number: (seed.number + index) % 2 ** 32,
          view: insideStrip(view, seed.split),
          flipped: chance() < 0.5,
          look: seedSet.concept.look,
          size,
        };
      }),
    ),
);

const IMAGE_NODES = { "source-images": cutSourceImage, comfyui: askComfyui, openai: askImagesApi };

const assembleDataset = node(
  { id: "assemble_dataset", gather: ["images", "requests"] },
  async (
    given: { seedSet: SeedSet; source: Source; size: number; images: ArtifactRef[]; requests: ImageRequest[] },
    ctx,
  ) => {
    const { seedSet, source, size, images, requests } = given;
    const folder = await ctx.artifact("dataset", {
      kind: "dataset",
      next: ({ selector }) => ({
        "dataset-to-proofing-job": { selector },
        "training-testing": { selector },
      }),
    });
    const kept: DatasetImage[] = [];
    const repeated: string[] = [];
    const pictures = [];
    const seen = new Set<string>();
    for (const [index, ref] of images.entries()) {
      const { key, split, prompt } = requests[index]!;
      const { path } = await ctx.openArtifact(ref);
      const picture = await readPicture(path, "image.png");
      const pixels = Buffer.from(picture.rgb).toString("latin1");
      if (seen.has(pixels)) {
        repeated.push(key);
        continue;
      }
      seen.add(pixels);
      const file = `${split}/${key}.png`;
      await folder.write(file, toPng(picture));
      kept.push({ key, split, file, prompt });
      pictures.push(picture);
    }
    const dataset: Dataset = { concept: seedSet.concept, seed: seedSet.seed, source, size, images: kept, repeated };
    await folder.writeJson("dataset.json", dataset);
    await folder.write("overview.png", toPng(sheet(pictures, 8)));
    return folder;
  },
);

interface DatasetInput {
  selector: string | ArtifactRef;
  source?: "source-images" | "comfyui" | "openai";
  /** Pictures of each seed. */
  perSeed?: number;
  /** Pixels of each side. */
  size?: number;
  url?: string;
  model?: string;
  secret?: string;
}

export const seedSetToDataset = workflow(
  { name: "seed-set-to-dataset" },
  ({ selector, source = "source-images", perSeed = 3, size = 96, url = "", model = "", secret = "" }: DatasetInput) => {
    if (source !== "source-images" && url === "")
      throw new FatalError(`Source "${source}" needs the address of a service: url`);
    const service: Service = { url: url.replace(/\/+$/, ""), model, secret };
    const seedSet = openSeedSet({ selector });
    const requests = listRequests({ seedSet, perSeed, size });
    const images = IMAGE_NODES[source]({ request: requests, service });
    return assembleDataset({ seedSet, source, size, images, requests });
  },
);
