/** Results of 1 KB each that nobody gathers. */
import { node, workflow } from "agentic-workgraph";

const list = node({ id: "list", out: "many" }, async ({ n }: { n: number }) => Array.from({ length: n }, (_, i) => i));

const kilobyte = node({ id: "kilobyte", concurrency: 64 }, async ({ i }: { i: number }) =>
  `${i} `.padEnd(1022, "abcdefghijklmnopqrstuvwxyz"),
);

export const kilobytes = workflow({ name: "kilobytes" }, ({ n }: { n: number }) => {
  kilobyte({ i: list({ n }) });
  return n;
});
