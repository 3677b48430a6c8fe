/**
 * Natural language processing with wink-nlp and its small English model: where sentences end, what a word is, which
 * words carry no meaning, which words are forms of one another.
 *
 * R1  The model (3.8 MB of code, about 0.3 s) is loaded once per process, on first use.
 * R2  A sentence is a slice of the text that was read: `text.slice(start, end) === sentence.text`, exactly.
 * R3  A term is the stem of a word that is not a stop word. Documents, passages and queries all get their terms here,
 *     so they can be compared.
 */

import type { ItsFunction } from "wink-nlp";

export interface Sentence {
  readonly text: string;
  /** Offset of the first character in the text, and of the one after the last. */
  readonly start: number;
  readonly end: number;
}

export interface Language {
  readonly sentences: (text: string) => readonly Sentence[];
  /** The terms of a text in reading order, repeated as often as they occur. */
  readonly terms: (text: string) => readonly string[];
}

let loading: Promise<Language> | undefined;

export function loadLanguage(): Promise<Language> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Language> {
  const [{ default: winkNlp }, { default: model }] = await Promise.all([
    import("wink-nlp"),
    import("wink-eng-lite-web-model"),
  ]);
  // A pipe for each use, with the stages it needs ("sbd" is sentence boundary detection): part-of-speech tags,
  // entities and sentiment double the time, and reading terms takes half of it without sentences.
  const withSentences = winkNlp(model, ["sbd"]);
  const { readDoc, its } = winkNlp(model, []);

  // The typings of `its.stem` name its third argument wrongly; it works as `its.normal` does.
  const stemOf = its.stem as unknown as ItsFunction<string>;

  // Stemming is four fifths of the cost of reading terms, and 10 million characters hold only 25,000 distinct words.
  const stems = new Map<string, string>();

  function sentences(text: string): readonly Sentence[] {
    const found: Sentence[] = [];
    let from = 0;
    for (const sentence of withSentences.readDoc(text).sentences().out()) {
      const start = text.indexOf(sentence, from);
      if (start === -1) continue; // R2: what cannot be placed is not a sentence of this text
      from = start + sentence.length;
      found.push({ text: sentence, start, end: from });
    }
    return found;
  }

  function terms(text: string): readonly string[] {
    const tokens = readDoc(text).tokens();
    const stopWords = tokens.out(its.stopWordFlag) as boolean[];
    const words = tokens.out(its.normal);
    const found: string[] = [];
    for (const [index, word] of words.entries()) {
      if (stopWords[index] || !/^\p{L}[\p{L}.]/u.test(word)) continue;
      let stem = stems.get(word);
      if (stem === undefined) {
        stem = tokens.itemAt(index).out(stemOf);
        stems.set(word, stem);
      }
      found.push(stem);
    }
    return found;
  }

  return { sentences, terms };
}
