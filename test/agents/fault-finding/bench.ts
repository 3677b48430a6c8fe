/**
 * Runs cases, lets a strategy look for the fault over MCP, and says whether it was found.
 *
 * R1. The strategy has the tools and the id of the run; what it costs (calls, bytes of text) is counted here.
 * R2. All of it is one project with one history. Each case is a workflow of its own name.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inputReader } from "../../../src/app/operations/item-inputs.ts";
import { openRunner, type Runner, type RunResult } from "../../../src/runner/runner.ts";
import type { EventStore } from "../../../src/store/store.ts";
import { AgentPlace, type Agent } from "../place.ts";
import { BASES } from "./bases.ts";
import type { FaultCase, Files, Input } from "./case.ts";
import type { Known, KnownItem } from "./injector.ts";
import { MAX_BYTES, MAX_CALLS, type Strategy, type Suspect } from "./strategy.ts";

export interface Outcome {
  readonly name: string;
  readonly kind: string;
  readonly before: FaultCase["before"];
  readonly node: boolean;
  readonly item: boolean;
  readonly line: boolean;
  readonly calls: number;
  readonly bytes: number;
  /** Node, item and line, within the bounds. */
  readonly isFound: boolean;
  readonly said: Partial<Suspect>;
  readonly truth: Suspect;
}

const MAX_TRIES = 3;

interface Ran {
  readonly case: FaultCase;
  readonly dir: string;
  readonly name: string;
  readonly well: RunResult | undefined;
  readonly wrong: RunResult;
}

export class Bench {
  readonly #place: AgentPlace = new AgentPlace();
  #runner: Runner | undefined;
  #agent: Agent | undefined;

  async open(): Promise<void> {
    const { store, project } = await this.#place.workspace();
    this.#runner = await openRunner({ store, project });
    this.#agent = await this.#place.inMemory("read");
  }

  async close(): Promise<void> {
    await this.#runner?.close();
    await this.#place.remove();
  }

  /** What items are given in runs of the bases that go well. */
  async known(): Promise<Known> {
    const known = new Map<string, readonly KnownItem[]>();
    const { store } = await this.#place.workspace();
    for (const base of BASES) {
      const dir = join("known", base.name);
      this.#write(dir, base.files, { name: base.name, outside: base.outside, deadline: 0 });
      const { runId } = await this.#wellRun(dir, base.input);
      const items = await this.#itemsOf(runId, undefined);
      const { runs } = await store.runs({ parent: runId, limit: 100 });
      for (const { runId: child, parent } of runs) items.push(...(await this.#itemsOf(child, parent!.item)));
      known.set(base.name, items);
    }
    return known;
  }

  async run(one: FaultCase, number: number): Promise<Ran> {
    const dir = join("cases", String(number));
    const name = `case-${number}`;
    const { well, wrong, before, waitMs = 0 } = one;
    const deadline = Date.now() + waitMs - 100;
    this.#write(dir, well.files, { name, outside: well.outside, deadline });
    const first = before === "nothing" ? undefined : await this.#wellRun(dir, well.input);
    // Half of the histories have a run of another day in between, with another input.
    if (first !== undefined && waitMs === 0 && number % 2 === 0) await this.#launch(dir, otherDay(well.input));
    // A busy machine took longer than the clock was given.
    if (waitMs > 0 && Date.now() >= deadline) return this.run({ ...one, waitMs: waitMs * 3 }, number);
    await sleep(Math.max(0, deadline + 100 - Date.now()));
    if (wrong.files || wrong.outside)
      this.#write(dir, wrong.files ?? well.files, { name, outside: wrong.outside ?? well.outside, deadline });
    return { case: one, dir, name, well: first, wrong: await this.#launch(dir, wrong.input ?? well.input) };
  }

  async look(ran: Ran, strategy: Strategy): Promise<Outcome> {
    let [calls, bytes] = [0, 0];
    const said = await strategy(ran.wrong.runId, async (tool, args) => {
      calls++;
      const answer = await this.#agent!.call(tool, args);
      bytes += Buffer.byteLength(answer.text);
      return answer;
    });
    const truth = await this.#truthOf(ran);
    const { case: one } = ran;
    const [node, line] = [said.node === truth.node, said.file === truth.file && said.line === truth.line];
    const item =
      said.item === truth.item || (one.truth.item === undefined && said.item?.startsWith(truth.item) === true);
    const isCheap = calls <= MAX_CALLS && bytes <= MAX_BYTES;
    const { name, kind, before } = one;
    return {
      name,
      kind,
      before,
      node,
      item,
      line,
      calls,
      bytes,
      isFound: node && item && line && isCheap,
      said,
      truth,
    };
  }

  async #truthOf({ case: { truth }, dir, name, well, wrong }: Ran): Promise<Suspect> {
    let run = (truth.missing ? well! : wrong).runId;
    if (truth.child !== undefined) {
      const { store } = await this.#place.workspace();
      const { runs } = await store.runs({ parent: run, limit: 100 });
      run = runs.find(({ parent }) => parent?.item === truth.child)?.runId ?? run;
    }
    return {
      node: truth.node.replace("NAME", name),
      item: `${run}.${truth.call}${truth.item === undefined ? "" : `.${truth.item}`}`,
      file: join(this.#place.dir, dir, truth.file),
      line: truth.line,
    };
  }

  /** On a machine that has other work, too, a timeout may hit what is well: then another run is. */
  async #wellRun(dir: string, input: Input): Promise<RunResult> {
    for (let tried = 1; ; tried++) {
      const ran = await this.#launch(dir, input);
      if (ran.status === "completed") return ran;
      if (tried === MAX_TRIES) throw new Error(`${dir} is not well: ${ran.error?.message ?? ran.status}`);
    }
  }

  async #launch(dir: string, input: Input): Promise<RunResult> {
    const target = `${join(this.#place.dir, dir, "flow.ts")}#main`;
    return (await this.#runner!.launch({ target, input, check: "skip" })).result();
  }

  #write(
    dir: string,
    files: Files,
    of: { readonly name: string; readonly outside: Files | undefined; readonly deadline: number },
  ): void {
    const data = join(dir, "data");
    rmSync(join(this.#place.dir, data), { recursive: true, force: true });
    for (const [file, text] of Object.entries(files)) {
      const filled = text
        .replaceAll("NAME", of.name)
        .replaceAll("DATA/", `${join(this.#place.dir, data)}/`)
        .replaceAll("DEADLINE", String(of.deadline));
      this.#place.write(join(dir, file), filled);
    }
    for (const [file, text] of Object.entries(of.outside ?? {})) this.#place.write(join(data, file), text);
  }

  async #itemsOf(runId: string, child: number | undefined): Promise<KnownItem[]> {
    const workspace = await this.#place.workspace();
    const store: EventStore = workspace.store;
    const row = (await store.run(runId))!;
    const calls = new Map((await store.calls(runId)).map((call) => [call.call, call.event.node]));
    const inputs = await inputReader(workspace, row);
    const known: KnownItem[] = [];
    for (const { call, item } of (await store.items(runId, { limit: 1_000 })).items) {
      const given = (await inputs({ call, item })).find(({ how, value }) => how !== "gather" && value !== undefined);
      if (!given) continue;
      const at = child === undefined ? {} : { child };
      known.push({ node: calls.get(call) ?? "", call, item, ...at, param: given.param, value: given.value });
    }
    return known;
  }
}

/** The same elements in another order, or other words. */
function otherDay(input: Input): Input {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name,
      Array.isArray(value) ? (value as unknown[]).toReversed() : `other ${String(value)}`,
    ]),
  );
}

/** Figures of many cases. */
export function summary(outcomes: readonly Outcome[]): string {
  const share = (some: readonly Outcome[]): string =>
    `${some.filter(({ isFound }) => isFound).length} of ${some.length}`;
  const most = (of: (one: Outcome) => number): number => Math.max(...outcomes.map(of));
  const kinds = [...Map.groupBy(outcomes, ({ kind }) => kind)].map(([kind, some]) => `  ${kind}: ${share(some)}`);
  const misses = outcomes
    .filter(({ isFound }) => !isFound)
    .map(
      ({ name, node, item, line, calls, bytes, said, truth }) =>
        `  ${name}: ${[node ? "" : "node", item ? "" : "item", line ? "" : "line"].filter(Boolean).join(", ") || "cost"} ` +
        `(${calls} calls, ${bytes} bytes)\n    said ${JSON.stringify(said)}\n    is   ${JSON.stringify(truth)}`,
    );
  return [
    `found: ${share(outcomes)}; at most ${most(({ calls }) => calls)} calls and ${most(({ bytes }) => bytes)} bytes`,
    ...kinds,
    ...(misses.length === 0 ? [] : ["misses:", ...misses]),
  ].join("\n");
}
