/**
 * What the model sees and what it has to say, for one pixel.
 *
 * It is given lightness alone: that of the pixel and its neighbours, how much they differ, and how high in the picture the pixel
 * is. It says the two chroma values. Lightness and chroma together are the colour, so a model gives a grey picture the colours
 * of the pictures that it was trained with.
 */
import type { Chance } from "../pictures/chance.ts";
import { blank, lightnessMap, lightnessOf, type Picture } from "../pictures/picture.ts";

/** Chroma values: blue and red against lightness, each about -0.5 to 0.5. */
export const CHROMA_COUNT = 2;

export interface Samples {
  readonly count: number;
  /** `count` rows of `inputCount(radius)` numbers, each about -2 to 2. */
  readonly inputs: Float32Array;
  /** `count` rows of `CHROMA_COUNT` numbers. */
  readonly targets: Float32Array;
}

/** @param radius neighbours on each side, from 0 */
export function inputCount(radius: number): number {
  return (2 * radius + 1) ** 2 + 2;
}

/** The same number of pixels of each picture, drawn by chance. */
export function drawSamples(
  pictures: readonly Picture[],
  draw: { readonly radius: number; readonly perPicture: number; readonly chance: Chance },
): Samples {
  const { radius, perPicture, chance } = draw;
  const width = inputCount(radius);
  const count = pictures.length * perPicture;
  const inputs = new Float32Array(count * width);
  const targets = new Float32Array(count * CHROMA_COUNT);
  let row = 0;
  for (const picture of pictures) {
    const map = lightnessMap(picture);
    for (let drawn = 0; drawn < perPicture; drawn++, row++) {
      const x = Math.floor(chance() * picture.width);
      const y = Math.floor(chance() * picture.height);
      fillInput({ picture, map, radius, x, y }, inputs.subarray(row * width, (row + 1) * width));
      targets.set(chromaAt(picture, y * picture.width + x), row * CHROMA_COUNT);
    }
  }
  return { count, inputs, targets };
}

export interface Place {
  readonly picture: Pick<Picture, "width" | "height">;
  readonly map: Float32Array;
  readonly radius: number;
  readonly x: number;
  readonly y: number;
}

export function fillInput({ picture, map, radius, x, y }: Place, into: Float32Array): void {
  const { width, height } = picture;
  const here = map[y * width + x]!;
  let at = 0;
  let difference = 0;
  for (let dy = -radius; dy <= radius; dy++) {
    const row = Math.min(height - 1, Math.max(0, y + dy)) * width;
    for (let dx = -radius; dx <= radius; dx++) {
      const value = map[row + Math.min(width - 1, Math.max(0, x + dx))]!;
      difference += Math.abs(value - here);
      into[at++] = value * 4 - 2;
    }
  }
  into[at++] = Math.min(2, (difference / (2 * radius + 1) ** 2) * 8);
  into[at] = (y / Math.max(1, height - 1)) * 2 - 1;
}

export function chromaAt({ rgb }: Picture, index: number): readonly [number, number] {
  const [red, green, blue] = [rgb[index * 3]!, rgb[index * 3 + 1]!, rgb[index * 3 + 2]!];
  const lightness = lightnessOf(red, green, blue);
  return [(blue / 255 - lightness) / 1.772, (red / 255 - lightness) / 1.402];
}

/** The picture with its own lightness and the chroma that `chroma` says for each place. */
export function withChroma(
  picture: Picture,
  map: Float32Array,
  chroma: (x: number, y: number) => readonly [number, number],
): Picture {
  const result = blank(picture.width, picture.height);
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      const index = y * picture.width + x;
      const lightness = map[index]!;
      const [blue, red] = chroma(x, y);
      result.rgb[index * 3] = (lightness + 1.402 * red) * 255;
      result.rgb[index * 3 + 1] = (lightness - 0.344136 * blue - 0.714136 * red) * 255;
      result.rgb[index * 3 + 2] = (lightness + 1.772 * blue) * 255;
    }
  }
  return result;
}
