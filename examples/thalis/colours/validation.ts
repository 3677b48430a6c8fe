/**
 * How well a model gives pictures their colours back, beside what needs no model.
 *
 * R1. Errors are root mean squared differences of chroma to the true picture, about 0 to 0.5; every pixel counts.
 * R2. Three baselines, each with the best numbers that the training pictures give it: `grey` says no colour, `mean` says the mean
 *     colour everywhere, `ladder` says the mean colour of the pixel's lightness (in 16 rungs), which is what a tone curve can do.
 */
import { lightnessMap, type Picture } from "../pictures/picture.ts";
import { rounded } from "../pictures/score.ts";
import { colourize, type Model } from "./model.ts";
import { chromaAt } from "./patches.ts";

export interface Errors {
  readonly model: number;
  readonly grey: number;
  readonly mean: number;
  readonly ladder: number;
}

const RUNGS = 16;

type Chroma = readonly [number, number];

export interface Baselines {
  readonly mean: Chroma;
  readonly ladder: readonly Chroma[];
}

export function baselinesOf(pictures: readonly Picture[]): Baselines {
  const sums = Array.from({ length: RUNGS }, () => ({ blue: 0, red: 0, count: 0 }));
  for (const picture of pictures) {
    for (const [index, lightness] of lightnessMap(picture).entries()) {
      const [blue, red] = chromaAt(picture, index);
      const rung = sums[rungOf(lightness)]!;
      rung.blue += blue;
      rung.red += red;
      rung.count++;
    }
  }
  const all = sums.reduce((sum, { blue, red, count }) => ({
    blue: sum.blue + blue,
    red: sum.red + red,
    count: sum.count + count,
  }));
  const mean: Chroma = [all.blue / all.count, all.red / all.count];
  return {
    mean,
    ladder: sums.map(({ blue, red, count }) => (count === 0 ? mean : ([blue / count, red / count] as const))),
  };
}

/** Over all pixels of all pictures. @throws RangeError when there are none. */
export function errorsOf(pictures: readonly Picture[], model: Model, { mean, ladder }: Baselines): Errors {
  if (pictures.length === 0) throw new RangeError("There is no picture to measure with.");
  const sums = { model: 0, grey: 0, mean: 0, ladder: 0 };
  let count = 0;
  for (const picture of pictures) {
    const said = colourize(picture, model);
    for (const [index, lightness] of lightnessMap(picture).entries()) {
      const truth = chromaAt(picture, index);
      sums.model += squared(chromaAt(said, index), truth);
      sums.grey += squared([0, 0], truth);
      sums.mean += squared(mean, truth);
      sums.ladder += squared(ladder[rungOf(lightness)]!, truth);
      count += 2;
    }
  }
  const root = (sum: number): number => rounded(Math.sqrt(sum / count));
  return { model: root(sums.model), grey: root(sums.grey), mean: root(sums.mean), ladder: root(sums.ladder) };
}

function rungOf(lightness: number): number {
  return Math.min(RUNGS - 1, Math.floor(lightness * RUNGS));
}

function squared(said: Chroma, truth: Chroma): number {
  return (said[0] - truth[0]) ** 2 + (said[1] - truth[1]) ** 2;
}
