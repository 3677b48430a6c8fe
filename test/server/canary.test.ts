/**
 * Secrets that pass through a run are in no answer of the server, in none of its streams, in its log and in its data folder.
 *
 * R1. The same search is done for a value that is no secret: it must be found, or the search finds nothing anywhere.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { OPERATIONS } from "../../src/model/operations/catalog.ts";
import { isReached, type HttpRoute } from "../../src/model/operations/operation.ts";
import type { RunningServer } from "../../src/server/listen.ts";
import { openLog } from "../../src/server/log.ts";
import { ask, Place } from "./place.ts";

const SECRET = "cnry-7Qm2-Xp9Z-secret+value/1";
const PLAIN = "plain-9Kd3-no-secret";

const FLOWS = `
import { node, workflow } from "agentic-workgraph";

const leaks = node({ id: "leaks", retries: 1 }, async ({ note, key }: { note: string; key: string }, ctx) => {
  const value = ctx.secret("CANARY_KEY");
  ctx.log.info("note " + note + " key " + value, { url: "https://x.example/?k=" + encodeURIComponent(value) });
  console.log("printed " + value + " " + Buffer.from(value).toString("base64"));
  ctx.stream(JSON.stringify({ value }));
  ctx.progress(0.5, "at " + value);
  if (ctx.attempt === 1) throw new Error("no entry with " + value + " for " + note);
  return note + key.length;
});
const returns = node({ id: "returns" }, async (_: object, ctx) => ({ note: "x", value: ctx.secret("CANARY_KEY") }));

export const careful = workflow({ name: "careful" }, ({ note, key }: { note: string; key: string }) => leaks({ note, key }));
export const careless = workflow({ name: "careless" }, () => returns({}));
`;

const place = new Place();
const logFile = join(place.dir, "server.log");
let server: RunningServer;
let runIds: readonly string[];
beforeAll(async () => {
  process.env["CANARY_KEY"] = SECRET;
  place.write("flows.workflow.ts", FLOWS);
  const log = openLog({ level: "debug", file: logFile });
  server = await place.serve(await place.workspace(), { log: (entry) => log.request(entry) });
  const launch = async (name: string, input: object): Promise<string> =>
    String((await ask(server, `/api/workflows/${name}/runs`, { body: { input } })).body["runId"]);
  runIds = await Promise.all([launch("careful", { note: PLAIN, key: "CANARY_KEY" }), launch("careless", {})]);
  for (const runId of runIds) await ask(server, `/api/runs/${runId}/wait`);
});
afterAll(async () => {
  delete process.env["CANARY_KEY"];
  await place.remove();
});

const base64 = Buffer.from(SECRET).toString("base64").replace(/=+$/, "");
const FORMS = [SECRET, encodeURIComponent(SECRET), base64.slice(0, -2), SECRET.slice(0, 20)];

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
  const [careful = "", careless = ""] = await Promise.all(runIds.map(everythingOf));
  expect(careful).toContain(PLAIN);
  expect(careful).toContain("[secret CANARY_KEY]");
  expect(careless).toContain("WG2012");
  expect([formsIn(careful), formsIn(careless)]).toEqual([[], []]);
});

test("nothing in the data folder has it, and something there has what is no secret", () => {
  const files = (folder: string): readonly string[] =>
    readdirSync(folder).flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? files(path) : [path];
    });
  const texts = files(join(place.dir, ".workgraph")).map((path) => readFileSync(path, "latin1"));
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
