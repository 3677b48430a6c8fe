/**
 * What you see here: a language model drafts, another call of it reviews against a schema, and the draft is revised until the review
 * approves. The drafts are shown while they come; the reviews are read as values, and one that does not fit the schema is sent back.
 *
 *   workgraph run examples/12-model.ts --topic "how a lock works"
 *
 * It needs a model: `models` in workgraph.config.ts, as docs/models.md shows for Ollama, vLLM and hosted providers. Without one the run
 * fails and says so. Afterwards `workgraph show RUN` has tokens and cost, `workgraph logs RUN` the drafts as they came. A fork asks
 * nothing again, unless the model is another by then.
 */
import { node, workflow } from "agentic-workgraph";
import { z } from "zod";

const Review = z.object({
  approved: z.boolean().describe("true when nothing has to be changed"),
  advice: z.string().describe("what to change, in one sentence; empty when approved"),
});

const draft = node({ id: "draft", retries: 2, timeout: "2m" }, async ({ topic }: { topic: string }, ctx) =>
  ctx.llm({ system: "You write one plain paragraph, and nothing around it.", prompt: `Explain ${topic}.` }),
);

const review = node({ id: "review", retries: 2, timeout: "2m" }, async ({ text }: { text: string }, ctx) =>
  ctx.llm({
    system: "You review paragraphs for a reader in a hurry: one idea, short words, no filler.",
    prompt: text,
    schema: Review,
    stream: false,
    settings: { temperature: 0 },
  }),
);

const revise = node(
  { id: "revise", retries: 2, timeout: "2m" },
  async ({ text, advice }: { text: string; advice: string }, ctx) =>
    ctx.llm({
      messages: [
        { role: "user", content: `Here is a paragraph:\n\n${text}` },
        { role: "user", content: `Rewrite it. ${advice} Answer with the paragraph only.` },
      ],
    }),
);

export const draftAndReview = workflow(
  { name: "draft-and-review" },
  async ({ topic = "how a lock works", rounds = 3 }: { topic?: string; rounds?: number }) => {
    let text = draft({ topic });
    for (let round = 1; round <= rounds; round++) {
      const { approved, advice } = await review({ text });
      if (approved) return { text: await text, rounds: round, approved };
      text = revise({ text, advice });
    }
    return { text: await text, rounds, approved: false };
  },
);
