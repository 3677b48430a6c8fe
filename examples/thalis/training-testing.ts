/**
 * What you see here: the second stage, which begins where the first one ended, whoever ran it and whenever.
 *
 *   npx workgraph run examples/thalis/training-testing.ts --from-artifact thalis-dataset-prep/dataset-prep
 *   npx workgraph run examples/thalis/training-testing.ts --selector thalis-dataset-prep/dataset-prep --bases small,wide
 */
import { node, runSubgraph, workflow, type ArtifactRef } from "agentic-workgraph";

import { stageFolder } from "./stage-folder.ts";
import { datasetToProofingJob } from "./training/dataset-to-proofing-job.ts";
import { multibaseRunToModelValidation } from "./training/multibase-run-to-model-validation.ts";
import { proofedConceptToMultibaseBatch } from "./training/proofed-concept-to-multibase-batch.ts";
import { proofingJobToEval } from "./training/proofing-job-to-eval.ts";

const writeStageArtifact = node({ id: "write_stage_artifact" }, async ({ model }: { model: ArtifactRef }, ctx) =>
  stageFolder(ctx, {
    name: "training-testing",
    from: model,
    children: [
      "dataset-to-proofing-job",
      "proofing-job-to-eval",
      "proofed-concept-to-multibase-batch",
      "multibase-run-to-model-validation",
    ],
    next: (selector) => ({ "release-prep": { selector } }),
  }),
);

interface TrainingInput {
  /** A dataset, or the stage that made one. */
  selector: string | ArtifactRef;
  perPicture?: number;
  seed?: number;
  bases?: string;
}

export const trainingTesting = workflow(
  { name: "training-testing" },
  ({ selector, perPicture = 400, seed = 1, bases = "line,small,wide" }: TrainingInput) => {
    const job = runSubgraph({
      workflow: datasetToProofingJob,
      id: "run_dataset_to_proofing_job",
      input: { selector, perPicture, seed },
    });
    const proof = runSubgraph({
      workflow: proofingJobToEval,
      id: "run_proofing_job_to_eval",
      input: { selector: job },
    });
    const batch = runSubgraph({
      workflow: proofedConceptToMultibaseBatch,
      id: "run_multibase_batch",
      input: { selector: proof, job, bases },
    });
    const model = runSubgraph({
      workflow: multibaseRunToModelValidation,
      id: "run_model_validation",
      input: { selector: batch, job },
    });
    return writeStageArtifact({ model });
  },
);
