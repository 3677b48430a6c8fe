/**
 * What you see here: the smallest workflow. A node greets one name; a list of names would greet each.
 *
 *   workgraph run examples/from-python/hello.ts --name Ada
 */
import { node, workflow } from "agentic-workgraph";

const hello = node({ id: "hello" }, async ({ name }: { name: string }) => `hello ${name}`);

export const exampleHello = workflow({ name: "example-hello" }, ({ name = "world" }: { name?: string }) =>
  hello({ name }),
);
