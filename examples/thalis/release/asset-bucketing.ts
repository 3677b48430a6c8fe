/**
 * Pictures are sorted by what they are good for: the best one is the hero, flat ones are rejected, the others go where their
 * proportions fit.
 *
 *   npx workgraph run examples/thalis/release/asset-bucketing.ts --from-artifact render-batching/renders
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { node, workflow, type ArtifactRef } from "agentic-workgraph";

import { receive, type Selector } from "../hand-off.ts";
import { assess } from "./assessment.ts";
import { RENDERS, type Asset, type AssetBuckets, type Render } from "./release.ts";

const listRenders = node(
  { id: "list_renders", out: "many", key: (render: Render) => render.key },
  async ({ selector }: { selector: Selector }, ctx) => {
    const { content } = await receive(ctx, selector, RENDERS);
    return content.renders;
  },
);

const assessRender = node({ id: "assess_render" }, ({ render }: { render: Render }) => assess(render));

const writeAssetBuckets = node(
  { id: "write_asset_buckets", gather: ["assets"] },
  async ({ selector, assets }: { selector: Selector; assets: (Asset & { worth: number })[] }, ctx) => {
    const { content, path } = await receive(ctx, selector, RENDERS);
    const [best] = assets.filter(({ bucket }) => bucket !== "rejected").toSorted((a, b) => b.worth - a.worth);
    const folder = await ctx.artifact("asset-buckets", {
      kind: "asset-buckets",
      next: (made) => ({ "reel-preparation": { selector: made.selector } }),
    });
    const buckets: AssetBuckets = { concept: content.concept, assets: [] };
    for (const { worth, ...asset } of assets.toSorted((a, b) => b.worth - a.worth)) {
      const bucket = asset.key === best?.key ? "hero" : asset.bucket;
      const why = bucket === "hero" ? `the highest worth, ${worth}` : asset.why;
      const file = `${bucket}/${asset.key}.png`;
      await folder.write(file, await readFile(join(path, asset.file)));
      buckets.assets.push({ ...asset, bucket, why, file });
    }
    await folder.writeJson("buckets.json", buckets);
    return folder;
  },
);

export const assetBucketing = workflow(
  { name: "asset-bucketing" },
  ({ selector }: { selector: string | ArtifactRef }) =>
    writeAssetBuckets({ selector, assets: assessRender({ render: listRenders({ selector }) }) }),
);
