/** From ms of a run to pixels of a canvas, and the marks of its axis. */

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

export function toPixel(ms: number, range: Range, width: number): number {
  return ((ms - range.fromMs) / (range.toMs - range.fromMs)) * width;
}

export function toMs(pixel: number, range: Range, width: number): number {
  return range.fromMs + (pixel / width) * (range.toMs - range.fromMs);
}

const MIN_SPAN_MS = 0.5;

/** Zooms by a factor with the time under the pointer standing still; never beyond the whole. */
export function zoomed(
  range: Range,
  by: { readonly factor: number; readonly atMs: number; readonly whole: Range },
): Range {
  const span = Math.max(
    MIN_SPAN_MS,
    Math.min((range.toMs - range.fromMs) * by.factor, by.whole.toMs - by.whole.fromMs),
  );
  const share = (by.atMs - range.fromMs) / (range.toMs - range.fromMs);
  return within({ fromMs: by.atMs - share * span, toMs: by.atMs + (1 - share) * span }, by.whole);
}

export function moved(range: Range, byMs: number, whole: Range): Range {
  return within({ fromMs: range.fromMs + byMs, toMs: range.toMs + byMs }, whole);
}

function within(range: Range, whole: Range): Range {
  const span = range.toMs - range.fromMs;
  const fromMs = Math.max(whole.fromMs, Math.min(range.fromMs, whole.toMs - span));
  return { fromMs, toMs: fromMs + span };
}

const NICE = [1, 2, 5];
/** From a minute on, in ms: people count in sixties. */
const NICE_LONG = [1, 2, 5, 10, 15, 30, 60, 120, 240, 720, 1_440].map((minutes) => minutes * 60_000);

/** Round times about `gapPixels` apart. */
export function marks(range: Range, width: number, gapPixels: number = 90): readonly number[] {
  const rough = ((range.toMs - range.fromMs) * gapPixels) / Math.max(width, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const short = (NICE.find((one) => one * power >= rough) ?? 10) * power;
  const stride = short <= 10_000 ? short : rough <= 30_000 ? (rough <= 20_000 ? 20_000 : 30_000) : long(rough);
  const found: number[] = [];
  for (let at = Math.ceil(range.fromMs / stride) * stride; at <= range.toMs; at += stride) found.push(at);
  return found;
}

function long(rough: number): number {
  return NICE_LONG.find((one) => one >= rough) ?? Math.ceil(rough / 86_400_000) * 86_400_000;
}
