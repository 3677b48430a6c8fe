/** What is asked again after a process was killed while models answered: what had no recorded result, and nothing else. */
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findProject } from "../../src/app/project.ts";
import { openWorkspace } from "../../src/app/workspace.ts";
import { Place } from "../process/place.ts";
import { endPrograms } from "../process/program.ts";
import { Provider } from "./bench.ts";

const FLOW = `
import { node, workflow } from "agentic-workgraph";
const ask = node({ id: "ask" }, async ({ prompt }: { prompt: string }, ctx) => ctx.llm({ prompt }));
export const asks = workflow({ name: "asks" }, ({ prompts }: { prompts: string[] }) => ({ answers: ask({ prompt: prompts }) }));
`;

let provider: Provider;
let place: Place;
beforeAll(async () => {
  provider = await Provider.start();
  place = new Place();
  symlinkSync(fileURLToPath(new URL("../../node_modules", import.meta.url)), join(place.dir, "node_modules"));
  place.write("flow.ts", FLOW);
  place.write(
    "workgraph.config.ts",
    `import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
const provider = createOpenAICompatible({ name: "loopback", baseURL: "${provider.url}/v1", includeUsage: true });
export default { models: { default: provider("m") } };
`,
  );
});
afterAll(async () => {
  place.remove();
  await endPrograms();
  await provider.stop();
});

test("a resume after kill -9 asks for the item that was under way once more, and for the completed one not at all", async () => {
  const prompts = [
    JSON.stringify({ say: "done", key: "quick" }),
    JSON.stringify({ say: "a b c d", key: "slow", hang: { times: 1 } }),
  ];
  const program = place.start(["run", "flow.ts", "-i", `prompts=${JSON.stringify(prompts)}`]);
  if (!(await program.shown(/run \w+ asks/))) throw new Error((await program.left).stderr);
  const { store, close } = await openWorkspace(await findProject({ from: place.dir, env: {} }), "read");
  while ((await provider.asked("slow")).length === 0) await sleep(20);
  while ((await store.runs()).runs[0]?.counts.completed !== 1) await sleep(20);
  await close();
  program.signal("SIGKILL");
  await program.left;
  const { document } = await place.json(["resume", "latest"]);
  expect(document).toMatchObject({ status: "completed", output: { answers: ["done", "a b c d"] } });
  expect((await provider.asked("quick")).length).toBe(1);
  expect((await provider.asked("slow")).length).toBe(2);
  const shown = await place.json(["show", "latest"]);
  expect(shown.document["models"]).toMatchObject({ calls: 2, withoutUsage: 0 });
});
