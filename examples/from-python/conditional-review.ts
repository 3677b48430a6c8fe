/**
 * What you see here: a decision that decides. The workflow function awaits the review and goes one way or the other; the graph of the
 * run shows the way it went, and `trace` both, because the decision has a schema.
 *
 *   workgraph run examples/from-python/conditional-review.ts
 *   workgraph run examples/from-python/conditional-review.ts --question "How do queues work?"   # approved: no revision
 *   workgraph trace examples/from-python/conditional-review.ts
 */
import { node, workflow } from "agentic-workgraph";
import { z } from "zod";

import { passages, shared, subjects } from "./passages.ts";

const Decision = z.object({ approved: z.boolean(), missing: z.array(z.string()) });

const library = passages.flatMap(({ title, sentences }) => sentences.map((text) => ({ text, title })));

/** The sentence of the library that has most to do with a text. */
function best(text: string): string {
  const [found] = library.toSorted((a, b) => shared(text, b.text) - shared(text, a.text));
  return found === undefined ? "" : `${found.text} [${found.title}]`;
}

const draftAnswer = node({ id: "draft_answer" }, async ({ question }: { question: string }) => best(question));

/** Approves an answer that speaks of everything the question asks and the library knows of. */
const reviewAnswer = node(
  { id: "review_answer", output: Decision },
  async ({ question, answer }: { question: string; answer: string }) => {
    const known = subjects(library.map(({ text }) => text).join(" "));
    const spokenOf = subjects(answer);
    const missing = [...subjects(question)].filter((subject) => known.has(subject) && !spokenOf.has(subject));
    return { approved: missing.length === 0, missing };
  },
);

const reviseAnswer = node(
  { id: "revise_answer", whole: ["missing"] },
  async ({ answer, missing }: { answer: string; missing: string[] }) => {
    const added = missing.map((subject) => library.find(({ text }) => subjects(text).has(subject)));
    return [answer, ...added.flatMap((one) => (one === undefined ? [] : [`${one.text} [${one.title}]`]))].join(" ");
  },
);

export const conditionalReview = workflow(
  { name: "example-conditional-review" },
  async ({ question = "How does a retry recover from an error, and when is it safe?" }: { question?: string }) => {
    const answer = draftAnswer({ question });
    const decision = await reviewAnswer({ question, answer });
    if (decision.approved) return answer;
    return reviseAnswer({ answer, missing: decision.missing });
  },
);
