/** One to N to one: a list, one no-op per element, and how many came out. */
import { node, workflow } from "agentic-workgraph";

const list = node({ id: "list", out: "many" }, async ({ n }: { n: number }) => Array.from({ length: n }, (_, i) => i));

const work = node({ id: "work", concurrency: 64 }, async ({ value }: { value: number }) => value);

const count = node({ id: "count", gather: ["values"] }, async ({ values }: { values: number[] }) => values.length);

export const fanOut = workflow({ name: "fan-out" }, ({ n }: { n: number }) =>
  count({ values: work({ value: list({ n }) }) }),
);
