/**
 * What you see here: a program of your own that launches two runs at once and reads what they recorded. Both are in the
 * history afterwards, with the code they ran, like runs of the command line.
 *
 *   npx node --conditions=workgraph-source examples/09-from-code.ts
 *
 * The condition is this checkout's: "agentic-workgraph" then means its source. In a project of yours, leave it out.
 */
import { openWorkgraph } from "agentic-workgraph";

import { hello } from "./01-hello.ts";
import { refine } from "./03-loop.ts";

const wg = await openWorkgraph({});
try {
  const [greeting, refining] = await Promise.all([
    wg.launch(hello, { names: "Ada, Grace, Edsger" }, { tags: { from: "example" } }),
    wg.launch(refine, { limit: 9 }, { tags: { from: "example" } }),
  ]);
  console.log(await greeting.result());
  console.log(await refining.result());
  for (const run of [greeting, refining]) {
    for await (const item of run.items()) console.log(item.address, item.node, item.status, item.attempts);
  }
} finally {
  await wg.close();
}
