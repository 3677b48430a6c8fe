/**
 * What you see here: an ordinary loop. `await` gives a real value, the loop looks at it and decides whether to go round
 * again; the graph shows one call of each node per round, folded into a loop.
 *
 * The text is judged by its average sentence length and simplified until it is good enough, five times at most.
 *
 *   workgraph run examples/03-loop.ts --limit 8
 */
import { node, workflow } from "agentic-workgraph";

const DRAFT =
  "A workflow is an ordinary function, and its graph is what happened when it ran, so nobody draws it; " +
  "every result is recorded before anything that needs it starts, which is why a crash loses nothing, " +
  "but work that was under way may be done again, because nobody can know how far it had come.";

const judge = node({ id: "judge" }, async ({ text }: { text: string }) => {
  const sentences = text.split(/(?<=[.;]) /);
  const longest = sentences.reduce((a, b) => (b.length > a.length ? b : a));
  return { wordsPerSentence: text.split(" ").length / sentences.length, longest };
});

/** Cuts the longest sentence in two, at its first conjunction. */
const simplify = node({ id: "simplify" }, async ({ text, longest }: { text: string; longest: string }) => {
  const [, head, tail] = /^(.*?), (?:and|so|but|which is why|because) (.*)$/.exec(longest) ?? [];
  if (head === undefined || tail === undefined) return text;
  return text.replace(longest, `${head}. ${tail.charAt(0).toUpperCase()}${tail.slice(1)}`);
});

export const refine = workflow(
  { name: "refine" },
  async ({ text = "", limit = 10 }: { text?: string; limit?: number }) => {
    let draft = text || DRAFT;
    let rounds = 0;
    let verdict = await judge({ text: draft });
    while (verdict.wordsPerSentence > limit && rounds < 5) {
      draft = await simplify({ text: draft, longest: verdict.longest });
      verdict = await judge({ text: draft });
      rounds += 1;
    }
    return { draft, rounds, wordsPerSentence: verdict.wordsPerSentence };
  },
);
