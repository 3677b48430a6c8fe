/**
 * Pictures, reel and model become one folder that can be given away, with a page that says what is in it and how good it is.
 *
 *   npx workgraph run examples/thalis/release/release-bundle.ts --selector asset-bucketing/asset-buckets \
 *     --reel reel-preparation/reel --model training-testing/training-testing
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { FatalError, node, workflow, type ArtifactRef } from "agentic-workgraph";

import { copyInto, receive, type Selector } from "../hand-off.ts";
import { VALIDATED_MODEL } from "../training/proofing.ts";
import { ASSET_BUCKETS, REEL, type Release } from "./release.ts";

const selectAssets = node({ id: "select_assets" }, async ({ selector }: { selector: Selector }, ctx) => {
  const { content } = await receive(ctx, selector, ASSET_BUCKETS);
  const kept = content.assets.filter(({ bucket }) => bucket !== "rejected");
  if (kept.length === 0) throw new FatalError("Every picture was rejected: there is nothing to release");
  return { concept: content.concept, kept };
});

interface Parts {
  selector: string | ArtifactRef;
  reel: string | ArtifactRef;
  model: string | ArtifactRef;
}

const writeReleaseBundle = node(
  { id: "write_release_bundle" },
  async (given: Parts & { assets: Pick<Release, "concept"> & { kept: Release["assets"] } }, ctx) => {
    const { path } = await receive(ctx, given.selector, ASSET_BUCKETS);
    const { content: reel } = await receive(ctx, given.reel, REEL);
    const { content: validation } = await receive(ctx, given.model, VALIDATED_MODEL);
    const errors = validation.errors[validation.chosen];
    if (errors === undefined) throw new FatalError(`The model "${validation.chosen}" was not validated`);
    const folder = await ctx.artifact("release-bundle", {
      kind: "release",
      next: ({ selector }) => ({ "campaign-dispatch-bundle": { selector } }),
    });
    const release: Release = {
      concept: given.assets.concept,
      assets: given.assets.kept.map((asset) => ({ ...asset, file: `assets/${asset.file}` })),
      reel,
      model: { base: validation.chosen, error: errors.model, meanColour: errors.mean },
    };
    for (const { file } of given.assets.kept) await folder.write(`assets/${file}`, await readFile(join(path, file)));
    await copyInto(ctx, { from: given.reel, into: folder, at: "reel" });
    await copyInto(ctx, { from: given.model, into: folder, at: "model" });
    await folder.writeJson("release.json", release);
    await folder.write("RELEASE.md", pageOf(release, validation.beats));
    return folder;
  },
);

function pageOf({ concept, assets, reel, model }: Release, beats: readonly string[]): string {
  const rows = assets.map(({ bucket, file, why }) => `| ${bucket} | \`${file}\` | ${why} |`);
  return [
    `# ${concept.promptText}`,
    "",
    `${assets.length} pictures and a reel of ${reel.frames} frames (${(reel.frames / reel.framesPerSecond).toFixed(1)} s).`,
    `The model "${model.base}" gives pictures that it has never seen their colours back with an error of ${model.error};`,
    `the mean colour has ${model.meanColour}. It does better than: ${beats.join(", ") || "nothing"}.`,
    "",
    "| for | file | because |",
    "| --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

export const releaseBundle = workflow({ name: "release-bundle" }, ({ selector, reel, model }: Parts) =>
  writeReleaseBundle({ selector, reel, model, assets: selectAssets({ selector }) }),
);
