/**
 * The same programs in real processes that are killed with SIGKILL behind a commit, gone on with by another process.
 *
 * 4 kills by default. `WORKGRAPH_KILLS=200 npx vitest run test/determinism/sigkill.test.ts` kills 200 times, spread over all
 * programs.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { decided, goOn, newFolder, whole, type Outcome } from "./cut-off.ts";
import { programs } from "./fixtures/programs.ts";

const KILLS = Number(process.env["WORKGRAPH_KILLS"] ?? 4);
const OWNER = fileURLToPath(new URL("./fixtures/owner.ts", import.meta.url));

async function own(name: string, dir: string, at: number): Promise<NodeJS.Signals | number | null> {
  const env = { ...process.env, LEDGER: join(dir, "ledger") };
  const child = spawn(process.execPath, [OWNER, name, dir, String(at)], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return signal ?? code;
}

test(
  `${KILLS} processes killed behind a commit lose nothing and repeat nothing`,
  { timeout: 60_000 + KILLS * 5000 },
  async () => {
    const names = Object.keys(programs);
    const random = seededRandom(process.env["WORKGRAPH_SEED"] ?? "sigkill");
    const expected = new Map<string, Outcome>();
    const first = Math.floor(random() * names.length);
    let kills = 0;
    for (let trial = 0; kills < KILLS; trial++) {
      const name = names[(first + trial) % names.length]!;
      if (!expected.has(name)) expected.set(name, await whole(name));
      const { events } = expected.get(name)!;
      const at = 2 + Math.floor(random() * (events - 1));
      const dir = newFolder();
      const said = `"${name}" killed behind event ${at} of ${events}`;
      if ((await own(name, dir, at)) === "SIGKILL") kills++;
      const ledger = join(dir, "ledger");
      const executed = existsSync(ledger) ? readFileSync(ledger, "utf8").split("\n") : [];
      const store = await openSqliteStore({ dir, readOnly: true });
      for (const item of await decided(store)) expect(executed, said).toContain(item);
      await store.close();
      expect(await goOn({ name, dir, expected: expected.get(name)! }), said).toEqual([]);
      rmSync(dir, { recursive: true, force: true });
    }
  },
);
