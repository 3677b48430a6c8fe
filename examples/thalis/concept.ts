/**
 * What a prompt is about: its words in their basic form, sorted by what they are, found by wink-nlp and its small English model.
 *
 * R1. The model (3.8 MB of code, about 0.3 s) is loaded once per process, on first use.
 */
import { FatalError } from "agentic-workgraph";
import { z } from "zod";

export const Concept = z.object({
  /** `a-world-made-of-glass-cathedrals` */
  slug: z.string().regex(/^[a-z0-9-]+$/),
  promptText: z.string(),
  /** Words that mean something, in the order of the prompt. */
  words: z.array(z.string()).min(1),
  things: z.array(z.string()),
  qualities: z.array(z.string()),
  actions: z.array(z.string()),
  look: z.object({
    colours: z.array(z.string().regex(/^#[0-9a-f]{6}$/)).length(5),
    accent: z.string().regex(/^#[0-9a-f]{6}$/),
    facets: z.int().min(0).max(64),
    symmetric: z.boolean(),
  }),
});
export type Concept = z.infer<typeof Concept>;

export type ConceptWords = Pick<Concept, "words" | "things" | "qualities" | "actions">;

interface Language {
  readonly read: (text: string) => readonly { readonly word: string; readonly kind: string }[];
}

let loading: Promise<Language> | undefined;

async function load(): Promise<Language> {
  const [{ default: winkNlp }, { default: model }] = await Promise.all([
    import("wink-nlp"),
    import("wink-eng-lite-web-model"),
  ]);
  const { readDoc, its } = winkNlp(model, ["pos"]);
  return {
    read: (text) => {
      const tokens = readDoc(text).tokens();
      const kinds = tokens.out(its.pos);
      // The typings of `its.lemma` name its arguments wrongly; it gives one text per token.
      return (tokens.out(its.lemma as never) as string[]).map((word, index) => ({ word, kind: kinds[index] ?? "" }));
    },
  };
}

/** One line, without what only layout put there. @throws FatalError when nothing is left. */
export function normalized(promptText: string): string {
  const text = promptText.normalize("NFC").replaceAll(/\s+/g, " ").trim();
  if (text === "") throw new FatalError("The prompt is empty: give a text with at least one noun, adjective or verb");
  return text;
}

/** @throws FatalError when no word of the text means anything. */
export async function wordsOf(text: string): Promise<ConceptWords> {
  loading ??= load();
  const language = await loading;
  const found = language.read(text).filter(({ word }) => /^\p{L}[\p{L}'-]+$/u.test(word));
  const of = (...kinds: readonly string[]): string[] => [
    ...new Set(found.filter(({ kind }) => kinds.includes(kind)).map(({ word }) => word)),
  ];
  const things = of("NOUN", "PROPN");
  const qualities = of("ADJ");
  const actions = of("VERB");
  const words = of("NOUN", "PROPN", "ADJ", "VERB");
  if (words.length === 0)
    throw new FatalError(`No noun, adjective or verb was found in "${text}": say what is to be seen`);
  return { words, things, qualities, actions };
}

export function slugOf(text: string): string {
  const plain = text
    .toLowerCase()
    .normalize("NFKD")
    .replaceAll(/[^a-z0-9]+/g, "-");
  return (
    plain
      .replaceAll(/^-+|-+$/g, "")
      .slice(0, 48)
      .replace(/-+$/, "") || "concept"
  );
}
