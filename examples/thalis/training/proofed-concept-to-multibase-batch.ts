/**
 * A concept that was proofed is trained on several base configurations at once, one item each, in threads.
 *
 *   npx workgraph run examples/thalis/training/proofed-concept-to-multibase-batch.ts --from-artifact proofing-job-to-eval/proof-eval
 *   ... --bases small,wide
 */
import { FatalError, node, workflow, type ArtifactRef } from "agentic-workgraph";

import { baseNamed, BASES, type Base } from "../colours/bases.ts";
import { train } from "../colours/model.ts";
import { baselinesOf, errorsOf } from "../colours/validation.ts";
import { receive, type Selector } from "../hand-off.ts";
import { chart, type Line } from "../pictures/chart.ts";
import { toPng } from "../pictures/image-file.ts";
import { picturesOf, PROOF_EVAL, PROOFING_JOB, readModel, type MultibaseBatch, type TrainedBase } from "./proofing.ts";

const listBases = node(
  { id: "list_bases", out: "many", key: (base: Base) => base.name },
  async ({ selector, bases }: { selector: Selector; bases: string }, ctx) => {
    const { content } = await receive(ctx, selector, PROOF_EVAL);
    if (content.verdict !== "proofed") throw new FatalError(`The concept was rejected in proofing: ${content.why}`);
    const names = bases.split(",").map((name) => name.trim());
    return [...new Set(names)].map(baseNamed);
  },
);

const trainBase = node(
  { id: "train_base", concurrency: 2, thread: true },
  async ({ job: selector, base }: { job: Selector; base: Base }, ctx) => {
    const { content: job, path } = await receive(ctx, selector, PROOFING_JOB);
    const pictures = await picturesOf(job, { path, split: "train" });
    const how = { base, seed: String(job.seed), perPicture: job.perPicture };
    const { model, curve } = train(pictures, how, (share) => ctx.progress(share));
    const errors = errorsOf(await picturesOf(job, { path, split: "proof" }), model, baselinesOf(pictures));
    const folder = await ctx.artifact(`model-${base.name}`, { kind: "model" });
    await folder.writeJson("model.json", model);
    const trained: TrainedBase = { name: base.name, file: `models/${base.name}.json`, errors, curve: [...curve] };
    return { trained, folder: folder.ref };
  },
);

const COLOURS: readonly Line["colour"][] = [
  [200, 70, 40],
  [30, 90, 200],
  [40, 140, 70],
];

const writeMultibaseBatch = node(
  { id: "write_multibase_batch", gather: ["models"] },
  async (given: { job: Selector; models: { trained: TrainedBase; folder: ArtifactRef }[] }, ctx) => {
    const { models } = given;
    const { content: job, selector } = await receive(ctx, given.job, PROOFING_JOB);
    const folder = await ctx.artifact("multibase-batch", {
      kind: "multibase-batch",
      next: (made) => ({ "multibase-run-to-model-validation": { selector: made.selector, job: selector } }),
    });
    for (const { trained, folder: from } of models) {
      const { path } = await ctx.openArtifact(from);
      await folder.writeJson(trained.file, await readModel(path));
    }
    const bases = models.map(({ trained }) => trained);
    const [best] = bases.toSorted((a, b) => a.errors.model - b.errors.model);
    if (best === undefined) throw new FatalError("No base was trained");
    const batch: MultibaseBatch = { concept: job.concept, bases, chosen: best.name };
    await folder.writeJson("multibase-batch.json", batch);
    const lines = bases.map(({ curve }, index) => ({ values: curve, colour: COLOURS[index % COLOURS.length]! }));
    await folder.write("curves.png", toPng(chart(lines)));
    return folder;
  },
);

interface MultibaseInput {
  /** A proof-eval. */
  selector: string | ArtifactRef;
  /** The proofing job that it is of. */
  job: string | ArtifactRef;
  /** Names, with commas. */
  bases?: string;
}

const ALL_BASES = BASES.map(({ name }) => name).join(",");

export const proofedConceptToMultibaseBatch = workflow(
  { name: "proofed-concept-to-multibase-batch" },
  ({ selector, job, bases = ALL_BASES }: MultibaseInput) => {
    const models = trainBase({ job, base: listBases({ selector, bases }) });
    return writeMultibaseBatch({ job, models });
  },
);
