/** Items that wait in three nodes, each for a time of their own. */
import { setTimeout } from "node:timers/promises";
import { node, workflow } from "agentic-workgraph";

interface Waits {
  readonly first: number;
  readonly second: number;
  readonly third: number;
}

const list = node({ id: "list", out: "many" }, async ({ text }: { text: string }) => JSON.parse(text) as Waits[]);

const first = node({ id: "first", concurrency: 16 }, async ({ item }: { item: Waits }) => setTimeout(item.first, item));
const second = node({ id: "second", concurrency: 16 }, async ({ item }: { item: Waits }) =>
  setTimeout(item.second, item),
);
const third = node({ id: "third", concurrency: 16 }, async ({ item }: { item: Waits }) => setTimeout(item.third, item));

export const threeStages = workflow({ name: "three-stages" }, ({ text }: { text: string }) => {
  const items = list({ text });
  return third({ item: second({ item: first({ item: items }) }) });
});
