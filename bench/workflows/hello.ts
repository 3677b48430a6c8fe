/** One file, one node, one item: it leaves the moment at which the item ran. */
import { writeFileSync } from "node:fs";
import { node, workflow } from "agentic-workgraph";

const greet = node({ id: "greet" }, async ({ name }: { name: string }) => {
  const mark = process.env["FIRST_ITEM_FILE"];
  if (mark !== undefined) writeFileSync(mark, String(performance.timeOrigin + performance.now()));
  return `Hello, ${name}!`;
});

export const hello = workflow({ name: "hello" }, ({ name }: { name: string }) => greet({ name }));
