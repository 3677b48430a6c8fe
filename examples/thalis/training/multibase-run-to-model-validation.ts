/**
 * Models that were trained are measured with pictures that nobody has seen: they were held back when the dataset was made, and
 * show a part of the photo that no other picture shows. Which model is the best was decided before, on the proof split.
 *
 *   npx workgraph run examples/thalis/training/multibase-run-to-model-validation.ts \
 *     --from-artifact proofed-concept-to-multibase-batch/multibase-batch
 */
import { FatalError, node, workflow, type ArtifactRef } from "agentic-workgraph";

import { colourize } from "../colours/model.ts";
import { baselinesOf, errorsOf, type Errors } from "../colours/validation.ts";
import { receive, type Selector } from "../hand-off.ts";
import { toPng } from "../pictures/image-file.ts";
import { grey, sheet } from "../pictures/picture.ts";
import { MULTIBASE_BATCH, picturesOf, PROOFING_JOB, readModel, type TrainedBase, type Validation } from "./proofing.ts";

const listModels = node(
  { id: "list_models", out: "many", key: (base: TrainedBase) => base.name },
  async ({ selector }: { selector: Selector }, ctx) => {
    const { content } = await receive(ctx, selector, MULTIBASE_BATCH);
    return content.bases;
  },
);

interface Measured {
  readonly name: string;
  readonly errors: Errors;
}

const validateModel = node(
  { id: "validate_model", thread: true },
  async (given: { selector: Selector; job: Selector; base: TrainedBase }, ctx): Promise<Measured> => {
    const { content: job, path } = await receive(ctx, given.job, PROOFING_JOB);
    const batch = await receive(ctx, given.selector, MULTIBASE_BATCH);
    const model = await readModel(batch.path, given.base.file);
    const heldBack = await picturesOf(job, { path, split: "held-back" });
    const baselines = baselinesOf(await picturesOf(job, { path, split: "train" }));
    return { name: given.base.name, errors: errorsOf(heldBack, model, baselines) };
  },
);

const BASELINES = ["grey", "mean", "ladder"] as const;

const writeValidatedModel = node(
  { id: "write_validated_model", gather: ["measured"] },
  async (given: { selector: Selector; job: Selector; measured: Measured[] }, ctx) => {
    const { content: batch, path: models } = await receive(ctx, given.selector, MULTIBASE_BATCH);
    const { content: job, path } = await receive(ctx, given.job, PROOFING_JOB);
    const chosen = batch.bases.find(({ name }) => name === batch.chosen);
    const own = given.measured.find(({ name }) => name === batch.chosen);
    if (chosen === undefined || own === undefined) throw new FatalError(`The batch has no model "${batch.chosen}"`);
    const heldBack = await picturesOf(job, { path, split: "held-back" });
    const model = await readModel(models, chosen.file);
    const validation: Validation = {
      concept: batch.concept,
      chosen: chosen.name,
      errors: Object.fromEntries(given.measured.map(({ name, errors }) => [name, { ...errors }])),
      beats: BASELINES.filter((baseline) => own.errors.model < own.errors[baseline]),
      pictures: heldBack.length,
    };
    const folder = await ctx.artifact("validated-model", {
      kind: "validated-model",
      labels: validation.beats.includes("mean") ? ["valid"] : ["worse-than-mean"],
      next: (made) => ({
        "release-prep": { selector: made.selector },
        "prompt-library": { selector: made.selector },
      }),
    });
    await folder.writeJson("validation.json", validation);
    await folder.writeJson("model.json", model);
    const shown = heldBack.slice(0, 6);
    const said = shown.map((picture) => colourize(picture, model));
    await folder.write("true-grey-model.png", toPng(sheet([...shown, ...shown.map(grey), ...said], shown.length)));
    return folder;
  },
);

interface ValidationInput {
  /** A multibase batch. */
  selector: string | ArtifactRef;
  /** The proofing job that it was trained from. */
  job: string | ArtifactRef;
}

export const multibaseRunToModelValidation = workflow(
  { name: "multibase-run-to-model-validation" },
  ({ selector, job }: ValidationInput) => {
    const measured = validateModel({ selector, job, base: listModels({ selector }) });
    return writeValidatedModel({ selector, job, measured });
  },
);
