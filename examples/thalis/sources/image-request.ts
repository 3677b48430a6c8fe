/** The one signature that all sources of images have. */
import type { ArtifactFolder, Ctx } from "agentic-workgraph";

import type { Look } from "../pictures/look.ts";
import { toPng } from "../pictures/image-file.ts";
import type { Picture, View } from "../pictures/picture.ts";
import type { Split } from "../dataset-prep/seed-set.ts";

export interface ImageRequest {
  readonly key: string;
  readonly split: Split;
  readonly prompt: string;
  /** Services are given it as their seed; the photo is cut and broken into panes by it. */
  readonly number: number;
  /** For what is cut out of the photo. */
  readonly view: View;
  readonly flipped: boolean;
  readonly look: Look;
  /** Pixels of each side of the picture that is wanted. */
  readonly size: number;
}

export interface Service {
  /** `http://127.0.0.1:8188`, with the path before the documented one if there is any. */
  readonly url: string;
  /** Checkpoint of ComfyUI, model of an images API. */
  readonly model: string;
  /** Name of the environment variable that holds the key; empty: the service asks for none. */
  readonly secret: string;
}

export interface ImageAsked {
  request: ImageRequest;
  service: Service;
}

/** Folder of one picture: `image.png` in the size that was asked for, and the bytes as they came, when they came from elsewhere. */
export async function imageFolder(
  ctx: Pick<Ctx, "artifact">,
  { key, prompt, split }: ImageRequest,
  { picture, received }: { readonly picture: Picture; readonly received?: Uint8Array },
): Promise<ArtifactFolder> {
  const folder = await ctx.artifact(`image-${key}`, { kind: "image" });
  await folder.write("image.png", toPng(picture));
  if (received !== undefined) await folder.write("received", received);
  await folder.writeJson("image.json", { key, prompt, split });
  return folder;
}
