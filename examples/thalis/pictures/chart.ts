/** A line chart as a picture: errors over epochs. No text: what the lines are stands in the JSON file beside it. */
import { blank, type Picture, type Rgb } from "./picture.ts";

export interface Line {
  readonly values: readonly number[];
  readonly colour: Rgb;
}

const WIDTH = 240;
const HEIGHT = 120;
const MARGIN = 8;

/** All lines share one scale, from 0 to the highest value. */
export function chart(lines: readonly Line[]): Picture {
  const picture = blank(WIDTH, HEIGHT, [250, 250, 248]);
  const highest = Math.max(1e-9, ...lines.flatMap(({ values }) => values));
  const put = (x: number, y: number, colour: Rgb): void => {
    picture.rgb.set(colour, (Math.round(y) * WIDTH + Math.round(x)) * 3);
  };
  for (let x = MARGIN; x <= WIDTH - MARGIN; x++) put(x, HEIGHT - MARGIN, [120, 120, 120]);
  for (let y = MARGIN; y <= HEIGHT - MARGIN; y++) put(MARGIN, y, [120, 120, 120]);
  for (const { values, colour } of lines) {
    for (let x = MARGIN; x <= WIDTH - MARGIN; x += 0.25) {
      const place = ((x - MARGIN) / (WIDTH - 2 * MARGIN)) * Math.max(0, values.length - 1);
      const from = values[Math.floor(place)] ?? 0;
      const to = values[Math.ceil(place)] ?? from;
      const value = from + (to - from) * (place % 1);
      const y = HEIGHT - MARGIN - (value / highest) * (HEIGHT - 2 * MARGIN);
      put(x, y, colour);
      put(x, Math.min(HEIGHT - 1, y + 1), colour);
    }
  }
  return picture;
}
