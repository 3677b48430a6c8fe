/** What a picture is like, in numbers that its pixels decide. */
import { lightnessMap, type Picture } from "./picture.ts";

export interface PictureScore {
  /** Standard deviation of lightness, 0 to 0.5. */
  readonly contrast: number;
  /** Mean difference of neighbours in lightness, 0 to 1; blank sky is near 0. */
  readonly detail: number;
  /** Spread and distance from grey of the colours (Hasler and Suesstrunk 2003); 0 is grey, 100 is lurid. */
  readonly colourfulness: number;
  /** Mean lightness, 0 to 1. */
  readonly lightness: number;
}

export function scoreOf(picture: Picture): PictureScore {
  const map = lightnessMap(picture);
  const { mean: lightness, deviation: contrast } = spread(map);
  return {
    contrast: rounded(contrast),
    detail: rounded(detailOf(picture, map)),
    colourfulness: rounded(colourfulnessOf(picture)),
    lightness: rounded(lightness),
  };
}

function detailOf({ width, height }: Picture, map: Float32Array): number {
  let sum = 0;
  let count = 0;
  for (let y = 0; y + 1 < height; y++) {
    for (let x = 0; x + 1 < width; x++) {
      const here = map[y * width + x]!;
      sum += Math.abs(map[y * width + x + 1]! - here) + Math.abs(map[(y + 1) * width + x]! - here);
      count += 2;
    }
  }
  return sum / Math.max(1, count);
}

function colourfulnessOf({ rgb }: Picture): number {
  const redGreen = new Float32Array(rgb.length / 3);
  const yellowBlue = new Float32Array(rgb.length / 3);
  for (let index = 0; index < redGreen.length; index++) {
    const [red, green, blue] = [rgb[index * 3]!, rgb[index * 3 + 1]!, rgb[index * 3 + 2]!];
    redGreen[index] = red - green;
    yellowBlue[index] = (red + green) / 2 - blue;
  }
  const [a, b] = [spread(redGreen), spread(yellowBlue)];
  return Math.hypot(a.deviation, b.deviation) + 0.3 * Math.hypot(a.mean, b.mean);
}

function spread(values: Float32Array): { readonly mean: number; readonly deviation: number } {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / values.length - mean * mean)) };
}

/** Four digits: enough to compare, short enough to read. */
export function rounded(value: number): number {
  return Number(value.toFixed(4));
}
