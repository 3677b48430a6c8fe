/** What a picture is worth, and where its proportions fit. */
import { rounded } from "../pictures/score.ts";
import type { Asset, Framing, Render } from "./release.ts";

/** Below these a picture shows nothing, or nothing of the concept's colours. */
const MIN_CONTRAST = 0.06;
const MIN_COLOURFULNESS = 8;

const BUCKET_OF: Readonly<Record<Framing, Asset["bucket"]>> = { wide: "banner", square: "feed", tall: "story" };

export function assess(render: Render): Asset & { readonly worth: number } {
  const { contrast, detail, colourfulness, lightness, framing } = render;
  // Each about 0 to 1; a picture that is nearly black or nearly white loses.
  const worth = rounded(contrast * 3 + detail * 4 + Math.min(1, colourfulness / 60) - Math.abs(lightness - 0.5));
  const flaw =
    contrast < MIN_CONTRAST
      ? `contrast ${contrast} is below ${MIN_CONTRAST}`
      : colourfulness < MIN_COLOURFULNESS
        ? `colourfulness ${colourfulness} is below ${MIN_COLOURFULNESS}`
        : undefined;
  return {
    ...render,
    worth,
    bucket: flaw === undefined ? BUCKET_OF[framing] : "rejected",
    why: flaw ?? `${framing} view, worth ${worth}`,
  };
}
