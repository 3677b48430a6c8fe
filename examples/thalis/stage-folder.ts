/** The folder that a stage ends with: what its last child run made, and what the stage was, in one place. */
import type { ArtifactFolder, ArtifactRef, Ctx, NextInputs } from "agentic-workgraph";

import { copyInto } from "./hand-off.ts";

export async function stageFolder(
  ctx: Pick<Ctx, "artifact" | "openArtifact">,
  stage: {
    readonly name: string;
    readonly from: ArtifactRef;
    readonly children: readonly string[];
    readonly next?: (selector: string) => NextInputs;
  },
): Promise<ArtifactFolder> {
  const { name, from, children, next } = stage;
  const folder = await ctx.artifact(name, {
    ...(from.kind === undefined ? {} : { kind: from.kind }),
    labels: ["stage"],
    ...(next === undefined ? {} : { next: ({ selector }) => next(selector) }),
  });
  const files = await copyInto(ctx, { from, into: folder });
  await folder.writeJson("stage.json", { stage: name, children, files: files.length });
  return folder;
}
