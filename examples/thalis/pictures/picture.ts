/**
 * Pictures in memory, and the few operations on them that the pipeline needs.
 *
 * R1. Colours are 0 to 255, three bytes per pixel, rows from the top. Lightness and chroma are those of BT.601, lightness 0 to 1.
 * R2. Nothing changes a picture that it was given.
 */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8ClampedArray;
}

export type Rgb = readonly [red: number, green: number, blue: number];

/** A part of a picture; all four are shares, of its width and of its height. */
export interface View {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export function blank(width: number, height: number, [red, green, blue]: Rgb = [0, 0, 0]): Picture {
  const rgb = new Uint8ClampedArray(width * height * 3);
  for (let at = 0; at < rgb.length; at += 3) rgb.set([red, green, blue], at);
  return { width, height, rgb };
}

export function lightnessOf(red: number, green: number, blue: number): number {
  return (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
}

/** Lightness of every pixel, row by row. */
export function lightnessMap({ rgb }: Picture): Float32Array {
  const map = new Float32Array(rgb.length / 3);
  for (let index = 0; index < map.length; index++)
    map[index] = lightnessOf(rgb[index * 3]!, rgb[index * 3 + 1]!, rgb[index * 3 + 2]!);
  return map;
}

/** The part in another size: each new pixel is the mean of the old ones that it covers. */
export function cut(picture: Picture, view: View, size: { readonly width: number; readonly height: number }): Picture {
  const { width, height } = size;
  const result = blank(width, height);
  const stepX = (view.width * picture.width) / width;
  const stepY = (view.height * picture.height) / height;
  for (let y = 0; y < height; y++) {
    const [top, bottom] = covered(view.top * picture.height + y * stepY, stepY, picture.height);
    for (let x = 0; x < width; x++) {
      const [left, right] = covered(view.left * picture.width + x * stepX, stepX, picture.width);
      result.rgb.set(meanOf(picture, { top, bottom, left, right }), (y * width + x) * 3);
    }
  }
  return result;
}

function covered(from: number, step: number, limit: number): readonly [number, number] {
  const first = Math.min(limit - 1, Math.max(0, Math.floor(from)));
  return [first, Math.min(limit, Math.max(first + 1, Math.round(from + step)))];
}

interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

function meanOf({ rgb, width }: Picture, { top, bottom, left, right }: Box): Rgb {
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let y = top; y < bottom; y++) {
    for (let at = (y * width + left) * 3; at < (y * width + right) * 3; at += 3) {
      red += rgb[at]!;
      green += rgb[at + 1]!;
      blue += rgb[at + 2]!;
    }
  }
  const count = (bottom - top) * (right - left);
  return [red / count, green / count, blue / count];
}

/** The largest part in the middle that has the proportions of `size`. */
export function middle(
  picture: { readonly width: number; readonly height: number },
  size: { readonly width: number; readonly height: number },
): View {
  const wanted = size.width / size.height;
  const present = picture.width / picture.height;
  const width = Math.min(1, wanted / present);
  const height = Math.min(1, present / wanted);
  return { left: (1 - width) / 2, top: (1 - height) / 2, width, height };
}

export function grey(picture: Picture): Picture {
  const result = blank(picture.width, picture.height);
  const map = lightnessMap(picture);
  for (const [index, lightness] of map.entries()) result.rgb.fill(lightness * 255, index * 3, index * 3 + 3);
  return result;
}

export function mirrored(picture: Picture): Picture {
  const { width, height, rgb } = picture;
  const result = blank(width, height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = (y * width + (width - 1 - x)) * 3;
      result.rgb.set(rgb.subarray(from, from + 3), (y * width + x) * 3);
    }
  return result;
}

/** Every colour on the way from one picture to another of the same size; `share` 0 is the first. */
export function blend(from: Picture, to: Picture, share: number): Picture {
  const result = blank(from.width, from.height);
  for (const [at, value] of from.rgb.entries()) result.rgb[at] = value + (to.rgb[at]! - value) * share;
  return result;
}

/** Pictures of one size side by side, `columns` in a row. */
export function sheet(pictures: readonly Picture[], columns: number): Picture {
  const [first] = pictures;
  if (first === undefined) return blank(1, 1);
  const gap = 2;
  const rows = Math.ceil(pictures.length / columns);
  const wide = Math.min(columns, pictures.length);
  const result = blank(wide * (first.width + gap) - gap, rows * (first.height + gap) - gap, [24, 24, 24]);
  for (const [index, picture] of pictures.entries()) {
    const left = (index % columns) * (first.width + gap);
    const top = Math.floor(index / columns) * (first.height + gap);
    for (let y = 0; y < picture.height; y++) {
      const row = picture.rgb.subarray(y * picture.width * 3, (y + 1) * picture.width * 3);
      result.rgb.set(row, ((top + y) * result.width + left) * 3);
    }
  }
  return result;
}
