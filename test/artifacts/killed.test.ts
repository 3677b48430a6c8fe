/**
 * Kill -9 at random moments of a parent with five child runs that publish folders; resume, kill the resume too.
 *
 * A few kills by default. `WORKGRAPH_ARTIFACT_KILLS=500 npx vitest run test/artifacts/killed.test.ts` kills 500 times;
 * `WORKGRAPH_SEED=...` chooses other moments.
 */
import { appendFileSync, copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { findOrphans, removeOrphans } from "../../src/artifacts/orphans.ts";
import { seededRandom } from "../../src/base/random.ts";
import type { ArtifactRow, Store } from "../../src/store/store.ts";
import { endPrograms, start, type Left } from "../process/program.ts";
import { Place } from "./place.ts";

const KILLS = Number(process.env["WORKGRAPH_ARTIFACT_KILLS"] ?? 2);
const SEED = process.env["WORKGRAPH_SEED"] ?? "folders";
const MAX_KILLS_PER_RUN = 3;
const BEGUN = /run \w{26} book-run/;

afterAll(endPrograms);

/** One run, its processes, and what was seen of its folders in between. */
class KilledBook {
  readonly place: Place = new Place();
  readonly faults: string[] = [];
  readonly ledger: string = join(this.place.dir, "ledger");
  /** Recorded when a process died, with how often their work had been done by then. */
  readonly #recorded: Map<string, { readonly row: ArtifactRow; readonly effects: number }> = new Map();
  #isCreated = false;
  kills = 0;

  constructor() {
    copyFileSync(new URL("./fixtures/publishing.ts", import.meta.url), join(this.place.dir, "publishing.ts"));
  }

  begin(): ReturnType<typeof start> {
    const words = this.#isCreated ? ["resume", "latest"] : ["run", "publishing.ts#bookRun"];
    return start(words, { cwd: this.place.dir, env: { LEDGER: this.ledger } });
  }

  /** False: it was faster than the kill. */
  async killAfter(ms: number): Promise<boolean> {
    const program = this.begin();
    if (!this.#isCreated) this.#isCreated = (await program.shown(BEGUN)) !== undefined;
    await Promise.race([sleep(ms, undefined, { ref: false }), program.left]);
    program.signal("SIGKILL");
    const { signal } = await program.left;
    if (signal !== "SIGKILL") return false;
    this.kills++;
    await this.look();
    return true;
  }

  effects(key: string): number {
    try {
      return readFileSync(this.ledger, "utf8")
        .split("\n")
        .filter((line) => line === key).length;
    } catch {
      return 0;
    }
  }

  /** Every folder with a manifest is whole; what was recorded before still is, and was not made again. */
  async look(): Promise<readonly ArtifactRow[]> {
    const artifacts = this.place.artifacts();
    for await (const found of artifacts.list()) {
      const { problems } = await artifacts.verify(found);
      if (problems.length > 0) this.faults.push(`${found.folder} has ${JSON.stringify(problems)}`);
    }
    const { artifacts: rows } = await this.place.reading((store) => store.artifacts({ limit: 1000 }));
    const now = new Map(rows.map((row) => [keyOf(row), row]));
    if (now.size !== rows.length) this.faults.push("an artifact was recorded twice");
    for (const [key, { row, effects }] of this.#recorded) {
      if (JSON.stringify(now.get(key)) !== JSON.stringify(row)) this.faults.push(`${key} was recorded and is lost`);
      if (this.effects(addressOf(row)) !== effects) this.faults.push(`${key} was recorded and made again`);
    }
    for (const row of rows) {
      if (!this.#recorded.has(keyOf(row)))
        this.#recorded.set(keyOf(row), { row, effects: this.effects(addressOf(row)) });
    }
    return rows;
  }

  /** Goes on to the end; when chance had it that one item ran at three kills, once more, as the message says. */
  async finish(): Promise<Left> {
    let left = await this.begin().left;
    this.#isCreated = true;
    for (let again = 0; again < 3 && left.exitCode !== 0; again++) left = await this.begin().left;
    const rows = await this.look();
    const names = rows.map((row) => `${row.workflow}/${row.name}`).sort();
    const expected = [
      "book-run/book",
      ...Array(5).fill("chapter-run/chapter"),
      ...Array(5).fill("chapter-run/pictures"),
    ];
    if (names.join() !== expected.join()) this.faults.push(`in the end there is ${names.join()}`);
    await this.#lookForOrphans();
    return left;
  }

  async #lookForOrphans(): Promise<void> {
    const { openSqliteStore } = await import("../../src/store/sqlite/sqlite-store.ts");
    const store: Store = await openSqliteStore({ dir: this.place.dataDir });
    try {
      const search = { artifacts: this.place.artifacts(), store };
      const before = await findOrphans(search);
      if (before.some(({ kind }) => kind === "unknown-run")) this.faults.push("a folder's run is not known");
      await removeOrphans(search);
      const after = await findOrphans(search);
      if (after.length + this.place.drafts().length > 0) this.faults.push(`left over: ${JSON.stringify(after)}`);
    } finally {
      await store.close();
    }
    let folders = 0;
    for await (const _ of this.place.artifacts().list()) folders++;
    if (folders !== 11) this.faults.push(`${folders} folders are left of 11`);
  }
}

function keyOf({ runId, name }: ArtifactRow): string {
  return `${runId} ${name}`;
}

function addressOf({ runId, call, item }: ArtifactRow): string {
  return `${runId}.${call}.${item}`;
}

test(
  `folders of a parent and its child runs survive ${KILLS} kills`,
  { timeout: 60_000 + KILLS * 10_000 },
  async () => {
    const random = seededRandom(SEED);
    const unkilled = new KilledBook();
    const begun = performance.now();
    const reference = await unkilled.finish();
    const durationMs = performance.now() - begun;
    expect([reference.exitCode, unkilled.faults], reference.stderr).toEqual([0, []]);
    await refuses(unkilled);
    await unkilled.place.remove();

    for (let kills = 0, trial = 0; kills < KILLS && trial < 4 * KILLS; trial++) {
      const book = new KilledBook();
      const planned = Math.min(KILLS - kills, 1 + Math.floor(random() * MAX_KILLS_PER_RUN));
      for (let k = 0; k < planned; k++) if (!(await book.killAfter((random() * durationMs) / (k + 1)))) break;
      const left = await book.finish();
      const said = `seed "${SEED}", trial ${trial}, in ${book.place.dir}\n${left.stderr.slice(-2000)}`;
      expect(book.faults, said).toEqual([]);
      expect(left.exitCode, said).toBe(0);
      kills += book.kills;
      await book.place.remove();
      if (KILLS >= 100 && trial % 20 === 0) process.stdout.write(`${kills} kills in ${trial + 1} runs\n`);
    }
  },
);

/** What is looked for is found when it is there: a changed file, work that was done again, a folder that is gone. */
async function refuses(book: KilledBook): Promise<void> {
  const [row] = await book.look();
  const folder = book.place.folder(row!.workflow, row!.runId, row!.name);
  appendFileSync(book.ledger, `${addressOf(row!)}\n`);
  appendFileSync(join(folder, "more"), "x");
  await book.look();
  expect(book.faults.join()).toMatch(/not in the manifest.* made again/);
}
