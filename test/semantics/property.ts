/** What the properties share: their seeds, what counts as a difference, and what a failure says. */
import { decode } from "../../src/model/codec.ts";
import type { RunEnd } from "../../src/runtime/run-options.ts";
import type { EventStore } from "../../src/store/store.ts";
import { compare } from "../oracle/compare.ts";
import type { Actual, Expected } from "../oracle/expected.ts";
import type { Program } from "../oracle/program.ts";
import { render } from "../oracle/render.ts";
import type { Observer } from "./bridge.ts";

/** `count` seeds from `first`; WORKGRAPH_SEEDS gives another count, WORKGRAPH_SEED just one seed. */
export function seedsFrom(first: number, count: number): readonly number[] {
  const { WORKGRAPH_SEED: only, WORKGRAPH_SEEDS: more } = process.env;
  if (only !== undefined) return [Number(only)];
  return Array.from({ length: more === undefined ? count : Number(more) }, (_, i) => first + i);
}

export function differ(of: {
  readonly expected: Expected;
  readonly actual: Actual;
  readonly observer: Observer;
}): string[] {
  return compare(of.expected, of.actual, {
    observer: of.observer === "settle" ? "settled every list" : "only watched",
  });
}

/** The returned list, value by value. */
export function differOutput(program: Program, expected: Expected, end: RunEnd): string[] {
  if (end.output === undefined) return end.status === "failed" ? [] : ["there is no output"];
  const returned = program.returns === undefined ? undefined : expected.variables[program.returns];
  if (returned?.kind !== "list") return decode(end.output) === undefined ? [] : [`the output is ${end.output}`];
  const values = returned.cells.map((cell) => (cell.status === "ok" ? cell.value : cell.status));
  const wanted = JSON.stringify(returned.one ? values[0] : values);
  const got = JSON.stringify(decode(end.output));
  return wanted === got ? [] : [`the output is ${got}, expected ${wanted}`];
}

/** What a failing test says: how to repeat it, the program, what was different. */
export function disagreement(program: Program, differences: readonly string[]): string {
  const list = differences.map((line) => `- ${line}`).join("\n");
  return `seed ${program.seed} (WORKGRAPH_SEED=${program.seed} repeats it)\n\n${render(program)}\n\n${list}\n`;
}

/** For the message of a run that is stuck. */
export async function openCalls(store: EventStore, runId: string): Promise<string[]> {
  const out: string[] = [];
  const calls = await store.calls(runId);
  for (const { call, event, closed, counts } of calls) {
    if (!closed) out.push(`call ${call} of ${event.node} is open: ${JSON.stringify(counts)}`);
  }
  return out;
}
