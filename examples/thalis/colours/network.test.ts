import { expect, test } from "vitest";

import { chanceOf } from "../pictures/chance.ts";
import { addGradient, compute, newNetwork, newScratch, weightCount, type Network, type Shape } from "./network.ts";

const row = { input: [0.3, -0.7, 1.1], target: [0.2, -0.4] };

function halfSquaredError(network: Network): number {
  const said = compute(network, row.input, newScratch(network.shape));
  return row.target.reduce((sum, value, index) => sum + (said[index]! - value) ** 2 / 2, 0);
}

/** Greatest difference between the gradient and what a small push of each weight does. */
function worst(shape: Shape, spoil: (gradient: Float64Array) => void = () => undefined): number {
  const network = newNetwork(shape, chanceOf("gradient", shape.hidden));
  const gradient = new Float64Array(weightCount(shape));
  addGradient(network, row, { gradient, scratch: newScratch(shape) });
  spoil(gradient);
  const push = 1e-5;
  return Math.max(
    ...gradient.map((slope, at) => {
      const { weights } = network;
      const kept = weights[at]!;
      weights[at] = kept + push;
      const above = halfSquaredError(network);
      weights[at] = kept - push;
      const below = halfSquaredError(network);
      weights[at] = kept;
      return Math.abs((above - below) / (2 * push) - slope);
    }),
  );
}

test.each([0, 1, 5])("the gradient is what a small push of each weight does, with %i hidden units", (hidden) => {
  expect(worst({ inputs: 3, hidden, outputs: 2 })).toBeLessThan(1e-8);
});

test("a wrong gradient is seen", () => {
  const spoil = (gradient: Float64Array): void => {
    gradient[4]! *= 1.01;
  };
  expect(worst({ inputs: 3, hidden: 5, outputs: 2 }, spoil)).toBeGreaterThan(1e-5);
});
