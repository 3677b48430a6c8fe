/**
 * Programs by seed: the same seed gives the same program, for ever as far as this file is not changed.
 *
 * Own: which statements are likely. Left to evaluate.ts: which are allowed; a statement that the design leaves open is
 * thrown away, and at most one refused and one broken statement is kept, so that most of each program runs.
 */
import { copyOf, evaluateStatement, listOf, newState } from "./evaluate.ts";
import type { State } from "./evaluate.ts";
import { ROOT } from "./list.ts";
import type { List } from "./list.ts";
import type { Argument, ConcatPart, NodeSpec, OnFailed, Port, Program, Statement } from "./program.ts";

/** Above this a program grows slow to run and no more telling. */
const LONGEST_LIST = 40;
const MOST_EXECUTED = 250;

interface Draft {
  readonly random: Random;
  readonly nodes: NodeSpec[];
  readonly statements: Statement[];
  state: State;
  names: number;
}

export const generateProgram = (seed: number): Program => {
  const random = newRandom(seed);
  const draft: Draft = { random, nodes: [], statements: [], state: newState([]), names: 0 };
  const sources = random.between(1, 3);
  const size = sources + random.between(5, 11);
  let refused = 0;
  let broken = 0;
  for (let tries = 0; draft.statements.length < size && tries < 200; tries++) {
    const before = { nodes: draft.nodes.length, names: draft.names };
    const statement = draft.statements.length < sources ? sourceStatement(draft) : anyStatement(draft);
    const trial = copyOf(draft.state);
    for (const node of draft.nodes.slice(before.nodes)) trial.nodes.set(node.id, node);
    const verdict = statement === undefined ? "open" : evaluateStatement(trial, statement);
    const keep =
      (verdict === "done" && isSmall(trial)) ||
      (verdict === "refused" && refused++ === 0) ||
      (verdict === "broken" && random.chance(40) && broken++ === 0);
    if (statement !== undefined && keep) {
      draft.statements.push(statement);
      draft.state = trial;
    } else {
      draft.nodes.length = before.nodes;
      draft.names = before.names;
    }
  }
  if (random.chance(30)) settleFailures(draft);
  const lists = listNames(draft, () => true);
  const returns =
    lists.length > 0 && random.chance(60)
      ? lists[lists.length - 1 - random.below(Math.min(3, lists.length))]
      : undefined;
  return { seed, nodes: draft.nodes, statements: draft.statements, returns };
};

/** Otherwise one stray failure decides the status of nearly every run. */
const settleFailures = (draft: Draft): void => {
  for (const of of listNames(draft, (list) => list.entries.some(({ cell }) => cell.status !== "ok"))) {
    draft.statements.push({ kind: "settle", of });
  }
};

const isSmall = (state: State): boolean =>
  state.executed.length <= MOST_EXECUTED &&
  [...state.known.values()].every((known) => !("list" in known) || known.list.entries.length <= LONGEST_LIST);

// ---- statements

const sourceStatement = (draft: Draft): Statement => {
  const { random } = draft;
  if (random.chance(25)) return arrayStatement(draft);
  const node = newNode(draft, { out: "many", ports: [{ name: "a", port: "item" }] });
  return { kind: "call", name: newName(draft), node: node.id, args: [{ kind: "scalar", text: `s${random.below(9)}` }] };
};

const arrayStatement = (draft: Draft): Statement => {
  const elements = Array.from({ length: draft.random.pick([0, 2, 3, 3, 4]) }, (_, i) => `p${i}`);
  if (draft.random.chance(50)) elements.reverse(); // so that pairing by key differs from pairing by position
  return { kind: "array", name: newName(draft), elements };
};

const anyStatement = (draft: Draft): Statement | undefined => {
  const { random } = draft;
  const many = listNames(draft, (list) => list.space !== ROOT);
  const draw = random.below(100);
  if (draw < 36) return callStatement(draft, mapPorts(random));
  if (draw < 54) return callStatement(draft, gatherPorts(random));
  if (draw < 58) return sourceStatement(draft);
  if (many.length === 0) return undefined;
  if (draw < 72) return filterStatement(draft, many);
  if (draw < 83) {
    const of = mergeable(draft, many);
    return of.length < 2 ? undefined : { kind: "merge", name: newName(draft), of };
  }
  if (draw < 95) {
    const kind = random.pick(["zip", "zip", "zip", "zipBy", "zipBy", "cross"] as const);
    const a = random.pick(many);
    const b = random.chance(60)
      ? random.pick(many.filter((name) => sizeOf(draft, name) === sizeOf(draft, a)))
      : random.pick(many);
    return { kind, names: [newName(draft), newName(draft)], of: [a, b] };
  }
  return { kind: "settle", of: random.pick(listNames(draft, () => true)) };
};

/** Half of them are the other side of an earlier one, so that both can be merged again. */
const filterStatement = (draft: Draft, many: readonly string[]): Statement => {
  const { random } = draft;
  const earlier = draft.statements.flatMap((statement) => (statement.kind === "filter" ? [statement] : []));
  const name = newName(draft);
  if (earlier.length > 0 && random.chance(50)) {
    const twin = random.pick(earlier);
    return { ...twin, name, sense: twin.sense === "keep" ? "leave out" : "keep" };
  }
  return {
    kind: "filter",
    name,
    of: random.pick(many),
    salt: name,
    sense: "keep",
    chosen: random.pick([0, 50, 50, 60, 80, 100]),
  };
};

const mapPorts = (random: Random): Port[] =>
  ["a", "b", "c"].slice(0, random.pick([1, 1, 2, 2, 2, 3])).map((name) => ({ name, port: "item" }));

const gatherPorts = (random: Random): Port[] => {
  const ports: Port[] = [{ name: "xs", port: "gather" }];
  if (random.chance(50)) ports.unshift({ name: "a", port: "item" });
  if (random.chance(15)) ports.push({ name: "ys", port: "gather" });
  return ports;
};

const callStatement = (draft: Draft, ports: readonly Port[]): Statement => {
  const { random } = draft;
  const known = draft.nodes.filter((node) => samePorts(node.ports, ports));
  const node =
    known.length > 0 && random.chance(25)
      ? random.pick(known)
      : newNode(draft, { out: random.chance(30) ? "many" : "one", ports });
  const args: Argument[] = [];
  let lead: List | undefined;
  for (const { port } of node.ports) {
    const argument = port === "item" ? itemArgument(draft, lead) : gatherArgument(draft, lead);
    if (port === "item" && (argument.kind === "handle" || argument.kind === "array")) {
      const list = listOf(draft.state, argument.of);
      if (list.space !== ROOT) lead ??= list;
    }
    args.push(argument);
  }
  return { kind: "call", name: newName(draft), node: node.id, args };
};

/** The first mapped argument is any list; later ones are mostly of its family. */
const itemArgument = (draft: Draft, lead: List | undefined): Argument => {
  const { random } = draft;
  const arrays = arrayNames(draft);
  const all = listNames(draft, () => true);
  const long = all.filter((name) => sizeOf(draft, name) > 1);
  const handles = long.length > 0 && random.chance(75) ? long : all;
  const draw = random.below(100);
  if (lead !== undefined && draw < 70) {
    const family = handles.filter((name) => topOf(listOf(draft.state, name)) === topOf(lead));
    const arraysToo = arrays.filter((name) => topOf(listOf(draft.state, name)) === topOf(lead));
    if (arraysToo.length > 0 && random.chance(40)) return { kind: "array", of: random.pick(arraysToo) };
    if (family.length > 0) return { kind: "handle", of: random.pick(family) };
  }
  if (handles.length === 0 || draw > 92) {
    return arrays.length > 0
      ? { kind: "array", of: random.pick(arrays) }
      : { kind: "scalar", text: `s${random.below(9)}` };
  }
  if (draw > 86) return { kind: "scalar", text: `s${random.below(9)}` };
  if (draw > 78) return { kind: "concat", parts: concatParts(draft, handles) };
  return { kind: "handle", of: random.pick(handles) };
};

const gatherArgument = (draft: Draft, lead: List | undefined): Argument => {
  const { random } = draft;
  const handles = listNames(draft, () => true);
  const arrays = arrayNames(draft);
  const deeper =
    lead === undefined
      ? []
      : listNames(draft, (list) => topOf(list) === topOf(lead) && list.space.depth > lead.space.depth);
  const tried = handles.filter((name) => listOf(draft.state, name).entries.some(({ cell }) => cell.status !== "ok"));
  if (tried.length > 0 && random.chance(45)) return { kind: "handle", of: random.pick(tried) };
  if (deeper.length > 0 && random.chance(70)) return { kind: "handle", of: random.pick(deeper) };
  if (handles.length > 0 && random.chance(75)) return { kind: "handle", of: random.pick(handles) };
  if (handles.length > 0 && (arrays.length === 0 || random.chance(60)))
    return { kind: "concat", parts: concatParts(draft, handles) };
  return arrays.length > 0 ? { kind: "array", of: random.pick(arrays) } : { kind: "concat", parts: [] };
};

const concatParts = (draft: Draft, handles: readonly string[]): ConcatPart[] => {
  const { random } = draft;
  const parts: ConcatPart[] = [{ kind: "handle", of: random.pick(handles) }];
  for (let i = random.below(3); i > 0; i--) {
    parts.push(random.chance(25) ? { kind: "text", text: `t${i}` } : { kind: "handle", of: random.pick(handles) });
  }
  return parts;
};

/** Mostly parts of one space; alone where there is no other. */
const mergeable = (draft: Draft, many: readonly string[]): string[] => {
  const { random } = draft;
  const first = random.pick(many);
  const { space } = listOf(draft.state, first);
  const others = random.chance(75)
    ? many.filter(
        (name) =>
          name !== first && listOf(draft.state, name).space === space && listOf(draft.state, name).part !== undefined,
      )
    : many;
  const known = draft.statements.flatMap((statement) => (statement.kind === "filter" ? [statement] : []));
  const twins = known.flatMap((one) =>
    known.flatMap((two) => (one.salt === two.salt && one.sense !== two.sense ? [[one.name, two.name]] : [])),
  );
  if (twins.length > 0 && random.chance(60)) return random.pick(twins);
  const count = random.pick([1, 1, 2]);
  return others.length === 0 ? [first] : [first, ...Array.from({ length: count }, () => random.pick(others))];
};

// ---- parts

const newName = (draft: Draft): string => `v${++draft.names}`;

const newNode = (draft: Draft, shape: Pick<NodeSpec, "out" | "ports">): NodeSpec => {
  const { random } = draft;
  const isSource = draft.nodes.length < 2;
  const gathers = shape.ports.some((port) => port.port === "gather");
  const node: NodeSpec = {
    ...shape,
    id: `n${draft.nodes.length + 1}`,
    keyed: shape.out === "many" && random.chance(25),
    onFailed: gathers ? random.pick<OnFailed>(["fail", "drop", "settled", { tolerate: 1 }, { tolerate: 0.4 }]) : "fail",
    failsOn: isSource ? random.pick([0, 0, 0, 0, 0, 0, 0, 30]) : random.pick([0, 0, 20, 35, 50]),
    minChildren: isSource ? random.pick([0, 2, 3, 3]) : random.pick([0, 0, 1]),
    maxChildren: isSource ? random.between(3, 6) : random.between(1, 4),
  };
  draft.nodes.push(node);
  return node;
};

const samePorts = (a: readonly Port[], b: readonly Port[]): boolean =>
  a.length === b.length && a.every((port, i) => port.name === b[i]?.name && port.port === b[i]?.port);

const listNames = (draft: Draft, fits: (list: List) => boolean): string[] =>
  [...draft.state.known].flatMap(([name, known]) => (known.kind === "list" && fits(known.list) ? [name] : []));

const arrayNames = (draft: Draft): string[] =>
  [...draft.state.known].flatMap(([name, known]) => (known.kind === "array" ? [name] : []));

const sizeOf = (draft: Draft, name: string): number => listOf(draft.state, name).entries.length;

const topOf = (list: List): object => {
  let at = list.space;
  while (at.parent !== undefined && at.parent !== ROOT) at = at.parent;
  return at;
};

// ---- seeded random

interface Random {
  below(limit: number): number;
  between(least: number, most: number): number;
  chance(percent: number): boolean;
  pick<T>(from: readonly T[]): T;
}

/** mulberry32 */
const newRandom = (seed: number): Random => {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
  return {
    below,
    between: (least, most) => least + below(most - least + 1),
    chance: (percent) => below(100) < percent,
    pick: (from) => from[below(from.length)] as (typeof from)[number],
  };
};
