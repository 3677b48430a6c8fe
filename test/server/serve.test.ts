/** `workgraph serve`, `dev` and `token` as processes. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { BIN, CommandProcess, workgraph } from "../../src/cli/fixtures/workgraph-process.ts";
import { Place, WORDS } from "./place.ts";

/** Commands beside the servers. */
let commands: CommandProcess;
beforeAll(() => {
  commands = new CommandProcess();
});
afterAll(() => commands.end());

let place: Place;
const started: ChildProcessWithoutNullStreams[] = [];
beforeEach(() => {
  place = new Place();
  place.write("words.workflow.ts", WORDS);
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "close");
  }
  await place.remove();
});

interface Served {
  readonly child: ChildProcessWithoutNullStreams;
  readonly url: string;
  readonly token: string;
  readonly stderr: () => string;
  readonly left: Promise<number | null>;
}

/** Resolves when it has printed its address. */
async function serve(...words: readonly string[]): Promise<Served> {
  const child = spawn(process.execPath, [BIN, ...words], {
    cwd: place.dir,
    env: { PATH: process.env.PATH, HOME: place.dir },
  });
  started.push(child);
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const left = once(child, "close").then(([exitCode]) => exitCode as number | null);
  void left.then(() => undefined);
  await expect
    .poll(() => (/\n/.test(stdout) ? stdout : stderr.includes("error WG") ? stderr : ""), { timeout: 30_000 })
    .not.toBe("");
  const page = new URL(/http:\/\/\S+/.exec(stdout)?.[0] ?? `http://nothing/#${stderr}`);
  return { child, url: page.origin, token: page.hash.replace("#token=", ""), stderr: () => stderr, left };
}

test("dev prints one address with the page's token, notices edits, and ends in order", async () => {
  const { child, url, token, stderr, left } = await serve("dev", "--port", "0");
  expect(token).toMatch(/^wgt_[\w-]{43}$/);
  const health = (await (await fetch(`${url}/api/health`)).json()) as { pid: number; product: string };
  expect(health).toMatchObject({ product: "agentic-workgraph", pid: child.pid });
  place.write("more.workflow.ts", WORDS.replaceAll("loud", "louder"));
  await expect.poll(() => stderr(), { timeout: 20_000 }).toContain("2 workflows: loud, louder");
  child.kill("SIGINT");
  expect(await left).toBe(0);
  expect(stderr()).not.toContain(token);
});

test("serve --json says where it listens; a run that it interrupts is named with the way on", async () => {
  place.write(
    "rests.workflow.ts",
    `import { node, workflow } from "agentic-workgraph";
const rest = node({ id: "rest" }, (_: object, ctx) => new Promise<number>((_resolve, reject) => {
  const held = setTimeout(() => undefined, 60_000);
  ctx.signal.addEventListener("abort", () => { clearTimeout(held); reject(new Error("stopped")); });
}));
export const rests = workflow({ name: "rests" }, () => rest({}));`,
  );
  const { child, url, token, stderr, left } = await serve("serve", "--port", "0", "--log-level", "info");
  const answer = await fetch(`${url}/api/workflows/rests/runs`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: "{}",
  });
  const { runId } = (await answer.json()) as { runId: string };
  const statusOf = async (): Promise<unknown> =>
    ((await (await fetch(`${url}/api/runs/${runId}`)).json()) as { status: unknown }).status;
  await expect.poll(statusOf, { timeout: 30_000 }).toBe("running");
  child.kill("SIGTERM");
  expect(await left).toBe(0);
  expect(stderr()).toContain(`resume ${runId}`);
  const lines = stderr()
    .split("\n")
    .filter((line) => line.startsWith("{"));
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(
    expect.arrayContaining(["listening", "changed", "stopped"]),
  );
  expect((await commands.json(["show", runId], { cwd: place.dir })).document["status"]).toBe("interrupted");
});

test("after kill -9 of the server its run goes on to its end", async () => {
  place.write(
    "slow.workflow.ts",
    `import { node, workflow } from "agentic-workgraph";
const wait = node({ id: "wait" }, () => new Promise<number>((resolve) => setTimeout(() => resolve(1), 1_500)));
export const slow = workflow({ name: "slow" }, () => wait());`,
  );
  const { child, url, token, left } = await serve("serve", "--port", "0");
  const answer = await fetch(`${url}/api/workflows/slow/runs`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: "{}",
  });
  const { runId } = (await answer.json()) as { runId: string };
  const owned = async (): Promise<unknown> =>
    ((await (await fetch(`${url}/api/runs/${runId}`)).json()) as { owner?: { alive: boolean } }).owner?.alive;
  await expect.poll(owned, { timeout: 30_000 }).toBe(true);
  child.kill("SIGKILL");
  await left;
  const { document } = await commands.json(["wait", runId, "--timeout", "30s"], { cwd: place.dir });
  expect(document["status"]).toBe("completed");
});

test("a port in use says by whom", async () => {
  const { url } = await serve("serve", "--port", "0");
  const { port } = new URL(url);
  const ours = await workgraph(["serve", "--port", port], { cwd: place.dir });
  expect(ours.exitCode).toBe(1);
  expect(ours.stderr).toContain(`port ${port} is in use by the workgraph server of project "place" (pid `);
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const taken = String((other.address() as AddressInfo).port);
  const foreign = await workgraph(["serve", "--port", taken], { cwd: place.dir });
  other.close();
  expect(foreign.stderr).toContain(`WG6050: port ${taken} is in use by "`);
  expect(foreign.stderr).toContain(`(pid ${process.pid})`);
});

test("another address needs --allow-remote, and then reading needs a token", async () => {
  const refused = await workgraph(["serve", "--port", "0", "--address", "0.0.0.0"], { cwd: place.dir });
  expect(refused.stderr).toContain("WG6051");
  const { token: reader } = (await commands.json(["token", "create", "reader", "--read"], { cwd: place.dir })).document;
  const { url, token } = await serve("serve", "--port", "0", "--address", "0.0.0.0", "--allow-remote");
  const local = url.replace("0.0.0.0", "127.0.0.1");
  const status = async (path: string, bearer?: string): Promise<number> =>
    (await fetch(local + path, { headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` } })).status;
  expect([await status("/api/runs"), await status("/api/health"), await status("/api/openapi.json")]).toEqual([
    401, 401, 401,
  ]);
  expect([await status("/api/runs", token), await status("/api/runs", String(reader)), await status("/")]).toEqual([
    200, 200, 200,
  ]);
});

test("tokens are shown once, kept hashed and private, and revoked at once", async () => {
  const { url } = await serve("serve", "--port", "0");
  const made = await commands.workgraph(["token", "create", "ci", "--launch"], { cwd: place.dir });
  const token = made.stdout.trim();
  const launch = async (bearer: string): Promise<number> =>
    (
      await fetch(`${url}/api/workflows/nothing/runs`, {
        method: "POST",
        headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
        body: "{}",
      })
    ).status;
  expect([await launch(token), await launch(`${token}x`)]).toEqual([404, 401]);
  const file = join(place.dir, ".workgraph/tokens.json");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "utf8")).not.toContain(token);
  expect((await commands.workgraph(["token", "list"], { cwd: place.dir })).stdout).toMatch(/ci\s+launch\s+20/);
  expect((await commands.workgraph(["token", "create", "ci", "--admin"], { cwd: place.dir })).stderr).toContain(
    "WG6041",
  );
  expect((await commands.workgraph(["token", "revoke", "cx"], { cwd: place.dir })).stderr).toContain(
    'Did you mean "ci"?',
  );
  await commands.workgraph(["token", "revoke", "ci"], { cwd: place.dir });
  expect(await launch(token)).toBe(401);
});
