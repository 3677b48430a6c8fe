import { expect, test } from "vitest";

import { fromHex, inLook, lookOf } from "./look.ts";
import { blank, lightnessOf } from "./picture.ts";

test("every word has a say in the colours", () => {
  const look = lookOf(["apple", "river"]);
  expect(lookOf(["apple", "river"])).toEqual(look);
  expect(lookOf(["apple", "tower"]).colours).not.toEqual(look.colours);
  expect(lookOf(["river", "apple"]).colours).not.toEqual(look.colours);
});

test.each([[["glass", "cathedral"]], [["fire"]], [["fog", "sea"]], [["banana", "night", "tea"]]])(
  "the colours of %j get lighter in equal steps",
  (words) => {
    const lights = lookOf(words).colours.map((colour) => lightnessOf(...fromHex(colour)));
    for (const [index, light] of [0.07, 0.27, 0.48, 0.7, 0.92].entries()) expect(lights[index]).toBeCloseTo(light, 1);
  },
);

test("glass breaks a plain picture into panes, differently for each seed; a cathedral is symmetric", () => {
  const plain = blank(40, 40, [128, 128, 128]);
  const glass = inLook(plain, lookOf(["glass"]), "1");
  expect(new Set(glass.rgb).size).toBeGreaterThan(20);
  expect(inLook(plain, lookOf(["glass"]), "2").rgb).not.toEqual(glass.rgb);
  const { rgb } = inLook(plain, lookOf(["glass", "cathedral"]), "1");
  for (let x = 0; x < 20; x++) expect(rgb.slice(x * 3, x * 3 + 3)).toEqual(rgb.slice((39 - x) * 3, (39 - x) * 3 + 3));
});
