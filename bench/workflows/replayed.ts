/** One to N, awaited, and a last node that waits for leave: without it the run fails, and its resume has N items to replay. */
import { node, workflow } from "agentic-workgraph";

const list = node({ id: "list", out: "many" }, async ({ n }: { n: number }) => Array.from({ length: n }, (_, i) => i));

const work = node({ id: "work", concurrency: 64 }, async ({ value }: { value: number }) => value);

const last = node({ id: "last" }, async ({ count }: { count: number }) => {
  const outside = globalThis as { replayLeave?: boolean; replayedAt?: number };
  outside.replayedAt = performance.now();
  if (!outside.replayLeave) throw new Error("not yet");
  return count;
});

export const replayed = workflow({ name: "replayed" }, async ({ n }: { n: number }) => {
  const values = await work({ value: list({ n }) });
  return last({ count: values.length });
});
