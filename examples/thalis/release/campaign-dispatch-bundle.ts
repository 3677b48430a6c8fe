/**
 * A release becomes drafts, one for each channel, with the picture that fits it. They lie on disk: nothing here talks to a
 * channel, and nothing is posted.
 *
 *   npx workgraph run examples/thalis/release/campaign-dispatch-bundle.ts --from-artifact release-bundle/release-bundle
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { node, workflow, type ArtifactRef } from "agentic-workgraph";

import { receive, type Selector } from "../hand-off.ts";
import { CHANNELS, draftFor, type Channel, type Draft } from "./drafts.ts";
import { RELEASE, type Release } from "./release.ts";

const openRelease = node({ id: "open_release" }, async ({ selector }: { selector: Selector }, ctx) => {
  const { content } = await receive(ctx, selector, RELEASE);
  return content;
});

const listChannels = node({ id: "list_channels", out: "many", key: (channel: Channel) => channel.name }, () => [
  ...CHANNELS,
]);

const draftPost = node({ id: "draft_post" }, ({ release, channel }: { release: Release; channel: Channel }): Draft =>
  draftFor(release, channel),
);

const writeDispatchBundle = node(
  { id: "write_dispatch_bundle", gather: ["drafts"] },
  async ({ selector, drafts }: { selector: Selector; drafts: Draft[] }, ctx) => {
    const { content, path } = await receive(ctx, selector, RELEASE);
    const folder = await ctx.artifact("campaign-dispatch-bundle", { kind: "campaign-drafts", labels: ["draft"] });
    for (const draft of drafts) {
      const picture = `drafts/${draft.channel}.png`;
      await folder.write(picture, await readFile(join(path, draft.asset)));
      await folder.writeJson(`drafts/${draft.channel}.json`, { ...draft, picture });
      await folder.write(`drafts/${draft.channel}.md`, `![${draft.alt}](${draft.channel}.png)\n\n${draft.text}\n`);
    }
    await folder.writeJson("dispatch.json", {
      concept: content.concept,
      posted: false,
      drafts: drafts.map(({ channel }) => channel),
    });
    return folder;
  },
);

export const campaignDispatchBundle = workflow(
  { name: "campaign-dispatch-bundle" },
  ({ selector }: { selector: string | ArtifactRef }) => {
    const drafts = draftPost({ release: openRelease({ selector }), channel: listChannels() });
    return writeDispatchBundle({ selector, drafts });
  },
);
