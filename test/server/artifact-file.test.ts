/** Files that runs published: named by their manifest, opened where they really are, and sent as what they are: hostile. */
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningServer } from "../../src/server/listen.ts";
import { ask, Place } from "./place.ts";

const FLOWS = `
import { node, workflow } from "agentic-workgraph";
const report = node({ id: "report" }, async (_: object, ctx) => {
  const dir = await ctx.artifact("report");
  await dir.write("page.html", "<script>alert(1)</script>");
  await dir.write("notes.txt", "plain");
  await dir.write("deep/linked.txt", "inside");
  await dir.write("größe & mehr.txt", "name");
  return dir;
});
export const reports = workflow({ name: "reports" }, () => report({}));
`;

const place = new Place();
let server: RunningServer;
let runId: string;
beforeAll(async () => {
  place.write("flows.workflow.ts", FLOWS);
  place.write("secret.txt", "what nobody outside may read");
  server = await place.serve(await place.workspace());
  runId = String((await ask(server, "/api/workflows/reports/runs", { body: {} })).body["runId"]);
  await ask(server, `/api/runs/${runId}/wait`);
});
afterAll(() => place.remove());

function file(name: string, init?: RequestInit): Promise<Response> {
  const query = new URLSearchParams({ file: name });
  return fetch(new URL(`/api/runs/${runId}/artifacts/report/file?${query.toString()}`, server.url), init);
}

test("what a run published is listed and shown", async () => {
  const { body } = await ask(server, `/api/runs/${runId}/artifacts`);
  expect(body).toMatchObject({
    artifacts: [{ name: "report", files: 4, selector: `reports/report@${runId}` }],
    total: 1,
  });
  const shown = await ask(server, "/api/artifact?selector=reports/report@latest");
  expect(JSON.stringify(shown.body)).toContain("page.html");
  expect((await ask(server, "/api/artifact/verify?selector=reports/report")).body).toMatchObject({ ok: true });
});

test("a file is sent to be saved, in a sandbox, and never as a page", async () => {
  const page = await file("page.html");
  expect([page.status, await page.text()]).toEqual([200, "<script>alert(1)</script>"]);
  expect(page.headers.get("content-type")).toBe("application/octet-stream");
  expect(page.headers.get("content-disposition")).toBe("attachment; filename*=UTF-8''page.html");
  expect(page.headers.get("content-security-policy")).toMatch(/^sandbox; default-src 'none'/);
  expect(page.headers.get("x-content-type-options")).toBe("nosniff");
  const notes = await file("notes.txt");
  expect([notes.headers.get("content-type"), await notes.text()]).toEqual(["text/plain; charset=utf-8", "plain"]);
  expect(await (await file("größe & mehr.txt")).text()).toBe("name");
  const head = await file("notes.txt", { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "5", ""]);
});

test.each([
  "../../../../secret.txt",
  "deep/../../../../../secret.txt",
  "/etc/passwd",
  "manifest.json",
  "deep",
  "..",
  "notes.txt\0.html",
  "NOTES.TXT",
])("what is no entry of the manifest is no file: %j", async (name) => {
  const answer = await file(name);
  expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining("WG6012")]);
});

test("an entry that became a link to somewhere else is no file any more", async () => {
  const linked = join(place.dir, "artifacts/reports", runId, "report/deep/linked.txt");
  rmSync(linked);
  symlinkSync(join(place.dir, "secret.txt"), linked);
  expect((await file("deep/linked.txt")).status).toBe(404);
  rmSync(linked);
  writeFileSync(linked, "inside");
  expect(await (await file("deep/linked.txt")).text()).toBe("inside");
});

test.each(["./artifacts/reports", "/etc", "../place", "a/b/c"])(
  "a path is no selector over HTTP: %s",
  async (selector) => {
    const { status, body } = await ask(server, `/api/artifact?${new URLSearchParams({ selector }).toString()}`);
    expect([status, (body["error"] as { code: string }).code]).toEqual([400, "WG6010"]);
  },
);
