/** How colours look, and how far apart they are: for a check of the pages' palettes. */

export type Rgb = readonly [red: number, green: number, blue: number];

/** "#3fbfa6": parts from 0 to 1, as written (sRGB). */
export function rgbOf(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [((value >> 16) & 255) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}

const linear = (part: number): number => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
const gamma = (part: number): number => (part <= 0.0031308 ? part * 12.92 : 1.055 * part ** (1 / 2.4) - 0.055);

type Matrix = readonly [Rgb, Rgb, Rgb];
const times = (matrix: Matrix, [x, y, z]: Rgb): Rgb =>
  matrix.map((row) => row[0] * x + row[1] * y + row[2] * z) as unknown as Rgb;

/** Without cones for green: Machado, Oliveira and Fernandes 2009, severity 1, over linear light. */
const DEUTERANOPIA: Matrix = [
  [0.367322, 0.860646, -0.227968],
  [0.280085, 0.672501, 0.047413],
  [-0.01182, 0.04294, 0.968881],
];

export function asDeuteranope(rgb: Rgb): Rgb {
  const seen = times(DEUTERANOPIA, rgb.map(linear) as unknown as Rgb);
  return seen.map((part) => gamma(Math.min(1, Math.max(0, part)))) as unknown as Rgb;
}

const TO_XYZ: Matrix = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
];
const WHITE: Rgb = [0.95047, 1, 1.08883];

/** CIE L*a*b*, D65. */
function labOf(rgb: Rgb): Rgb {
  const [x, y, z] = times(TO_XYZ, rgb.map(linear) as unknown as Rgb).map((value, i) => {
    const part = value / WHITE[i]!;
    return part > 216 / 24389 ? Math.cbrt(part) : (part * (24389 / 27) + 16) / 116;
  }) as [number, number, number];
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** Difference by CIE 1976: about 2 is the least that eyes tell apart side by side. */
export function distance(a: Rgb, b: Rgb): number {
  const [one, other] = [labOf(a), labOf(b)];
  return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
}

/** Ratio of WCAG 2, from 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const light = (rgb: Rgb): number => times(TO_XYZ, rgb.map(linear) as unknown as Rgb)[1];
  const [dark, bright] = [light(a), light(b)].toSorted((x, y) => x - y) as [number, number];
  return (bright + 0.05) / (dark + 0.05);
}
