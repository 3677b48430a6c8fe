/** A small library to read from: eight pages of text, their sentences, and which of them a text is about. */
import pagesByUrl from "../corpus/pages.json" with { type: "json" };

export interface Passage {
  readonly title: string;
  readonly url: string;
  readonly sentences: readonly string[];
}

function shownIn(html: string): string {
  const body = html.replaceAll(/<(head|style|nav|h1)>.*?<\/\1>/g, " ").replaceAll(/<[^>]+>/g, " ");
  return body.replaceAll(/\s+/g, " ").trim();
}

export const passages: readonly Passage[] = Object.entries(pagesByUrl).map(([url, html]) => ({
  title: /<title>(.*?)<\/title>/.exec(html)?.[1] ?? url,
  url,
  sentences: shownIn(html).split(/(?<=[.?!]) /),
}));

const EVERYDAY = new Set(["about", "from", "have", "should", "that", "their", "they", "this", "what", "when", "with"]);

/** The words that say what a text is about, cut to their stems: "retries" and "retry" are one. */
export function subjects(text: string): ReadonlySet<string> {
  const words = text.toLowerCase().match(/[a-z]{4,}/g) ?? [];
  return new Set(words.filter((word) => !EVERYDAY.has(word)).map((word) => word.slice(0, 5)));
}

/** How many subjects two texts have in common. */
export function shared(a: string, b: string): number {
  const inB = subjects(b);
  return [...subjects(a)].filter((subject) => inB.has(subject)).length;
}
