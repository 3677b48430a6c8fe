/** docs/triggers.md does what it says: its workflow is registered, its command line signs, its tables name the fields there are. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BIN, workgraph, workgraphJson } from "../../src/cli/fixtures/workgraph-process.ts";
import { readSchedule, readWebhook } from "../../src/define/trigger-options.ts";
import type { RunningServer } from "../../src/server/listen.ts";
import { ask, Place } from "../server/place.ts";

const page = readFileSync(fileURLToPath(new URL("../../docs/triggers.md", import.meta.url)), "utf8");
const blocks = [...page.matchAll(/^```(ts|sh)\n(.*?)^```$/gms)].map(([, language, text]) => ({
  language,
  text: text!,
}));
const place = new Place();
let server: RunningServer;
beforeAll(async () => {
  const [flow] = blocks.filter(({ language }) => language === "ts");
  place.write("nightly.workflow.ts", flow!.text);
  server = await place.serve(await place.workspace());
});
afterAll(() => place.remove());

test("its workflow is listed with its next moments", { timeout: 60_000 }, async () => {
  const { document } = await workgraphJson(["triggers"], { cwd: place.dir });
  expect(document["triggers"]).toMatchObject([
    {
      workflow: "nightly",
      schedule: { cron: "0 6 * * 1-5", timeZone: "Europe/Berlin", missed: "once", input: { day: "yesterday" } },
      webhook: { path: "/api/webhooks/nightly", secret: "none" },
      onRunFailed: "alarm",
    },
  ]);
  const { stdout } = await workgraph(["triggers", "nightly", "--next", "1"], { cwd: place.dir });
  expect(stdout).toMatch(/nightly +schedule +0 6 \* \* 1-5 Europe\/Berlin +\d{4}-\d\d-\d\dT0[45]:00:00Z\n/);
});

test("its command line starts a run", { timeout: 60_000 }, async () => {
  const [line] = blocks.filter(({ language }) => language === "sh");
  const script = line!.text
    .replace("npx workgraph", `"${process.execPath}" "${BIN}"`)
    .replace("http://127.0.0.1:4400/", server.url);
  // The server is in this process: it must be able to answer meanwhile.
  const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", "-c", script], { cwd: place.dir });
  const answer = JSON.parse(stdout) as Record<string, unknown>;
  expect(answer).toMatchObject({ workflow: "nightly", created: true });
  const runId = String(answer["runId"]);
  await ask(server, `/api/runs/${runId}/wait`);
  expect((await ask(server, `/api/runs/${runId}/output`)).body).toMatchObject({ output: "all of 2026-01-31" });
});

test(
  "a secret is made once, for a workflow that has a webhook and no variable of its own",
  { timeout: 60_000 },
  async () => {
    const again = await workgraph(["webhook", "secret", "nightly"], { cwd: place.dir });
    expect([again.exitCode, again.stderr.split(":")[0]]).toEqual([1, "error WG6083"]);
    const { document } = await workgraphJson(["webhook", "secret", "nightly", "--replace"], { cwd: place.dir });
    expect(document).toMatchObject({ workflow: "nightly", path: "/api/webhooks/nightly" });
    expect(document["secret"]).toMatch(/^wgs_[0-9A-Za-z_-]{43}$/);
    const other = await workgraph(["webhook", "secret", "alarm"], { cwd: place.dir });
    expect(other.stderr).toContain("alarm");
    expect(other.exitCode).not.toBe(0);
  },
);

test("its tables name each field that there is", () => {
  const subject = { kind: "workflow", name: "w", site: undefined } as const;
  const fieldsOf = (text: string): string[] => [...text.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name!);
  const [, schedules = "", rest = ""] = page.split(/^## (?:Schedules|Webhooks)$/m);
  const [webhooks = ""] = rest.split(/^## /m);
  const known = (read: () => unknown): string => {
    try {
      read();
    } catch (error) {
      return (error as { hint?: string }).hint ?? "";
    }
    return "";
  };
  expect(known(() => readSchedule(subject, { zzzzzzzzzz: 1 }))).toBe(`it has ${fieldsOf(schedules).join(", ")}`);
  expect(known(() => readWebhook(subject, { zzzzzzzzzz: 1 }))).toBe(`it has ${fieldsOf(webhooks).join(", ")}`);
});
