/** Source images: a part of the photo in the look of the concept. Offline, and the same every time. */
import { node } from "agentic-workgraph";

import { inLook } from "../pictures/look.ts";
import { loadPhoto } from "../pictures/photo.ts";
import { cut, mirrored } from "../pictures/picture.ts";
import { imageFolder, type ImageAsked } from "./image-request.ts";

export const cutSourceImage = node({ id: "cut_source_image" }, async ({ request }: ImageAsked, ctx) => {
  const { view, size, look, number, flipped } = request;
  const part = cut(await loadPhoto(), view, { width: size, height: size });
  return imageFolder(ctx, request, { picture: inLook(flipped ? mirrored(part) : part, look, String(number)) });
});
