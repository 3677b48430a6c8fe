import { expect, test } from "vitest";

import { fromImageFile, toPng } from "./image-file.ts";
import { blank, cut, grey, middle, mirrored, sheet, type Picture } from "./picture.ts";

/** Red grows to the right, green downwards. */
function gradient(width: number, height: number): Picture {
  const picture = blank(width, height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) picture.rgb.set([x * 10, y * 10, 7], (y * width + x) * 3);
  return picture;
}

test("a part in half the size has the mean of four pixels in each of its own", () => {
  const part = cut(gradient(8, 8), { left: 0.5, top: 0, width: 0.5, height: 0.5 }, { width: 2, height: 2 });
  expect([...part.rgb]).toEqual([45, 5, 7, 65, 5, 7, 45, 25, 7, 65, 25, 7]);
});

test("the middle of a wide picture has the proportions that are asked for", () => {
  expect(middle({ width: 200, height: 100 }, { width: 50, height: 50 })).toEqual({
    left: 0.25,
    top: 0,
    width: 0.5,
    height: 1,
  });
});

test("mirrored twice is as before, and grey has no colour", () => {
  const picture = gradient(5, 3);
  expect(mirrored(picture).rgb).not.toEqual(picture.rgb);
  expect(mirrored(mirrored(picture)).rgb).toEqual(picture.rgb);
  const { rgb } = grey(picture);
  for (let at = 0; at < rgb.length; at += 3) expect(new Set(rgb.slice(at, at + 3)).size).toBe(1);
});

test("a sheet has a picture in each of its places", () => {
  const made = sheet([blank(2, 2, [1, 1, 1]), blank(2, 2, [2, 2, 2]), blank(2, 2, [3, 3, 3])], 2);
  expect([made.width, made.height]).toEqual([6, 6]);
  expect([made.rgb[0], made.rgb[4 * 3], made.rgb[4 * 6 * 3]]).toEqual([1, 2, 3]);
});

test("a PNG is read as it was written; what is cut off or no image is refused", () => {
  const picture = gradient(9, 7);
  const bytes = toPng(picture);
  expect(fromImageFile(bytes)).toEqual(picture);
  expect(() => fromImageFile(bytes.subarray(0, bytes.length - 30))).toThrow(/cannot be read/);
  expect(() => fromImageFile(Buffer.from("<html>"))).toThrow(/neither PNG nor JPEG/);
});
