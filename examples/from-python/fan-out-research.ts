/**
 * What you see here: one node finds topics, the next summarizes each of them, two at a time, streaming its words while it makes them,
 * and the last waits for all and writes one brief. Every summary passes a schema before anybody else sees it.
 *
 *   workgraph run examples/from-python/fan-out-research.ts --seed "a request that fails"
 *   workgraph logs latest                                    # what was streamed
 *   workgraph run examples/from-python/fan-out-research.ts --model NAME
 *
 * By itself it quotes the sentence that says most of a page. With `--model`, a model of `workgraph.config.ts` writes the summary.
 */
import { node, workflow } from "agentic-workgraph";
import { z } from "zod";

import { passages, shared, subjects, type Passage } from "./passages.ts";

const Summary = z.object({ topic: z.string(), summary: z.string().min(1), confidence: z.number().min(0).max(1) });
type Summary = z.infer<typeof Summary>;

const fetchTopics = node(
  { id: "fetch_topics", out: "many", key: (page: Passage) => page.url },
  ({ seed }: { seed: string }) =>
    passages.filter(({ title, sentences }) => shared(seed, `${title} ${sentences.join(" ")}`) > 0),
);

const summarizeTopic = node(
  { id: "summarize_topic", concurrency: 2, output: Summary },
  async ({ page, model }: { page: Passage; model: string }, ctx) => {
    const text = page.sentences.join(" ");
    if (model !== "") {
      const prompt = `Summarize in one sentence, and say from 0 to 1 how sure you are. Topic: ${page.title}\n\n${text}`;
      return ctx.llm({ prompt, model, schema: Summary });
    }
    const said = (sentence: string): number => shared(sentence, text) / subjects(text).size;
    const summary = page.sentences.toSorted((a, b) => said(b) - said(a))[0] ?? "";
    for (const word of summary.split(" ")) ctx.stream(`${word} `);
    return { topic: page.title, summary, confidence: said(summary) };
  },
);

const synthesizeBrief = node(
  { id: "synthesize_brief", gather: ["summaries"] },
  async ({ seed, summaries }: { seed: string; summaries: Summary[] }) => {
    const lines = summaries.map((one) => `- ${one.topic}: ${one.summary} (${one.confidence.toFixed(2)})`);
    return [`# ${seed}`, "", ...(lines.length === 0 ? ["Nothing was found."] : lines)].join("\n");
  },
);

export const fanOutResearch = workflow(
  { name: "example-fanout-research" },
  ({ seed = "retry a failed request", model = "" }: { seed?: string; model?: string }) => {
    const summaries = summarizeTopic({ page: fetchTopics({ seed }), model });
    return synthesizeBrief({ seed, summaries });
  },
);
