/** The example that asks a model, run from the command line as its reader would: without a model, and with one. */
import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Place } from "../process/place.ts";
import { endPrograms } from "../process/program.ts";
import { Provider } from "./bench.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

let provider: Provider;
let place: Place;
beforeAll(async () => {
  provider = await Provider.start(
    '{"approved": "not sure"}',
    '{"approved": false, "advice": "Say what a pin is."}',
    '{"approved": true, "advice": ""}',
  );
  place = new Place();
  symlinkSync(join(ROOT, "node_modules"), join(place.dir, "node_modules"));
  cpSync(join(ROOT, "examples/12-model.ts"), join(place.dir, "12-model.ts"));
});
afterAll(async () => {
  place.remove();
  await endPrograms();
  await provider.stop();
});

test("without a model the run fails with what to write where; with one it drafts, reviews and revises", async () => {
  const without = await place.run(["run", "12-model.ts"]);
  expect(without.exitCode).not.toBe(0);
  expect(without.stderr).toContain("write models: { default: ... } into workgraph.config.ts");
  place.write(
    "workgraph.config.ts",
    `import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
const provider = createOpenAICompatible({ name: "loopback", baseURL: "${provider.url}/v1", includeUsage: true });
export default { models: { default: provider("writer") } };
`,
  );
  const { document } = await place.json(["run", "12-model.ts", "--topic", "locks"]);
  expect(document).toMatchObject({
    status: "completed",
    output: { rounds: 2, approved: true, text: "Hello from writer." },
    models: { calls: 4, inputTokens: 35, withoutCost: 4 },
  });
  const end = await place.run(["watch", "latest"]);
  expect(end.stderr).toMatch(/^  models: 4 calls, tokens 35 in, \d\d out, cost unknown$/m);
  const shown = await place.run(["show", "latest"]);
  expect(shown.stdout).toMatch(/models +4 calls, tokens 35 in, \d\d out, cost unknown/);
  const item = await place.run(["show", "latest.2.0"]);
  expect(item.stdout).toMatch(/1 +default \(writer\) +answered +2 +14 in, \d+ out +unknown/);
  const listed = await place.run(["runs"]);
  expect(listed.stdout).toMatch(/TOKENS +COST/);
  const logs = await place.run(["logs", "latest"]);
  expect(logs.stdout).toContain("Hello ");
  expect(logs.stdout).toContain("correction 1 of 2");
});
