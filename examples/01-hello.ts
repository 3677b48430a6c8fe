/**
 * What you see here: a node is written for one thing; given a list it runs once per element, and the answers come back
 * in the order of the list.
 *
 *   workgraph run examples/01-hello.ts --names "Ada, Grace, Edsger"
 */
import { node, workflow } from "agentic-workgraph";

const splitNames = node({ id: "split_names", out: "many" }, async ({ names }: { names: string }) =>
  names
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== ""),
);

const greet = node({ id: "greet" }, async ({ name }: { name: string }) => `Hello, ${name}!`);

export const hello = workflow({ name: "hello" }, ({ names = "world" }: { names?: string }) => {
  const people = splitNames({ names });
  return greet({ name: people });
});
