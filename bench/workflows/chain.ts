/** N calls, each awaited before the next is made. */
import { node, workflow } from "agentic-workgraph";

/** When each call ran, for whoever measures: node functions have the machine's clock. */
const measured = globalThis as { chainTimes?: number[] };

const add = node({ id: "add" }, async ({ value }: { value: number }) => {
  measured.chainTimes?.push(performance.now());
  return value + 1;
});

export const chain = workflow({ name: "chain" }, async ({ n }: { n: number }) => {
  let value = 0;
  for (let i = 0; i < n; i++) value = await add({ value });
  return value;
});
