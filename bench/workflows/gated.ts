/** A fan-out, and a chain, that begin when a file is there and say how long they took. */
import { existsSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { node, workflow } from "agentic-workgraph";

/** Leaves a mark beside the file when it waits, and gives the moment at which the file was there, in epoch ms. */
const gate = node({ id: "gate" }, async ({ file }: { file: string }) => {
  writeFileSync(`${file}.${process.pid}`, "");
  while (!existsSync(file)) await setTimeout(2);
  return Date.now();
});

const list = node({ id: "list", out: "many" }, async ({ n }: { n: number; began: number }) =>
  Array.from({ length: n }, (_, i) => i),
);

/** Waits of different length, so that items do not end in step. */
const work = node({ id: "work", concurrency: 64 }, async ({ value, waitMs }: { value: number; waitMs: number }) =>
  waitMs === 0 ? value : setTimeout(waitMs * (0.5 + ((value * 0.618) % 1)), value),
);

const took = node(
  { id: "took", gather: ["values"] },
  async ({ values, began }: { values: number[]; began: number }) => ({
    count: values.length,
    ms: Date.now() - began,
  }),
);

const add = node({ id: "add" }, async ({ value }: { value: number; began: number }) => value + 1);

const chained = node({ id: "chained" }, async ({ count, began }: { count: number; began: number }) => ({
  count,
  ms: Date.now() - began,
}));

export const gatedFanOut = workflow(
  { name: "gated-fan-out" },
  ({ file, n, waitMs }: { file: string; n: number; waitMs: number }) => {
    const began = gate({ file });
    return took({ values: work({ value: list({ n, began }), waitMs }), began });
  },
);

export const gatedChain = workflow({ name: "gated-chain" }, async ({ file, n }: { file: string; n: number }) => {
  const began = await gate({ file });
  let count = 0;
  for (let i = 0; i < n; i++) count = await add({ value: count, began });
  return chained({ count, began });
});
