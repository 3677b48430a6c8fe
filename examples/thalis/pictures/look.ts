/**
 * How a concept looks: colours and glass, computed from its words and from nothing else.
 *
 * R1. Every word has a say. A few words are known (glass breaks into facets, a cathedral is symmetric, ice is blue); any other
 *     word has the hue that its letters decide.
 * R2. Colours get lighter from the first to the last, by equal steps of the lightness that an eye sees: what was dark in a photo
 *     stays dark.
 */
import { between, chanceOf, numberOf } from "./chance.ts";
import { blank, lightnessMap, lightnessOf, type Picture, type Rgb } from "./picture.ts";

export interface Look {
  /** Five colours, dark to light, as `#rrggbb`. */
  readonly colours: readonly string[];
  /** Where there is much detail, the colour turns to this one. */
  readonly accent: string;
  /** Panes from side to side; 0: no glass. */
  readonly facets: number;
  /** The left half is repeated on the right. */
  readonly symmetric: boolean;
}

interface Meaning {
  /** Degrees. */
  readonly hue?: number;
  readonly facets?: number;
  readonly symmetric?: true;
  /** Added to the saturation of every colour, -1 to 1. */
  readonly vivid?: number;
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  glass: { hue: 190, facets: 7, vivid: 0.2 },
  crystal: { hue: 280, facets: 9, vivid: 0.1 },
  ice: { hue: 205, facets: 5 },
  cathedral: { hue: 265, symmetric: true },
  temple: { hue: 30, symmetric: true },
  palace: { hue: 45, symmetric: true },
  mirror: { symmetric: true },
  fire: { hue: 14, vivid: 0.25 },
  ember: { hue: 8, vivid: 0.2 },
  gold: { hue: 44, vivid: 0.15 },
  forest: { hue: 130 },
  moss: { hue: 95, vivid: -0.1 },
  sea: { hue: 210 },
  ocean: { hue: 215 },
  ash: { hue: 25, vivid: -0.35 },
  fog: { hue: 220, vivid: -0.3 },
};

export function lookOf(words: readonly string[]): Look {
  const meanings = words.map((word) => MEANINGS[word] ?? {});
  // The last word says most of a phrase's colour ("glass cathedrals"), the first ones tint it.
  const hues = words.map((word, index) => meanings[index]?.hue ?? numberOf("hue", word) % 360).toReversed();
  const main = hues[0] ?? 0;
  const vivid = meanings.reduce((sum, { vivid: more = 0 }) => sum + more, 0.5);
  const colours = [0.07, 0.27, 0.48, 0.7, 0.92].map((light, index) =>
    hex(asLight(light, hues[index % Math.max(1, hues.length)] ?? main, clamp(vivid + 0.1 - 0.06 * index))),
  );
  return {
    colours,
    accent: hex(asLight(0.5, (main + 150) % 360, clamp(vivid + 0.25))),
    facets: Math.max(0, ...meanings.map(({ facets = 0 }) => facets)),
    symmetric: meanings.some(({ symmetric }) => symmetric === true),
  };
}

/** The same glass without any colour: what a model is given to colour. */
export function withoutColour(look: Look): Look {
  return { ...look, colours: ["#121212", "#454545", "#7a7a7a", "#b3b3b3", "#ebebeb"], accent: "#808080" };
}

/** The picture in the colours and the glass of a look. @param seed another seed breaks the glass in another way */
export function inLook(picture: Picture, look: Look, seed: string): Picture {
  const { width, height } = picture;
  const result = blank(width, height);
  const map = lightnessMap(picture);
  const pane = look.facets === 0 ? undefined : panes(look.facets, seed);
  const ramp = look.colours.map(fromHex);
  const accent = fromHex(look.accent);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const fromX = look.symmetric && x >= width / 2 ? width - 1 - x : x;
      const { tilt, edge } = pane?.(fromX / width, y / height) ?? { tilt: 0, edge: 1 };
      const light = clamp(map[y * width + fromX]! * (0.75 + 0.5 * (tilt + 0.5)));
      const right = map[y * width + Math.min(width - 1, fromX + 1)]!;
      const below = map[Math.min(height - 1, y + 1) * width + fromX]!;
      const detail = clamp((Math.abs(right - map[y * width + fromX]!) + Math.abs(below - map[y * width + fromX]!)) * 3);
      const colour = mixed(rampAt(ramp, light), accent, 0.55 * detail);
      result.rgb.set(
        colour.map((value) => value * edge),
        (y * width + x) * 3,
      );
    }
  }
  return result;
}

type Pane = (x: number, y: number) => { readonly tilt: number; readonly edge: number };

/** Panes of glass around points of a grid that were pushed about; `edge` is low on the lead between two of them. */
function panes(facets: number, seed: string): Pane {
  const chance = chanceOf("panes", seed);
  const across = facets + 2;
  const points = Array.from({ length: across * across }, (_, index) => ({
    x: ((index % across) - 1 + between(chance, 0.1, 0.9)) / facets,
    y: (Math.floor(index / across) - 1 + between(chance, 0.1, 0.9)) / facets,
    tilt: between(chance, -0.5, 0.5),
  }));
  return (x, y) => {
    const column = Math.floor(x * facets) + 1;
    const row = Math.floor(y * facets) + 1;
    let nearest = Infinity;
    let second = Infinity;
    let tilt = 0;
    for (let r = Math.max(0, row - 1); r <= Math.min(across - 1, row + 1); r++) {
      for (let c = Math.max(0, column - 1); c <= Math.min(across - 1, column + 1); c++) {
        const point = points[r * across + c]!;
        const distance = Math.hypot(point.x - x, point.y - y);
        if (distance < nearest) [nearest, second, tilt] = [distance, nearest, point.tilt];
        else if (distance < second) second = distance;
      }
    }
    return { tilt, edge: second - nearest < 0.012 ? 0.35 : 1 };
  };
}

function rampAt(ramp: readonly Rgb[], light: number): Rgb {
  const place = light * (ramp.length - 1);
  const index = Math.min(ramp.length - 2, Math.floor(place));
  return mixed(ramp[index]!, ramp[index + 1]!, place - index);
}

function mixed(from: Rgb, to: Rgb, share: number): Rgb {
  return [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
    from[2] + (to[2] - from[2]) * share,
  ];
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** The colour of a hue that is as light as is asked for: yellow of one HSL lightness is far lighter than blue of the same. */
function asLight(light: number, hue: number, saturation: number): Rgb {
  let [low, high] = [0, 1];
  for (let halving = 0; halving < 12; halving++) {
    const lightness = (low + high) / 2;
    if (lightnessOf(...fromHsl(hue, saturation, lightness)) < light) low = lightness;
    else high = lightness;
  }
  return fromHsl(hue, saturation, high);
}

/** @param hue degrees; saturation and lightness from 0 to 1 */
function fromHsl(hue: number, saturation: number, lightness: number): Rgb {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (offset: number): number => {
    const turn = (offset + hue / 30) % 12;
    return 255 * (lightness - reach * Math.max(-1, Math.min(turn - 3, 9 - turn, 1)));
  };
  return [channel(0), channel(8), channel(4)];
}

export function fromHex(text: string): Rgb {
  const value = Number.parseInt(text.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function hex(colour: Rgb): string {
  return `#${colour.map((value) => Math.round(value).toString(16).padStart(2, "0")).join("")}`;
}
