/** The smallest run that is worth one: three nodes, one after the other. */
import { node, workflow } from "agentic-workgraph";

const first = node({ id: "first" }, async ({ n }: { n: number }) => n + 1);
const second = node({ id: "second" }, async ({ n }: { n: number }) => n * 2);
const third = node({ id: "third" }, async ({ n }: { n: number }) => n + 3);

export const threeNodes = workflow({ name: "three-nodes" }, ({ n }: { n: number }) =>
  third({ n: second({ n: first({ n }) }) }),
);
