/**
 * One run of a fixture workflow, started, killed and resumed as a process; and what its store and ledger show in between.
 *
 * R1. A kill counts when it met a process that had begun with the run.
 * R2. The store is looked at while no process has it, through the same reading that the product offers.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { start, type Left, type Program } from "../process/program.ts";
import { audit, type Effect, type Reference, type RunSeen, type Sight } from "./audit.ts";

const FILE = fileURLToPath(new URL("./fixtures/workflows.ts", import.meta.url));
const BEGUN = /^run \w{26} /m;
/** A process that neither shows its run nor leaves is a finding of its own. */
const GIVE_UP_MS = 60_000;

export interface WorkflowUnderTest {
  readonly name: string;
  /** Effects that may be under way at once. */
  readonly atOnce: number;
}

/** A folder with a run in it. */
export class KilledRun {
  readonly dir: string = mkdtempSync(join(tmpdir(), "workgraph-crash-"));
  readonly ledger: string = join(this.dir, "ledger");
  readonly data: string = join(this.dir, "data");
  readonly sights: Sight[] = [];
  readonly #name: string;
  /** Kills that met the run. */
  kills = 0;
  #isCreated = false;
  recorded: string[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  /** Starts the run, or goes on with it once it is there. */
  begin(env: Readonly<Record<string, string>> = {}): Program {
    const words = this.#isCreated ? ["resume", "latest"] : ["run", `${FILE}#${this.#name}`];
    return start([...words, "--data", this.data], { cwd: this.dir, env: { LEDGER: this.ledger, ...env } });
  }

  /** Begins, waits until the process has the run, lets it work for a while, kills it. How it left when it was faster. */
  async killAfter(ms: number, env: Readonly<Record<string, string>> = {}): Promise<Left | undefined> {
    const program = this.begin(env);
    const begun = await Promise.race([program.shown(BEGUN), sleep(GIVE_UP_MS, undefined, { ref: false })]);
    this.#isCreated ||= begun !== undefined;
    await Promise.race([sleep(ms, undefined, { ref: false }), program.left]);
    program.signal("SIGKILL");
    const left = await program.left;
    if (left.signal !== "SIGKILL") return left;
    this.kills++;
    await this.look();
    return undefined;
  }

  /** Goes on to the end; when chance had it that one item ran at three kills, once more, as the message says. */
  async finish(): Promise<Left> {
    let left = await this.begin().left;
    if (left.exitCode === 1 && left.stderr.includes("WG2014")) left = await this.begin().left;
    await this.look();
    return left;
  }

  effects(): Effect[] {
    return ledgerOf(this.ledger);
  }

  /** R2. */
  async look(): Promise<void> {
    const effects = this.effects().length;
    const store = await openSqliteStore({ dir: this.data, readOnly: true });
    try {
      const [row] = (await store.runs()).runs;
      if (row === undefined) throw new Error(`no run in ${this.data}`);
      const { recorded, values } = await recordedIn(store, row.runId);
      this.recorded = values;
      const bad = await store.verify(row.runId);
      const twice = await decidedTwice(store, row.runId);
      this.sights.push({ effects, recorded, twice, ...(bad ? { broken: `${bad.reason} at seq ${bad.badSeq}` } : {}) });
      this.status = row.status;
      this.durationMs = (row.endedAt ?? 0) - (row.startedAt ?? 0);
    } finally {
      await store.close();
    }
  }
  status = "";
  durationMs = 0;

  faults(left: Left, { reference, atOnce }: { readonly reference: Reference; readonly atOnce: number }): string[] {
    const seen: RunSeen = { effects: this.effects(), sights: this.sights, output: left.stdout, status: this.status };
    return audit(seen, { recorded: this.recorded, reference, kills: this.kills, atOnce });
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export function ledgerOf(path: string): Effect[] {
  let text = "";
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return [];
  }
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Effect);
}

/** Everything recorded under the names that effects have. */
export async function recordedIn(
  store: Store,
  runId: string,
): Promise<{ recorded: Map<string, string>; values: string[] }> {
  const recorded = new Map<string, string>();
  const values: string[] = [];
  for (const { call, event } of await store.calls(runId)) {
    if (event.kind !== "node") continue;
    for (let after: readonly [number, number] | undefined; ;) {
      const { items } = await store.items(runId, { call, limit: 1000, ...(after ? { after } : {}) });
      for (const { item, status, size } of items) {
        const key = `${runId}.${call}.${item}`;
        const { values: elements } = await store.list(runId, { call, item }, { first: 0, count: 10_000 });
        if (event.node === "ticks")
          for (const [i, element] of elements.entries()) recorded.set(`${key}[${i}]`, element);
        const fee = await store.once.get(runId, { call, item, key: "fee" });
        if (fee !== undefined) recorded.set(`${key}:fee`, fee);
        if (status !== "completed") continue;
        const [text] = size === undefined ? await store.values(runId, [{ call, item }]) : [elements.join(",")];
        recorded.set(key, text ?? "missing");
        values.push(`${event.node} ${text}`);
      }
      const last = items.at(-1);
      if (items.length < 1000 || last === undefined) break;
      after = [last.call, last.item];
    }
  }
  return { recorded, values: values.toSorted() };
}

export async function decidedTwice(store: Store, runId: string): Promise<string[]> {
  const decided = new Set<string>();
  const twice: string[] = [];
  for (let after = 0; ;) {
    const page = await store.events(runId, { after, limit: 5000, values: "none" });
    for (const { event, seq } of page) {
      after = seq;
      if (event.type !== "item.completed") continue;
      const key = `${runId}.${event.call}.${event.item}`;
      if (decided.has(key)) twice.push(key);
      decided.add(key);
    }
    if (page.length < 5000) return twice;
  }
}
