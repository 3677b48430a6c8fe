/** Files of runs that a server makes: an id at once, the command line's bytes in the end, and nothing that stays behind. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LongAnswersOptions } from "../../src/app/long-answers.ts";
import type { Workspace } from "../../src/app/workspace.ts";
import { workgraphJson } from "../../src/cli/fixtures/workgraph-process.ts";
import { openWorkgraph } from "../../src/index.ts";
import { RUN_FORMATS } from "../../src/model/run-format.ts";
import type { RunningServer } from "../../src/server/listen.ts";
import { ask, DEMO, Place, RememberingLauncher } from "./place.ts";

const KEEPER = `
import { node, workflow } from "agentic-workgraph";
const keep = node({ id: "keep" }, async ({ word }: { word: string }, ctx) => {
  const dir = await ctx.artifact("kept");
  await dir.write("word.txt", word.repeat(100_000));
  return word.length;
});
export const keeper = workflow({ name: "keeper" }, ({ word }: { word: string }) => keep({ word }));
`;

const place = new Place();
const folder = join(place.dir, ".workgraph", "exports");
let workspace: Workspace;
let server: RunningServer;
beforeAll(async () => {
  place.write("keeper.workflow.ts", KEEPER);
  place.write("ui/offline.html", "<!doctype html><body></body>");
  workspace = await place.workspaceWithDemo();
  server = await serve();
});
afterAll(() => place.remove());

function serve(answers?: LongAnswersOptions): Promise<RunningServer> {
  return place.serve(workspace, {
    launcher: new RememberingLauncher(),
    uiFolder: join(place.dir, "ui"),
    ...(answers ? { answers } : {}),
  });
}

type Body = Readonly<Record<string, unknown>>;

/** Begun, followed to its end. */
async function exported(order: Body = {}, run = DEMO, at = server): Promise<Body> {
  const begun = await ask(at, `/api/runs/${run}/exports`, { body: order });
  expect(begun.status, JSON.stringify(begun.body)).toBe(202);
  expect(begun.headers.get("location")).toBe(`/api/operations/${String(begun.body["id"])}`);
  const { body } = await ask(at, `/api/operations/${String(begun.body["id"])}?waitMs=20000`);
  expect(body["status"], JSON.stringify(body)).toBe("completed");
  return { id: body["id"], progress: body["progress"], ...(body["answer"] as Body) };
}

function download(path: unknown, headers: Record<string, string> = {}, at = server): Promise<Response> {
  return fetch(new URL(String(path), at.url), { headers });
}

/** What is left when nothing is there: no folder, or an empty one. */
function lying(): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).flatMap((of) => readdirSync(join(folder, of))) : [];
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await pause(5);
}

/** Lines of a run file without the moment that it names. */
function timeless(bytes: Uint8Array): readonly unknown[] {
  const lines = gunzipSync(bytes).toString("utf8").trimEnd().split("\n");
  return lines.slice(0, -1).map((line) => ({ ...(JSON.parse(line) as object), exportedAt: "" }));
}

test("a run with the files of its artifacts is the file that the command line writes", async () => {
  const own = new Place();
  try {
    own.write("keeper.workflow.ts", KEEPER);
    const wg = await openWorkgraph({ dir: own.dir });
    const launched = await wg.launch("keeper", { word: "canal" });
    await launched.result();
    await wg.close();
    const run = launched.runId;
    const at = await own.serve(await own.workspace(), { launcher: new RememberingLauncher() });
    const made = await exported({ files: "included" }, run, at);
    expect(made).toMatchObject({ name: `keeper-${run}.workgraph.gz`, runs: 1, artifacts: 1, missing: [] });
    expect(made["progress"]).toEqual({ done: 500_000, total: 500_000, unit: "bytes" });
    const bytes = new Uint8Array(await (await download(made["path"], {}, at)).arrayBuffer());
    expect(bytes.length).toBe(made["sizeBytes"]);
    const file = join(own.dir, "cli.gz");
    await workgraphJson(["export", run, file, "--files"], { cwd: own.dir });
    expect(timeless(bytes)).toEqual(timeless(readFileSync(file)));
  } finally {
    await own.remove();
  }
});

test.each(RUN_FORMATS.filter((format) => format !== "workgraph" && format !== "html"))(
  "as %s it is what the command line writes",
  async (format) => {
    const { exportProfile } = await import("../../src/app/operations/export-profile.ts");
    const { text } = await exportProfile(workspace, { run: DEMO, format, from: place.dir });
    const made = await exported({ format });
    expect(await (await download(made["path"])).text()).toBe(text);
  },
);

test("as a page it holds the run, and is saved, never shown", async () => {
  const made = await exported({ format: "html" });
  const response = await download(made["path"]);
  expect(response.headers.get("content-type")).toBe("application/octet-stream");
  const [, packed] = /id="[^"]+">([^<]+)<\/script>/.exec(await response.text())!;
  expect(JSON.parse(gunzipSync(Buffer.from(packed!, "base64")).toString("utf8"))).toMatchObject({ root: DEMO });
  const progress = made["progress"] as { readonly done: number; readonly total: number };
  expect(progress.done).toBeGreaterThan(10);
});

describe("a download", () => {
  let made: Body;
  let whole: Buffer;
  beforeAll(async () => {
    made = await exported({ format: "ndjson" });
    whole = Buffer.from(await (await download(made["path"])).arrayBuffer());
  });

  test("is saved under a name, in a sandbox", async () => {
    const { headers } = await download(made["path"]);
    expect(headers.get("content-disposition")).toBe(`attachment; filename="${String(made["name"])}"`);
    expect(headers.get("content-security-policy")).toMatch(/^sandbox;/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-length")).toBe(String(whole.length));
  });

  test("goes on where it broke off", async () => {
    const first = await download(made["path"], { range: "bytes=0-9" });
    expect([first.status, first.headers.get("content-range")]).toEqual([206, `bytes 0-9/${whole.length}`]);
    const etag = first.headers.get("etag")!;
    const rest = await download(made["path"], { range: "bytes=10-", "if-range": etag });
    expect(rest.status).toBe(206);
    expect(Buffer.concat([await first.bytes(), await rest.bytes()])).toEqual(whole);
    expect((await download(made["path"], { range: "bytes=10-", "if-range": '"other"' })).status).toBe(200);
    expect((await download(made["path"], { range: `bytes=${whole.length}-` })).status).toBe(416);
  });

  test("has its headers alone for a HEAD", async () => {
    const { status, headers } = await fetch(new URL(String(made["path"]), server.url), { method: "HEAD" });
    expect([status, headers.get("content-length")]).toEqual([200, String(whole.length)]);
  });
});

test("what is asked wrongly is told at once, and begins nothing", async () => {
  const wrong = async (body: Body, run = DEMO): Promise<unknown> => {
    const answer = await ask(server, `/api/runs/${run}/exports`, { body });
    return [answer.status, (answer.body["error"] as Body)["code"]];
  };
  expect(await wrong({ format: "zip" })).toEqual([400, "WG6010"]);
  expect(await wrong({ file: "/tmp/run.gz" })).toEqual([400, "WG6010"]);
  expect(await wrong({ format: "html", files: "included" })).toEqual([400, "WG6010"]);
  expect(await wrong({}, "NOPE")).toEqual([404, "WG5001"]);
  expect((await download("/api/exports/none")).status).toBe(404);
});

test("it is cancelled, leaves nothing, and can be asked for again", async () => {
  const before = lying().length;
  const at = await serve({ readyMs: 0 });
  const begun = await ask(at, `/api/runs/${DEMO}/exports`, { body: {} });
  const id = String(begun.body["id"]);
  const early = await download(`/api/exports/${id}`, {}, at);
  expect([early.status, ((await early.json()) as Body)["error"]]).toMatchObject([404, { code: "WG6121" }]);
  const cancelled = await ask(at, `/api/operations/${id}/cancel`, { body: {} });
  expect(cancelled.body).toMatchObject({ status: "cancelled", error: { code: "WG6116" } });
  await until(() => lying().length === before);
  expect((await download(`/api/exports/${id}`, {}, at)).status).toBe(404);
  expect((await exported({}, DEMO, at))["id"]).not.toBe(id);
});

test("files are bounded in number: the oldest that was downloaded makes room, one that was not does not", async () => {
  const at = await serve({ maxFiles: 1 });
  const first = await exported({ format: "otlp" }, DEMO, at);
  const refused = await ask(at, `/api/runs/${DEMO}/exports`, { body: { format: "ndjson" } });
  expect(refused).toMatchObject({ status: 503, body: { error: { code: "WG6119" } } });
  await (await download(first["path"], {}, at)).text();
  // The server notices the end of the download a moment after its reader.
  let second: Body | undefined;
  while (second === undefined) {
    const { status } = await ask(at, `/api/runs/${DEMO}/exports`, { body: { format: "ndjson" } });
    if (status === 202) second = await exported({ format: "ndjson" }, DEMO, at).catch(() => ({}));
    else await pause(5);
  }
  expect((await download(first["path"], {}, at)).status).toBe(404);
});

test("a file is taken away after its time, and with its server; what a killed server left, by the next one", async () => {
  mkdirSync(join(folder, "dead", "one"), { recursive: true });
  writeFileSync(join(folder, "dead", "one", "run.gz"), "left");
  const before = lying().length - 1;
  const at = await serve({ fileKeptMs: 20 });
  await until(() => !existsSync(join(folder, "dead")));
  const { path } = await exported({ format: "otlp" }, DEMO, at).catch(() => ({ path: "/api/exports/gone" }));
  await until(() => lying().length === before);
  expect((await download(path, {}, at)).status).toBe(404);
  const other = await serve();
  await exported({}, DEMO, other);
  expect(lying().length).toBe(before + 1);
  await other.close();
  expect(lying().length).toBe(before);
});
