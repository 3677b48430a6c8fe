/**
 * Secrets that pass through a run are in no answer of the server, in none of its streams, in its log and in its data folder.
 *
 * R1. The same search is done for a value that is no secret: it must be found, or the search finds nothing anywhere.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exportProfile } from "../../src/app/operations/export-profile.ts";
import { exportRun } from "../../src/app/operations/export-run.ts";
import { OPERATIONS } from "../../src/model/operations/catalog.ts";
import { isReached, type HttpRoute } from "../../src/model/operations/operation.ts";
import type { RunningServer } from "../../src/server/listen.ts";
import { openLog } from "../../src/server/log.ts";
import { ask, Place } from "./place.ts";

const SECRET = "cnry-7Qm2-Xp9Z-secret+value/1";
/** That may be the name of a folder. */
const SECRET_NAME = "cnry-name-4tz8q1";
const PLAIN = "plain-9Kd3-no-secret";

const FLOWS = `
import { node, workflow } from "agentic-workgraph";

const leaks = node({ id: "leaks", retries: 1 }, async ({ note, key }: { note: string; key: string }, ctx) => {
  const value = ctx.secret("CANARY_KEY");
  ctx.log.info("note " + note + " key " + value, { url: "https://x.example/?k=" + encodeURIComponent(value) });
  console.log("printed " + value + " " + Buffer.from(value).toString("base64"));
  ctx.stream(JSON.stringify({ value }));
  ctx.progress(0.5, "at " + value);
  if (ctx.attempt === 1) {
    const error = new Error("no entry with " + value + " for " + note, { cause: Object.assign(new Error(value), { name: value }) });
    throw Object.assign(error, { name: "Name " + value, code: value, stack: "Error: x\\n    at " + value + " (/app/" + value + ".ts:1:1)" });
  }
  const folder = await ctx.artifact("plain-folder", { labels: [note.toLowerCase()] });
  await folder.write("note.txt", note);
  return note + key.length;
});
const named = node({ id: "named" }, async (_: object, ctx) => ctx.artifact(ctx.secret("CANARY_NAME")));
const filed = node({ id: "filed" }, async (_: object, ctx) => {
  const folder = await ctx.artifact("filed");
  await folder.write(ctx.secret("CANARY_NAME") + ".txt", "x");
  return folder;
});
const returns = node({ id: "returns" }, async (_: object, ctx) => ({ note: "x", value: ctx.secret("CANARY_KEY") }));

export const careful = workflow({ name: "careful" }, ({ note, key }: { note: string; key: string }) => leaks({ note, key }));
export const careless = workflow({ name: "careless" }, () => returns({}));
export const labelled = workflow({ name: "labelled" }, async () =>
  (await Promise.all([named({}).settled(), filed({}).settled()])).map(({ status }) => status),
);
`;

const place = new Place();
const logFile = join(place.dir, "server.log");
let server: RunningServer;
let runIds: readonly string[];
beforeAll(async () => {
  process.env["CANARY_KEY"] = SECRET;
  process.env["CANARY_NAME"] = SECRET_NAME;
  place.write("flows.workflow.ts", FLOWS);
  const log = openLog({ level: "debug", file: logFile });
  server = await place.serve(await place.workspace(), { log: (entry) => log.request(entry) });
  const launch = async (name: string, input: object): Promise<string> =>
    String((await ask(server, `/api/workflows/${name}/runs`, { body: { input } })).body["runId"]);
  runIds = await Promise.all([
    launch("careful", { note: PLAIN, key: "CANARY_KEY" }),
    launch("careless", {}),
    launch("labelled", {}),
  ]);
  for (const runId of runIds) await ask(server, `/api/runs/${runId}/wait`);
});
afterAll(async () => {
  delete process.env["CANARY_KEY"];
  delete process.env["CANARY_NAME"];
  await place.remove();
});

const base64 = Buffer.from(SECRET).toString("base64").replace(/=+$/, "");
const FORMS = [SECRET, encodeURIComponent(SECRET), base64.slice(0, -2), SECRET.slice(0, 20), SECRET_NAME];

function formsIn(text: string): readonly string[] {
  return FORMS.filter((form) => text.includes(form));
}

/** Everything that can be read of a run, as text. */
async function everythingOf(runId: string): Promise<string> {
  const texts: string[] = [];
  const values: Record<string, string> = {
    run: runId,
    call: `${runId}.1`,
    item: `${runId}.1.0`,
    address: `${runId}.1.0`,
  };
  for (const { http, answer, input } of OPERATIONS) {
    if (!isReached(http) || http.method !== "GET") continue;
    const path = (http as HttpRoute).path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "careful");
    const query =
      "values" in input.shape ? "?values=preview" : answer === "stream" && path === "/api/stream" ? "skip" : "";
    if (query === "skip") continue;
    texts.push(await (await fetch(new URL(path + query, server.url))).text());
  }
  return texts.join("\n");
}

test("no answer and no stream has it, and both have what is no secret", async () => {
  const [careful = "", careless = "", labelled = ""] = await Promise.all(runIds.map(everythingOf));
  expect(careful).toContain(PLAIN);
  expect(careful).toContain("[secret CANARY_KEY]");
  expect(careless).toContain("WG2012");
  expect(labelled).toContain("[secret CANARY_NAME]");
  expect([careful, careless, labelled].map(formsIn)).toEqual([[], [], []]);
});

test("no exported file has it, and one has what is no secret", async () => {
  const exported: string[] = [];
  const workspace = await place.workspace();
  for (const run of runIds) {
    const file = join(place.dir, `${run}.gz`);
    await exportRun(workspace, { run, file, files: "included" });
    exported.push(gunzipSync(readFileSync(file)).toString("utf8"));
    for (const format of ["chrome", "speedscope", "otlp", "ndjson"] as const) {
      exported.push((await exportProfile(workspace, { run, format, from: place.dir })).text);
    }
  }
  expect(exported[0]).toContain(PLAIN);
  expect(exported.flatMap(formsIn)).toEqual([]);
});

test("nothing in the data folder or among artifacts has it, and something there has what is no secret", () => {
  const files = (folder: string): readonly string[] =>
    readdirSync(folder).flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? files(path) : [path];
    });
  const found = [".workgraph", "artifacts"].flatMap((name) => files(join(place.dir, name)));
  const texts = found.map((path) => `${path}\n${readFileSync(path, "latin1")}`);
  expect(texts.some((text) => text.includes(PLAIN))).toBe(true);
  expect(texts.flatMap(formsIn)).toEqual([]);
});

test("the server's log has neither it nor a token, though it has each request", async () => {
  await ask(server, `/api/runs?cursor=${server.token}`);
  const text = readFileSync(logFile, "utf8");
  expect(text).toContain(`"path":"/api/workflows/careful/runs"`);
  expect(formsIn(text)).toEqual([]);
  expect(text).not.toContain(server.token);
  expect(text).not.toContain(PLAIN);
});
