/** So many items a second: each is due at a moment of its own and waits for it. */
import { setTimeout } from "node:timers/promises";
import { node, workflow } from "agentic-workgraph";

const due = node(
  { id: "due", out: "many" },
  async ({ n, perSecond, inMs }: { n: number; perSecond: number; inMs: number }) => {
    const begin = Date.now() + inMs;
    return Array.from({ length: n }, (_, i) => begin + (i * 1000) / perSecond);
  },
);

const work = node({ id: "work", concurrency: 128 }, async ({ at }: { at: number }) => {
  const waitMs = at - Date.now();
  if (waitMs > 0) await setTimeout(waitMs);
  return true;
});

const count = node({ id: "count", gather: ["done"] }, async ({ done }: { done: boolean[] }) => done.length);

export const paced = workflow(
  { name: "paced" },
  ({ n, perSecond, inMs }: { n: number; perSecond: number; inMs: number }) =>
    count({ done: work({ at: due({ n, perSecond, inMs }) }) }),
);
