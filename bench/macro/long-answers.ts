/**
 * How soon a server says something to who asks for what takes its time: a comparison, a profile, an export of runs of 300,000 items.
 *
 * The server and who asks it share this process; the work is done in the server's threads. Each question is asked anew: the one before was
 * cancelled, and its thread is gone. While one is worked out, the newest runs are asked for, which others do meanwhile.
 */
import { findProject } from "../../src/app/project.ts";
import { openWorkspace } from "../../src/app/workspace.ts";
import { startServer } from "../../src/server/listen.ts";
import { inTemporaryFolder } from "../harness/folder.ts";
import { writeLongRun } from "../harness/long-run.ts";
import { median, print, require, spread } from "../harness/report.ts";

const ITEMS = Number(process.env["LONG_ITEMS"] ?? 300_000);
const ROUNDS = Number(process.env["LONG_ROUNDS"] ?? 10);
const BAR_MS = 200;
const AT = Date.UTC(2026, 0, 1);
const [A, B] = ["01KE0000000000000000000001", "01KE0000000000000000000002"] as const;

const QUESTIONS: Readonly<Record<string, { readonly path: string; readonly body?: object }>> = {
  "a diff": { path: `/api/diff?a=${A}&b=${B}` },
  "a first divergence": { path: `/api/divergence?a=${A}&b=${B}` },
  "a profile": { path: `/api/runs/${A}/profile` },
  "a what-if": { path: `/api/runs/${A}/profile?limits=fetch=1` },
  "a lineage": { path: `/api/items/${A}.1.7/lineage` },
  "an export": { path: `/api/runs/${A}/exports`, body: {} },
  "an export as a trace": { path: `/api/runs/${A}/exports`, body: { format: "chrome" } },
};

await inTemporaryFolder(async (dir) => {
  const project = await findProject({ from: dir, data: dir });
  const workspace = await openWorkspace(project, "write");
  await writeLongRun(workspace, { runId: A, items: ITEMS, at: AT });
  await writeLongRun(workspace, { runId: B, items: ITEMS, at: AT + 60_000 });
  const server = await startServer(workspace, { port: 0, triggers: "off" });
  const headers = { authorization: `Bearer ${server.token}`, "content-type": "application/json" };
  const ask = async (path: string, body?: object): Promise<{ readonly status: number; readonly id: string }> => {
    const init = body === undefined ? {} : { method: "POST", headers, body: JSON.stringify(body) };
    const response = await fetch(new URL(path, server.url), init);
    return { status: response.status, id: ((await response.json()) as { readonly id: string }).id };
  };
  const meanwhile: number[] = [];
  const told: (readonly [string, number[]])[] = [];
  for (const [name, { path, body }] of Object.entries(QUESTIONS)) {
    const times: number[] = [];
    for (let round = -1; round < ROUNDS; round++) {
      const begin = performance.now();
      const { status, id } = await ask(path, body);
      const took = performance.now() - begin;
      require(status === 202, `${name} was answered with ${status}`);
      for (let other = 0; other < 3; other++) {
        const asked = performance.now();
        await ask("/api/runs");
        meanwhile.push(performance.now() - asked);
      }
      await ask(`/api/operations/${id}/cancel`, {});
      if (round >= 0) times.push(took);
    }
    told.push([name, times]);
  }
  await server.close();
  await workspace.close();
  const p99 = (times: readonly number[]): number =>
    times.toSorted((a, b) => a - b)[Math.floor(0.99 * (times.length - 1))]!;
  const line = (measure: string, times: readonly number[], most: number, unit: string): void =>
    print({
      measure,
      value: most,
      unit,
      bar: `<= ${BAR_MS} ms`,
      met: most <= BAR_MS,
      runs: times.length,
      spread: spread(times),
      medianMs: median(times),
    });
  for (const [name, times] of told)
    line(`an id for ${name}, of runs of ${ITEMS} items`, times, Math.max(...times), "ms (slowest)");
  line("the newest runs, while such an answer is worked out", meanwhile, p99(meanwhile), "ms (p99)");
});
