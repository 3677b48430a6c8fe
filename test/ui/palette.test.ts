/**
 * Colours of statuses, in every palette and theme: apart for eyes without cones for green, and readable on every ground.
 *
 * R1. What is told by colour alone somewhere (bars, spans, marks) is MAJOR apart; what always has its icon and word beside it, MINOR.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { asDeuteranope, contrast, distance, rgbOf } from "./seen-color.ts";

type Colors = Readonly<Record<string, string>>;

const MAJOR = 15;
const MINOR = 10;
/** AA of WCAG 2 for text of usual size. */
const READABLE = 4.5;

const ALONE = ["waiting", "running", "retrying", "completed", "reused", "failed"] as const;
const WITH_WORD = ["skipped", "cancelled", "partial"] as const;
const STATUSES: readonly string[] = [...ALONE, ...WITH_WORD];
const GROUNDS = ["ground", "pane", "raised", "hover", "chosen"] as const;
const INKS = ["ink", "ink-soft", "ink-faint"] as const;

const CSS = ["tokens.css", "palettes.css"]
  .map((name) => readFileSync(new URL(`../../ui/shell/${name}`, import.meta.url), "utf8"))
  .join("\n");

/** What the style sheets give to a page with this theme and palette. */
function colorsOf(theme: string, palette: string): Colors {
  const found: Record<string, string> = {};
  for (const [, selector = "", body = ""] of CSS.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
    const isMeant = [...selector.matchAll(/\[data-(theme|palette|density)="([\w-]+)"\]/g)].every(
      ([, name, value]) => (name === "theme" ? theme : name === "palette" ? palette : undefined) === value,
    );
    if (!isMeant && !selector.split(",").some((one) => one.trim().endsWith(":root"))) continue;
    if (!isMeant && theme === "light") continue;
    for (const [, name = "", value = ""] of body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)) found[name] = value;
  }
  return found;
}

/** Pairs that are too close for eyes without cones for green. */
function tooClose(colors: Colors): readonly string[] {
  return STATUSES.flatMap((a, i) =>
    STATUSES.slice(i + 1).flatMap((b) => {
      const [one, other] = [a, b].map((name) => asDeuteranope(rgbOf(colors[`s-${name}`]!))) as [never, never];
      const least = [a, b].every((name) => (ALONE as readonly string[]).includes(name)) ? MAJOR : MINOR;
      const apart = distance(one, other);
      return apart < least ? [`${a} and ${b}: ${apart.toFixed(1)}, at least ${least}`] : [];
    }),
  );
}

function unreadable(colors: Colors): readonly string[] {
  return [...STATUSES.map((name) => `s-${name}`), ...INKS, "accent"].flatMap((name) =>
    GROUNDS.flatMap((ground) => {
      // On what is chosen, faint words are as strong as soft ones (tokens.css).
      const ink = ground === "chosen" && name === "ink-faint" ? "ink-soft" : name;
      const ratio = contrast(rgbOf(colors[ink]!), rgbOf(colors[ground]!));
      return ratio < READABLE ? [`${name} on ${ground}: ${ratio.toFixed(2)}`] : [];
    }),
  );
}

describe.each(["usual", "strong", "blue-orange"])("palette %s", (palette) => {
  test.each(["dark", "light"])("%s: statuses are told apart without cones for green, and can be read", (theme) => {
    const colors = colorsOf(theme, palette);
    expect(STATUSES.filter((name) => colors[`s-${name}`] === undefined)).toEqual([]);
    expect(tooClose(colors)).toEqual([]);
    expect(unreadable(colors)).toEqual([]);
  });
});

test("the red and green of traffic lights are too close, and grey on grey is not readable", () => {
  const colors = colorsOf("dark", "usual");
  expect(tooClose({ ...colors, "s-completed": "#7a9a3a", "s-failed": "#b5822f" }).join()).toContain(
    "completed and failed",
  );
  expect(unreadable({ ...colors, "s-waiting": "#4a4f55" })).not.toEqual([]);
});

test("eyes without cones for green see greys as they are, and red and green as one hue", () => {
  const [red, green] = [asDeuteranope(rgbOf("#cc4400")), asDeuteranope(rgbOf("#7a7a00"))];
  expect(distance(asDeuteranope(rgbOf("#808080")), rgbOf("#808080"))).toBeLessThan(2);
  expect(distance(red, green)).toBeLessThan(distance(rgbOf("#cc4400"), rgbOf("#7a7a00")) / 2);
});
