/**
 * What a program computes, and what of it has to execute when the results of another version are there. Shares no code with src/.
 *
 * R1. A result holds when the node has the same code and is given the same; equal keys hold once each.
 * R2. Code of a node: its body, and each helper and constant it reaches.
 * R3. A failed item, a reader of the scratchpad and an effect are never taken over; one that opened a book is while that is what
 *     the newest one says, one that asked the default model while that is the same. A model that was named stays as it is.
 * R4. Nothing is said about order: two lists of executions are compared as multisets.
 */
import { FIXED_SAYS, type NodeSpec, type Program, type Ref } from "./program.ts";

type Inputs = Readonly<Record<string, number | readonly number[]>>;

interface Item {
  /** Of the list-making items it descends from, outermost first. */
  readonly path: readonly number[];
  readonly value: number | undefined;
}

export interface Execution {
  /** Node and inputs, as the node notes them. */
  readonly noted: string;
  /** Node, code and inputs. */
  readonly key: string;
  readonly holds: boolean;
}

export interface Evaluated {
  readonly executions: readonly Execution[];
  /** Results by call in path order; failed and skipped items are left out. */
  readonly output: Readonly<Record<string, readonly number[]>>;
}

export function evaluate(program: Program): Evaluated {
  const executions: Execution[] = [];
  const results = new Map<number, readonly Item[]>();
  const output: Record<string, readonly number[]> = {};
  const itemsOf = (ref: Ref): readonly Item[] => {
    if (ref.kind === "input") return program.input.map((value, i) => ({ path: [i], value }));
    if (ref.kind === "plain") return [{ path: [], value: ref.value }];
    return results.get(ref.call) ?? [];
  };
  for (const [i, call] of program.calls.entries()) {
    const awaited = call.when && results.get(call.when.call)?.[0]?.value;
    if (call.when && !(awaited !== undefined && awaited >= call.when.atLeast)) continue;
    const spec = program.nodes[call.node]!;
    const made: Item[] = [];
    const run = (path: readonly number[], inputs: Inputs, missing = 0): void => {
      const noted = `${spec.id} ${JSON.stringify(inputs)}`;
      const value = compute(program, spec, inputs);
      const failed = spec.trait === "fails" && value === 1;
      const holds = !failed && spec.trait !== "reader" && spec.trait !== "effect";
      executions.push({ noted, key: `${codeOf(program, spec)} ${noted} ${missing}`, holds });
      if (failed) made.push({ path, value: undefined });
      else if (spec.shape !== "many") made.push({ path, value });
      else for (let n = 0; n < value % 3; n++) made.push({ path: [...path, n], value: value + n });
    };
    const [first, second] = call.args;
    if (spec.shape === "gather") {
      const gathered = itemsOf(first!);
      const x = gathered.flatMap(({ value }) => value ?? []);
      run([], { x }, gathered.length - x.length);
    } else {
      const others = second ? itemsOf(second) : [];
      for (const { path, value } of itemsOf(first!)) {
        const other =
          others.length === 1 && others[0]!.path.length === 0 ? others[0]! : others.find((one) => same(one.path, path));
        if (value === undefined || (second && other?.value === undefined)) {
          made.push({ path, value: undefined });
          continue;
        }
        run(path, second ? { x: value, y: other!.value! } : { x: value });
      }
    }
    results.set(i, made);
    output[`c${i}`] = made.flatMap(({ value }) => value ?? []);
  }
  return { executions, output };
}

function same(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((part, i) => part === right[i]);
}

function compute(program: Program, spec: NodeSpec, inputs: Inputs): number {
  const x = inputs["x"]!;
  const plain = typeof x === "number" ? x : x.reduce((a, b) => a + b, 0);
  const sum = spec.shape === "pair" ? plain + 2 * (inputs["y"] as number) : plain;
  let value = sum * spec.factor + spec.add;
  if (spec.constant !== undefined) value += program.constants[spec.constant]!;
  if (spec.helper !== undefined) {
    const helper = program.helpers[spec.helper]!;
    value += sum * helper.factor + (helper.constant === undefined ? 0 : program.constants[helper.constant]!);
  }
  if (spec.trait === "opener") value += program.book;
  if (spec.trait === "asker") value += program.model;
  if (spec.trait === "namer") value += FIXED_SAYS;
  return value % spec.modulus;
}

/** R2. */
function codeOf(program: Program, spec: NodeSpec): string {
  const helper = spec.helper === undefined ? undefined : program.helpers[spec.helper]!;
  const constant = (at: number | undefined): number | undefined =>
    at === undefined ? undefined : program.constants[at];
  const opened = spec.trait === "opener" ? program.book : undefined;
  const asked = spec.trait === "asker" ? program.model : undefined;
  return JSON.stringify([spec, constant(spec.constant), helper, constant(helper?.constant), opened, asked]);
}

/** R1, R3: what has to execute, as the nodes note it. */
export function toExecute(before: Evaluated, now: Evaluated): readonly string[] {
  const left = new Map<string, number>();
  for (const { key, holds } of before.executions) if (holds) left.set(key, (left.get(key) ?? 0) + 1);
  const executed: string[] = [];
  for (const { key, holds, noted } of now.executions) {
    const there = holds ? (left.get(key) ?? 0) : 0;
    if (there > 0) left.set(key, there - 1);
    else executed.push(noted);
  }
  return executed;
}

/** R4: what is in one list and not in the other. */
export function difference(
  expected: readonly string[],
  executed: readonly string[],
): { readonly missing: readonly string[]; readonly extra: readonly string[] } {
  const counts = new Map<string, number>();
  for (const one of expected) counts.set(one, (counts.get(one) ?? 0) + 1);
  const extra: string[] = [];
  for (const one of executed) {
    const left = counts.get(one) ?? 0;
    if (left > 0) counts.set(one, left - 1);
    else extra.push(one);
  }
  const missing = [...counts].flatMap(([one, count]) => Array.from({ length: count }, () => one));
  return { missing, extra };
}
