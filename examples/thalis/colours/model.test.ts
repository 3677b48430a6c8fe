import { expect, test } from "vitest";

import { chanceOf } from "../pictures/chance.ts";
import { inLook, lookOf } from "../pictures/look.ts";
import { loadPhoto } from "../pictures/photo.ts";
import { cut, type Picture } from "../pictures/picture.ts";
import { baseNamed } from "./bases.ts";
import { colourize, train, type Training } from "./model.ts";
import { baselinesOf, errorsOf } from "./validation.ts";

async function pictures(words: readonly string[], from: number): Promise<Picture[]> {
  const photo = await loadPhoto();
  const chance = chanceOf("pictures", from);
  return Array.from({ length: 6 }, (_, index) => {
    const view = { left: from + chance() * 0.2, top: 0.2 + chance() * 0.5, width: 0.15, height: 0.18 };
    return inLook(cut(photo, view, { width: 48, height: 48 }), lookOf(words), String(index));
  });
}

const learn = (from: readonly Picture[], seed = "1"): Training =>
  train(from, { base: baseNamed("small"), seed, perPicture: 300 });

test("a trained model knows the colours of pictures it has never seen better than their mean colour does", async () => {
  const [seen, unseen] = [await pictures(["moss", "forest"], 0), await pictures(["moss", "forest"], 0.6)];
  const { model, curve } = learn(seen);
  expect(curve.at(-1)).toBeLessThan(curve[0]! / 1.3);
  const errors = errorsOf(unseen, model, baselinesOf(seen));
  expect(errors.model).toBeLessThan(errors.mean);
  expect(errors.mean).toBeLessThan(errors.grey);
});

test("a model that was trained with the colours of other pictures is seen to be worse than the mean colour", async () => {
  const unseen = await pictures(["moss", "forest"], 0.6);
  const { model } = learn(await pictures(["fire", "gold"], 0));
  const errors = errorsOf(unseen, model, baselinesOf(await pictures(["moss", "forest"], 0)));
  expect(errors.model).toBeGreaterThan(errors.mean);
});

test("the same pictures and seed give the same weights; another seed, and other pictures, give others", async () => {
  const seen = await pictures(["moss"], 0);
  const { weights } = learn(seen).model;
  expect(learn(seen).model.weights).toEqual(weights);
  expect(learn(seen, "2").model.weights).not.toEqual(weights);
  expect(learn(await pictures(["ash"], 0)).model.weights).not.toEqual(weights);
});

test("weights that do not fit their base are refused", async () => {
  const [picture] = await pictures(["moss"], 0);
  const { model } = learn([picture!]);
  expect(() => colourize(picture!, { ...model, weights: model.weights.slice(1) })).toThrow(/weights/);
});
