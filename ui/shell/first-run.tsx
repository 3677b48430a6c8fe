/** What to type next, where nothing has run so far. */
import type { ReactElement } from "react";

export function FirstRun(): ReactElement {
  return (
    <div className="empty">
      <h1>No run so far</h1>
      <p>Write a workflow and run it; it shows here while it runs.</p>
      <pre tabIndex={0}>{`// hello.ts
import { node, workflow } from "agentic-workgraph";

const greet = node({ id: "greet" }, async ({ name }: { name: string }) => \`Hello, \${name}.\`);

export const hello = workflow({ name: "hello" }, ({ names }: { names: string[] }) => greet({ name: names }));`}</pre>
      <pre tabIndex={0}>{`npx workgraph run hello.ts '{"names": ["Ada", "Grace"]}'`}</pre>
    </div>
  );
}
