/**
 * What you see here: the third stage. Its child runs hand folders to each other; the last one writes drafts of posts, and nothing
 * is posted.
 *
 *   npx workgraph run examples/thalis/release-prep.ts --from-artifact training-testing/training-testing
 */
import { node, runSubgraph, workflow, type ArtifactRef } from "agentic-workgraph";

import { assetBucketing } from "./release/asset-bucketing.ts";
import { campaignDispatchBundle } from "./release/campaign-dispatch-bundle.ts";
import { promptLibrary } from "./release/prompt-library.ts";
import { reelPreparation } from "./release/reel-preparation.ts";
import { releaseBundle } from "./release/release-bundle.ts";
import { renderBatching } from "./release/render-batching.ts";
import { stageFolder } from "./stage-folder.ts";

const writeStageArtifact = node({ id: "write_stage_artifact" }, async ({ campaign }: { campaign: ArtifactRef }, ctx) =>
  stageFolder(ctx, {
    name: "release-prep",
    from: campaign,
    children: [
      "prompt-library",
      "render-batching",
      "asset-bucketing",
      "reel-preparation",
      "release-bundle",
      "campaign-dispatch-bundle",
    ],
  }),
);

interface ReleaseInput {
  /** A validated model, or the stage that made one. */
  selector: string | ArtifactRef;
  /** Pictures to make. */
  prompts?: number;
  batchSize?: number;
  /** Pictures in the reel. */
  shots?: number;
  seed?: number;
}

export const releasePrep = workflow(
  { name: "release-prep" },
  ({ selector: model, prompts = 9, batchSize = 3, shots = 4, seed = 1 }: ReleaseInput) => {
    const library = runSubgraph({
      workflow: promptLibrary,
      id: "run_prompt_library",
      input: { selector: model, prompts, seed },
    });
    const renders = runSubgraph({
      workflow: renderBatching,
      id: "run_render_batching",
      input: { selector: library, model, batchSize },
    });
    const buckets = runSubgraph({ workflow: assetBucketing, id: "run_asset_bucketing", input: { selector: renders } });
    const reel = runSubgraph({
      workflow: reelPreparation,
      id: "run_reel_preparation",
      input: { selector: buckets, shots },
    });
    const release = runSubgraph({
      workflow: releaseBundle,
      id: "run_release_bundle",
      input: { selector: buckets, reel, model },
    });
    const campaign = runSubgraph({
      workflow: campaignDispatchBundle,
      id: "run_campaign_dispatch_bundle",
      input: { selector: release },
    });
    return writeStageArtifact({ campaign });
  },
);
