/** A launch over HTTP: from the request to the first item, in a runner process that is warm. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inInstalledProject } from "../harness/installed.ts";
import { readRun } from "../harness/read-back.ts";
import { median, print, require, spread } from "../harness/report.ts";

const ROUNDS = 7;
/** Until the next warm process stands. */
const WARM_MS = 1_500;
const BAR_MS = 150;
/** As in cold-start.ts: what a busy or slow machine makes of the other one. */
const BAR_RATIO = 4;

await inInstalledProject(async ({ dir, bin }) => {
  const mark = join(dir, "first-item");
  const data = join(dir, "data");
  const source = readFileSync(join(dir, "hello.ts"), "utf8");
  // A workflow for each round: a process that is warm has loaded none of them.
  for (let round = 0; round < ROUNDS; round++) {
    writeFileSync(join(dir, `hello-${round}.workflow.ts`), source.replace('name: "hello"', `name: "hello-${round}"`));
  }
  const rounds: { readonly nodeMs: number; readonly first: number; readonly warm: number; readonly again: number }[] =
    [];
  const first = await served(async (launch) => inTurn((round) => launch(`hello-${round}`)));
  // A server that has just started has no process that knows one of them.
  const later = await served(async (launch) =>
    inTurn(async (round) => ({ warm: await launch(`hello-${round}`), again: await launch(`hello-${round}`) })),
  );
  for (let round = 0; round < ROUNDS; round++)
    rounds.push({ nodeMs: nodeMs(), first: first[round]!, ...later[round]! });
  for (const [measure, of] of [
    ["launch, code never run before", (round: (typeof rounds)[number]) => round.first],
    ["launch, warm runner", (round: (typeof rounds)[number]) => round.warm],
    ["launch, runner that has executed the workflow", (round: (typeof rounds)[number]) => round.again],
  ] as const) {
    const times = rounds.map(of);
    const ratios = rounds.map((round) => of(round) / round.nodeMs);
    print({
      measure,
      value: median(times),
      unit: "ms to the first item",
      limit: median(rounds.map((round) => round.nodeMs)),
      limitUnit: "ms, node -e 0",
      ratio: median(ratios),
      bar: `<= ${BAR_MS} ms, or <= ${BAR_RATIO}x node -e 0`,
      met: median(times) <= BAR_MS || median(ratios) <= BAR_RATIO,
      runs: ROUNDS,
      spread: spread(times),
    });
  }

  async function served<T>(use: (launch: (name: string) => Promise<number>) => Promise<T>): Promise<T> {
    const server = spawn(process.execPath, [bin, "serve", "--port", "0", "--json", "--data", data], {
      cwd: dir,
      env: { ...process.env, FIRST_ITEM_FILE: mark },
      stdio: ["ignore", "pipe", "ignore"],
    });
    try {
      const { url, token } = await announced(server);
      await fetch(new URL("/api/workflows", url));
      return await use((name) => launch(name, { url, token }));
    } finally {
      server.kill("SIGTERM");
      await once(server, "exit");
    }
  }

  async function launch(name: string, at: { readonly url: string; readonly token: string }): Promise<number> {
    await sleep(WARM_MS);
    rmSync(mark, { force: true });
    const begin = performance.timeOrigin + performance.now();
    const answer = await fetch(new URL(`/api/workflows/${name}/runs`, at.url), {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${at.token}` },
      body: JSON.stringify({ input: { name: "Ada" } }),
    });
    const { runId } = (await answer.json()) as { runId: string };
    await fetch(new URL(`/api/runs/${runId}/wait`, at.url));
    require(readRun(runId, data).output === "Hello, Ada!", runId);
    return Number(readFileSync(mark, "utf8")) - begin;
  }
});

async function inTurn<T>(each: (round: number) => Promise<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for (let round = 0; round < ROUNDS; round++) all.push(await each(round));
  return all;
}

function nodeMs(): number {
  const begin = performance.now();
  spawnSync(process.execPath, ["-e", "0"]);
  return performance.now() - begin;
}

/** What a server says when it listens. */
async function announced(server: ChildProcess): Promise<{ readonly url: string; readonly token: string }> {
  let text = "";
  for await (const part of server.stdout!) {
    text += String(part);
    if (text.includes("\n")) break;
  }
  return JSON.parse(text) as { url: string; token: string };
}
