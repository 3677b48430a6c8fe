/**
 * Prompts become pictures, batch by batch: a view of the photo, grey and in the light and the glass that the prompt asks for, is
 * given its colours by the trained model. The colours of the look are not used here; what colour there is, the model has learned.
 *
 *   npx workgraph run examples/thalis/release/render-batching.ts --from-artifact prompt-library/prompt-library
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { node, workflow, type ArtifactRef } from "agentic-workgraph";

import { colourize, type Model } from "../colours/model.ts";
import type { Concept } from "../concept.ts";
import { readPicture, receive, type Selector } from "../hand-off.ts";
import { between, chanceOf } from "../pictures/chance.ts";
import { toPng } from "../pictures/image-file.ts";
import { inLook, withoutColour } from "../pictures/look.ts";
import { loadPhoto } from "../pictures/photo.ts";
import { cut, middle, sheet, type Picture } from "../pictures/picture.ts";
import { scoreOf } from "../pictures/score.ts";
import { readModel, VALIDATED_MODEL } from "../training/proofing.ts";
import { FRAMINGS, LIGHTS, PROMPT_LIBRARY, type Prompt, type PromptLibrary, type Render } from "./release.ts";

const openLibrary = node({ id: "open_library" }, async ({ selector }: { selector: Selector }, ctx) => {
  const { content } = await receive(ctx, selector, PROMPT_LIBRARY);
  return content;
});

interface Batch {
  readonly key: string;
  readonly concept: Concept;
  readonly prompts: readonly Prompt[];
}

const planBatches = node(
  { id: "plan_batches", out: "many", key: (batch: Batch) => batch.key },
  ({ library, batchSize }: { library: PromptLibrary; batchSize: number }): Batch[] =>
    Array.from({ length: Math.ceil(library.prompts.length / batchSize) }, (_, index) => ({
      key: String(index + 1),
      concept: library.concept,
      prompts: library.prompts.slice(index * batchSize, (index + 1) * batchSize),
    })),
);

const renderBatch = node(
  { id: "render_batch", concurrency: 2, thread: true },
  async ({ batch, model: selector }: { batch: Batch; model: Selector }, ctx) => {
    const { path } = await receive(ctx, selector, VALIDATED_MODEL);
    const model = await readModel(path);
    const folder = await ctx.artifact(`batch-${batch.key}`, { kind: "renders" });
    const renders: Render[] = [];
    for (const [index, prompt] of batch.prompts.entries()) {
      const picture = await rendered(prompt, batch.concept, model);
      const file = `${prompt.key}.png`;
      await folder.write(file, toPng(picture));
      renders.push({ ...prompt, file, ...scoreOf(picture) });
      ctx.progress({ done: index + 1, total: batch.prompts.length });
    }
    return { renders, folder: folder.ref };
  },
);

async function rendered({ framing, light, number }: Prompt, concept: Concept, model: Model): Promise<Picture> {
  const photo = await loadPhoto();
  const { share, ...size } = FRAMINGS[framing];
  const chance = chanceOf("view", number);
  const width = share * between(chance, 0.8, 1.1);
  const height = Math.min(1, ((width * photo.width) / photo.height) * (size.height / size.width));
  const view = { left: between(chance, 0, 1 - width), top: between(chance, 0, 1 - height), width, height };
  const glass = inLook(lit(cut(photo, view, size), LIGHTS[light]), withoutColour(concept.look), String(number));
  return colourize(glass, model);
}

/** Darker or lighter, with black and white where they were. */
function lit(picture: Picture, exponent: number): Picture {
  return { ...picture, rgb: picture.rgb.map((value) => 255 * (value / 255) ** exponent) };
}

const writeRenders = node(
  { id: "write_renders", gather: ["batches"] },
  async (given: { library: PromptLibrary; batches: { renders: Render[]; folder: ArtifactRef }[] }, ctx) => {
    const folder = await ctx.artifact("renders", {
      kind: "renders",
      next: ({ selector }) => ({ "asset-bucketing": { selector } }),
    });
    const pictures: Picture[] = [];
    for (const { renders, folder: from } of given.batches) {
      const { path } = await ctx.openArtifact(from);
      for (const { file } of renders) {
        await folder.write(file, await readFile(join(path, file)));
        const picture = await readPicture(path, file);
        const thumb = { width: 120, height: 120 };
        pictures.push(cut(picture, middle(picture, thumb), thumb));
      }
    }
    const renders = given.batches.flatMap((batch) => batch.renders);
    await folder.writeJson("renders.json", { concept: given.library.concept, renders });
    await folder.write("contact-sheet.png", toPng(sheet(pictures, 3)));
    return folder;
  },
);

interface RenderInput {
  /** A prompt library. */
  selector: string | ArtifactRef;
  /** A validated model. */
  model: string | ArtifactRef;
  /** Pictures of one item. */
  batchSize?: number;
}

export const renderBatching = workflow(
  { name: "render-batching" },
  ({ selector, model, batchSize = 3 }: RenderInput) => {
    const library = openLibrary({ selector });
    return writeRenders({ library, batches: renderBatch({ batch: planBatches({ library, batchSize }), model }) });
  },
);
