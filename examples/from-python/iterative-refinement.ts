/**
 * What you see here: a bounded loop without an await. Each round takes the handle of the round before; the folded graph shows the
 * rounds as one loop region with its count, the unrolled one every call.
 *
 *   workgraph run examples/from-python/iterative-refinement.ts --rounds 3
 *   workgraph graph latest --folded
 */
import { node, workflow, type Item } from "agentic-workgraph";

import { passages, shared, subjects } from "./passages.ts";

const seedDraft = node({ id: "seed_draft" }, async ({ topic }: { topic: string }) => {
  const [page] = passages.toSorted((a, b) => shared(topic, b.title) - shared(topic, a.title));
  return page?.sentences.join(" ") ?? "";
});

/** Leaves out the sentence that adds least to the others. */
const refineDraft = node({ id: "refine_draft" }, async ({ draft }: { draft: string }, ctx) => {
  const sentences = draft.split(/(?<=[.?!]) /);
  if (sentences.length < 2) return draft;
  const adds = sentences.map((sentence, index) => {
    ctx.progress({ done: index + 1, total: sentences.length }, "weighing");
    const others = subjects(sentences.toSpliced(index, 1).join(" "));
    return [...subjects(sentence)].filter((subject) => !others.has(subject)).length;
  });
  const least = adds.indexOf(Math.min(...adds));
  ctx.log.info("left out", { sentence: sentences[least], adds: adds[least] });
  return sentences.toSpliced(least, 1).join(" ");
});

export const iterativeRefinement = workflow(
  { name: "example-iterative-refinement" },
  ({ topic = "retries", rounds = 3 }: { topic?: string; rounds?: number }) => {
    let draft: Item<string> = seedDraft({ topic });
    for (let round = 0; round < rounds; round += 1) draft = refineDraft({ draft });
    return draft;
  },
);
