/**
 * A small neural network: inputs, one hidden layer with tanh (or none), outputs.
 *
 * R1. All weights stand in one array: hidden weights row by row, hidden biases, output weights row by row, output biases.
 * R2. The gradient is checked against differences in network.test.ts.
 */
import type { Chance } from "../pictures/chance.ts";

export interface Shape {
  readonly inputs: number;
  /** 0: outputs are straight lines of the inputs. */
  readonly hidden: number;
  readonly outputs: number;
}

export interface Network {
  readonly shape: Shape;
  readonly weights: Float64Array;
}

export function weightCount({ inputs, hidden, outputs }: Shape): number {
  return hidden === 0 ? (inputs + 1) * outputs : (inputs + 1) * hidden + (hidden + 1) * outputs;
}

/** Small weights by chance, biases 0. */
export function newNetwork(shape: Shape, chance: Chance): Network {
  const { inputs, hidden, outputs } = shape;
  const weights = new Float64Array(weightCount(shape));
  const fill = (from: number, count: number, width: number): void => {
    for (let at = from; at < from + count; at++) weights[at] = (chance() * 2 - 1) / Math.sqrt(width);
  };
  if (hidden === 0) fill(0, inputs * outputs, inputs);
  else {
    fill(0, inputs * hidden, inputs);
    fill((inputs + 1) * hidden, hidden * outputs, hidden);
  }
  return { shape, weights };
}

/** What a network is computed with; one for as many rows as one likes. */
export interface Scratch {
  readonly hidden: Float64Array;
  readonly outputs: Float64Array;
  readonly errors: Float64Array;
}

export function newScratch({ hidden, outputs }: Shape): Scratch {
  return { hidden: new Float64Array(hidden), outputs: new Float64Array(outputs), errors: new Float64Array(outputs) };
}

/** Fills `scratch.outputs`. */
export function compute({ shape, weights }: Network, input: ArrayLike<number>, scratch: Scratch): Float64Array {
  const { inputs, hidden, outputs } = shape;
  if (hidden === 0) return layer({ weights, from: 0, width: inputs, count: outputs }, input, scratch.outputs);
  layer({ weights, from: 0, width: inputs, count: hidden }, input, scratch.hidden);
  for (let h = 0; h < hidden; h++) scratch.hidden[h] = Math.tanh(scratch.hidden[h]!);
  return layer(
    { weights, from: (inputs + 1) * hidden, width: hidden, count: outputs },
    scratch.hidden,
    scratch.outputs,
  );
}

interface Layer {
  readonly weights: Float64Array;
  readonly from: number;
  readonly width: number;
  readonly count: number;
}

function layer({ weights, from, width, count }: Layer, input: ArrayLike<number>, into: Float64Array): Float64Array {
  const biases = from + width * count;
  for (let o = 0; o < count; o++) {
    let sum = weights[biases + o]!;
    const row = from + o * width;
    for (let i = 0; i < width; i++) sum += weights[row + i]! * input[i]!;
    into[o] = sum;
  }
  return into;
}

/** Adds the gradient of half the squared error of one row to `gradient`. @returns the squared error. */
export function addGradient(
  network: Network,
  row: { readonly input: ArrayLike<number>; readonly target: ArrayLike<number> },
  into: { readonly gradient: Float64Array; readonly scratch: Scratch },
): number {
  const { shape, weights } = network;
  const { inputs, hidden, outputs } = shape;
  const { gradient, scratch } = into;
  compute(network, row.input, scratch);
  let squared = 0;
  for (let o = 0; o < outputs; o++) {
    const error = scratch.outputs[o]! - row.target[o]!;
    scratch.errors[o] = error;
    squared += error * error;
  }
  const last = hidden === 0 ? { values: row.input, from: 0, width: inputs } : lastLayer(shape, scratch);
  for (let o = 0; o < outputs; o++) {
    const error = scratch.errors[o]!;
    for (let i = 0; i < last.width; i++) gradient[last.from + o * last.width + i]! += error * last.values[i]!;
    gradient[last.from + outputs * last.width + o]! += error;
  }
  for (let h = 0; h < hidden; h++) {
    let error = 0;
    for (let o = 0; o < outputs; o++) error += scratch.errors[o]! * weights[last.from + o * hidden + h]!;
    error *= 1 - scratch.hidden[h]! ** 2;
    for (let i = 0; i < inputs; i++) gradient[h * inputs + i]! += error * row.input[i]!;
    gradient[inputs * hidden + h]! += error;
  }
  return squared;
}

function lastLayer({ inputs, hidden }: Shape, scratch: Scratch): { values: Float64Array; from: number; width: number } {
  return { values: scratch.hidden, from: (inputs + 1) * hidden, width: hidden };
}
