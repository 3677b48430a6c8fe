/** A trained model: made from pictures, kept as JSON, applied to pictures. */
import { z } from "zod";

import { chanceOf } from "../pictures/chance.ts";
import { lightnessMap, type Picture } from "../pictures/picture.ts";
import { rounded } from "../pictures/score.ts";
import { addGradient, compute, newNetwork, newScratch, weightCount, type Network } from "./network.ts";
import { CHROMA_COUNT, drawSamples, fillInput, inputCount, withChroma } from "./patches.ts";
import type { Base } from "./bases.ts";

export const Model = z.object({
  base: z.object({
    name: z.string(),
    radius: z.int().min(0).max(3),
    hidden: z.int().min(0).max(256),
    epochs: z.int(),
    rate: z.number(),
  }),
  samples: z.int(),
  weights: z.array(z.number()),
});
export type Model = z.infer<typeof Model>;

export interface Training {
  readonly model: Model;
  /** Root mean squared error of chroma, after each epoch. */
  readonly curve: readonly number[];
}

const BATCH = 32;
const [FADE, FADE_SQUARES, TINY] = [0.9, 0.999, 1e-8] as const;

/**
 * Stochastic gradient descent with momentum (Adam), over pixels drawn from the pictures.
 *
 * @param told is called after each epoch with the share that is done.
 */
export function train(
  pictures: readonly Picture[],
  how: { readonly base: Base; readonly seed: string; readonly perPicture: number },
  told: (share: number) => void = () => undefined,
): Training {
  const { base, seed, perPicture } = how;
  const chance = chanceOf("train", base.name, seed);
  const samples = drawSamples(pictures, { radius: base.radius, perPicture, chance });
  const shape = { inputs: inputCount(base.radius), hidden: base.hidden, outputs: CHROMA_COUNT };
  const network = newNetwork(shape, chance);
  const { weights } = network;
  const scratch = newScratch(shape);
  const gradient = new Float64Array(weights.length);
  const momentum = new Float64Array(weights.length);
  const squares = new Float64Array(weights.length);
  const order = Uint32Array.from({ length: samples.count }, (_, index) => index);
  const curve: number[] = [];
  let updates = 0;
  for (let epoch = 0; epoch < base.epochs; epoch++) {
    for (let index = order.length - 1; index > 0; index--) {
      const other = Math.floor(chance() * (index + 1));
      [order[index], order[other]] = [order[other]!, order[index]!];
    }
    // The last epochs take smaller steps.
    const rate = base.rate * (1 - 0.8 * (epoch / base.epochs));
    let squared = 0;
    for (let from = 0; from < order.length; from += BATCH) {
      const batch = order.subarray(from, from + BATCH);
      gradient.fill(0);
      for (const row of batch)
        squared += addGradient(network, rowOf(samples, row, shape.inputs), { gradient, scratch });
      updates++;
      for (let at = 0; at < weights.length; at++) {
        const slope = gradient[at]! / batch.length;
        momentum[at] = FADE * momentum[at]! + (1 - FADE) * slope;
        squares[at] = FADE_SQUARES * squares[at]! + (1 - FADE_SQUARES) * slope * slope;
        const mean = momentum[at]! / (1 - FADE ** updates);
        weights[at]! -= (rate * mean) / (Math.sqrt(squares[at]! / (1 - FADE_SQUARES ** updates)) + TINY);
      }
    }
    curve.push(rounded(Math.sqrt(squared / (samples.count * CHROMA_COUNT))));
    told((epoch + 1) / base.epochs);
  }
  const short = Array.from(weights, (weight) => Number(weight.toFixed(6)));
  return { model: { base: { ...base }, samples: samples.count, weights: short }, curve };
}

function rowOf(
  { inputs, targets }: { readonly inputs: Float32Array; readonly targets: Float32Array },
  row: number,
  width: number,
): { readonly input: Float32Array; readonly target: Float32Array } {
  return {
    input: inputs.subarray(row * width, (row + 1) * width),
    target: targets.subarray(row * CHROMA_COUNT, (row + 1) * CHROMA_COUNT),
  };
}

/** The picture in the colours that the model has learned; the picture's own colours are not looked at. */
export function colourize(picture: Picture, model: Model): Picture {
  const { radius, hidden } = model.base;
  const shape = { inputs: inputCount(radius), hidden, outputs: CHROMA_COUNT };
  if (model.weights.length !== weightCount(shape))
    throw new RangeError(
      `A model "${model.base.name}" has ${weightCount(shape)} weights, not ${model.weights.length}.`,
    );
  const network: Network = { shape, weights: Float64Array.from(model.weights) };
  const scratch = newScratch(shape);
  const input = new Float32Array(shape.inputs);
  const map = lightnessMap(picture);
  return withChroma(picture, map, (x, y) => {
    fillInput({ picture, map, radius, x, y }, input);
    const [blue = 0, red = 0] = compute(network, input, scratch);
    return [blue, red];
  });
}
