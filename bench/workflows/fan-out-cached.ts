/** As fan-out.ts, with a node that asks for results of earlier runs. */
import { node, workflow } from "agentic-workgraph";

const list = node({ id: "list", out: "many" }, async ({ n, first }: { n: number; first: number }) =>
  Array.from({ length: n }, (_, i) => first + i),
);

const work = node({ id: "work", concurrency: 64, cache: true }, async ({ value }: { value: number }) => value);

const plain = node({ id: "plain", concurrency: 64 }, async ({ value }: { value: number }) => value);

const count = node({ id: "count", gather: ["values"] }, async ({ values }: { values: number[] }) => values.length);

export const cached = workflow({ name: "fan-out-cached" }, ({ n, first }: { n: number; first: number }) =>
  count({ values: work({ value: list({ n, first }) }) }),
);

export const uncached = workflow({ name: "fan-out-uncached" }, ({ n, first }: { n: number; first: number }) =>
  count({ values: plain({ value: list({ n, first }) }) }),
);
