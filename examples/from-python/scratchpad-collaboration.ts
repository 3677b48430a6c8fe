/**
 * What you see here: nodes that leave notes for each other. The researcher sets its findings; critics work on them at the same time
 * and add to one list, by compare-and-set, so that none overwrites another; the last node reads what nobody passed to it.
 *
 *   workgraph run examples/from-python/scratchpad-collaboration.ts --topic queues
 *
 * Notes are durable and belong to the run. What reads them is never reused by another run: its inputs do not say all it knows.
 */
import { node, workflow, type Scratchpad } from "agentic-workgraph";

import { passages, shared } from "./passages.ts";

async function append(pad: Scratchpad, key: string, line: string): Promise<void> {
  for (;;) {
    const had = await pad.get<string[]>(key);
    if (await pad.cas(key, had, [...(had ?? []), line])) return;
  }
}

const researchFindings = node({ id: "research_findings", out: "many" }, async ({ topic }: { topic: string }, ctx) => {
  const [page] = passages.toSorted((a, b) => shared(topic, b.title) - shared(topic, a.title));
  const findings = [...(page?.sentences ?? [])];
  await ctx.scratchpad.set("findings", findings);
  return findings;
});

const criticFindings = node({ id: "critic_findings" }, async ({ finding }: { finding: string }, ctx) => {
  const reason = /\b(because|so that|so|since|unless|if|when)\b/i.exec(finding)?.[0];
  const critique =
    reason === undefined ? `claims without a reason: ${finding}` : `gives a reason ("${reason}"): ${finding}`;
  await append(ctx.scratchpad, "critique", critique);
  return reason !== undefined;
});

const finalRecommendation = node(
  { id: "final_recommendation", gather: ["reasoned"] },
  async ({ reasoned }: { reasoned: boolean[] }, ctx) => {
    const findings = (await ctx.scratchpad.get<string[]>("findings")) ?? [];
    const critique = (await ctx.scratchpad.get<string[]>("critique")) ?? [];
    const kept = findings.filter((_, index) => reasoned[index]);
    return { recommendation: kept.join(" "), findings: findings.length, critique: critique.toSorted() };
  },
);

export const scratchpadCollaboration = workflow(
  { name: "example-scratchpad-collaboration" },
  ({ topic = "retries" }: { topic?: string }) =>
    finalRecommendation({ reasoned: criticFindings({ finding: researchFindings({ topic }) }) }),
);
