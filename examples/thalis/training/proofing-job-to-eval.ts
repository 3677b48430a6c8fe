/**
 * A proofing job becomes a verdict: a quick model is trained, and must give the pictures of the proof split their colours back
 * clearly better than the mean colour does. What cannot be learned at all is found here, before the long trainings.
 *
 *   npx workgraph run examples/thalis/training/proofing-job-to-eval.ts --from-artifact dataset-to-proofing-job/proofing-job
 */
import { node, workflow, type ArtifactRef } from "agentic-workgraph";

import { PROOF_BASE } from "../colours/bases.ts";
import { colourize, train, type Training } from "../colours/model.ts";
import { baselinesOf, errorsOf } from "../colours/validation.ts";
import { receive, type Selector } from "../hand-off.ts";
import { chart } from "../pictures/chart.ts";
import { toPng } from "../pictures/image-file.ts";
import { grey, sheet } from "../pictures/picture.ts";
import { picturesOf, PROOFING_JOB, type ProofEval } from "./proofing.ts";

/** Share of the mean colour's error that a quick model has to save. What is not there to be learned saves nothing, give or take chance. */
const MIN_GAIN = 0.03;

const trainProof = node(
  { id: "train_proof", thread: true },
  async ({ selector }: { selector: Selector }, ctx): Promise<Training> => {
    const { content: job, path } = await receive(ctx, selector, PROOFING_JOB);
    const pictures = await picturesOf(job, { path, split: "train" });
    const how = { base: PROOF_BASE, seed: String(job.seed), perPicture: Math.ceil(job.perPicture / 2) };
    return train(pictures, how, (share) => ctx.progress(share));
  },
);

const writeProofEval = node(
  { id: "write_proof_eval" },
  async ({ selector, training }: { selector: Selector; training: Training }, ctx) => {
    const received = await receive(ctx, selector, PROOFING_JOB);
    const { content: job, path } = received;
    const proof = await picturesOf(job, { path, split: "proof" });
    const errors = errorsOf(proof, training.model, baselinesOf(await picturesOf(job, { path, split: "train" })));
    const isProofed = errors.model < errors.mean * (1 - MIN_GAIN);
    const verdict: ProofEval = {
      concept: job.concept,
      verdict: isProofed ? "proofed" : "rejected",
      why: `error ${errors.model}, where the mean colour has ${errors.mean}`,
      errors,
      curve: [...training.curve],
    };
    const folder = await ctx.artifact("proof-eval", {
      kind: "proof-eval",
      labels: [verdict.verdict],
      next: (made) => ({
        "proofed-concept-to-multibase-batch": { selector: made.selector, job: received.selector },
      }),
    });
    await folder.writeJson("proof-eval.json", verdict);
    await folder.write("curve.png", toPng(chart([{ values: training.curve, colour: [30, 90, 200] }])));
    const shown = proof.slice(0, 4);
    const said = shown.map((picture) => colourize(picture, training.model));
    await folder.write("true-grey-model.png", toPng(sheet([...shown, ...shown.map(grey), ...said], shown.length)));
    return folder;
  },
);

export const proofingJobToEval = workflow(
  { name: "proofing-job-to-eval" },
  ({ selector }: { selector: string | ArtifactRef }) =>
    writeProofEval({ selector, training: trainProof({ selector }) }),
);
