/**
 * Evaluates a program the slow and obvious way: whole lists, one statement after the other, no concurrency.
 *
 * Own: what each statement gives. Left to align.ts: which items a call has; to status.ts: what the run comes to.
 *
 * Where the design leaves a choice, this is the reading:
 *
 * D1. A `many` item that fails, or is skipped, leaves one tombstone in the list of its children, at its own path.
 * D2. A filter needs its item: where the item failed, the filter has a skipped cell at that path.
 * D3. zip, zipBy, cross, merge and arrays of handles show the cells of their sources: failed stays failed.
 * D4. zip counts tombstones as members. zipBy with a failed member, or with a key twice in one list, is left open.
 * D5. cross is a-major with one running index.
 * D6. merge of one space: two cells of one path that both failed or were skipped are one cell (both filters of a list
 *     have the tombstones of that list); any other path in both is WG1003. It takes the status of the first.
 * D7. A gather beside items of the gathered list's own space gets the whole set: nothing descends from itself.
 * D8. An item that needs a failed item is skipped before its gathered sets are looked at, and drops nothing.
 */
import { align, cellAt } from "./align.ts";
import type { Executed, Expected, Variable } from "./expected.ts";
import { below, comparePaths, isWithin, pathId, pathText, ROOT, TOMBSTONE } from "./list.ts";
import type { Cell, Entry, List, Part, Path, Space } from "./list.ts";
import { behave, childKey, FAILED_MEMBER, inputText, keeps, keyOf, SKIPPED_MEMBER } from "./program.ts";
import type { Argument, CallStatement, NodeSpec, Program, Statement } from "./program.ts";
import { newLedger, noteDropped, noteFailure, noteHandled, statusOf } from "./status.ts";
import type { Ledger } from "./status.ts";

export type Known =
  | { readonly kind: "list"; readonly list: List }
  | { readonly kind: "array"; readonly list: List }
  | { readonly kind: "refused" | "broken"; readonly code: string };

export interface State {
  readonly nodes: Map<string, NodeSpec>;
  readonly known: Map<string, Known>;
  readonly executed: Executed[];
  readonly ledger: Ledger;
  calls: number;
}

export const newState = (nodes: readonly NodeSpec[]): State => ({
  nodes: new Map(nodes.map((node) => [node.id, node])),
  known: new Map(),
  executed: [],
  ledger: newLedger(),
  calls: 0,
});

/** For trying a statement out: what happens to the copy does not happen to the state. */
export const copyOf = (state: State): State => ({
  nodes: new Map(state.nodes),
  known: new Map(state.known),
  executed: [...state.executed],
  ledger: {
    failures: new Set(state.ledger.failures),
    handled: new Set(state.ledger.handled),
    dropped: state.ledger.dropped,
  },
  calls: state.calls,
});

/** "open": the design does not say what this statement gives; the state is as before. */
export type Verdict = "done" | "refused" | "broken" | "open";

export const evaluate = (program: Program): Expected => {
  const state = newState(program.nodes);
  for (const statement of program.statements) {
    const verdict = evaluateStatement(state, statement);
    if (verdict === "open") throw new Error(`the design leaves this open: ${JSON.stringify(statement)}`);
  }
  const lists = [...state.known].filter(([, known]) => known.kind !== "array");
  const returned = program.returns === undefined ? undefined : state.known.get(program.returns);
  const holdsFailures = returned?.kind === "list" && returned.list.entries.some(({ cell }) => cell.status !== "ok");
  const broken = lists.some(([, known]) => known.kind === "broken");
  return {
    variables: Object.fromEntries(lists.map(([name, known]) => [name, variableOf(known)])),
    executed: state.executed,
    status: broken || holdsFailures ? "failed" : statusOf(state.ledger, "as written"),
    statusIfAllSettled: broken ? undefined : holdsFailures ? "failed" : statusOf(state.ledger, "all handled"),
  };
};

const variableOf = (known: Known): Variable => {
  if (known.kind !== "list" && known.kind !== "array") return { kind: known.kind, code: known.code };
  const { space, entries } = known.list;
  const cells = entries.map(({ path, cell }) =>
    cell.status === "ok"
      ? ({ path: pathText(space, path), status: "ok", value: cell.value } as const)
      : ({ path: pathText(space, path), status: cell.status } as const),
  );
  return { kind: "list", one: space === ROOT, cells };
};

export const evaluateStatement = (state: State, statement: Statement): Verdict => {
  switch (statement.kind) {
    case "array": {
      const space = below(ROOT, "*", undefined);
      const cells = statement.elements.map((value): Cell => ({ status: "ok", value }));
      state.known.set(statement.name, { kind: "array", list: numbered(space, cells) });
      return "done";
    }
    case "call":
      return evaluateCall(state, statement);
    case "filter": {
      const of = listOf(state, statement.of);
      const entries = of.entries.flatMap(({ path, cell }): Entry[] => {
        if (cell.status !== "ok") return [{ path, cell: { status: "skipped", causes: cell.causes } }]; // D2
        return keeps(statement, cell.value) ? [{ path, cell }] : [];
      });
      return define(state, statement.name, { ...of, part: [{ name: statement.name, of: of.part }], entries });
    }
    case "merge":
      return evaluateMerge(
        state,
        statement.name,
        statement.of.map((name) => listOf(state, name)),
      );
    case "zip":
    case "zipBy":
    case "cross":
      return evaluatePairs(state, statement);
    case "settle":
      for (const { cell } of listOf(state, statement.of).entries) {
        if (cell.status !== "ok") noteHandled(state.ledger, cell.causes);
      }
      return "done";
  }
};

export const listOf = (state: State, name: string): List => {
  const known = state.known.get(name);
  if (known?.kind !== "list" && known?.kind !== "array") throw new Error(`"${name}" is not a list`);
  return known.list;
};

const define = (state: State, name: string, list: List): Verdict => {
  state.known.set(name, { kind: "list", list });
  return "done";
};

const defineBad = (state: State, names: readonly string[], known: Extract<Known, { code: string }>): Verdict => {
  for (const name of names) state.known.set(name, known);
  return known.kind;
};

const numbered = (space: Space, cells: readonly Cell[]): List => ({
  space,
  part: undefined,
  thinned: false,
  entries: cells.map((cell, index) => ({ path: [{ index, key: `${index}` }], cell })),
});

const concatenated = (cells: readonly Cell[]): List => numbered(below(ROOT, "*", undefined), cells);

// ---- calls

interface Bound {
  readonly port: "item" | "gather";
  /** undefined: a plain value. */
  readonly list: List | undefined;
  readonly text: string;
}

const bind = (state: State, argument: Argument, port: "item" | "gather"): Bound => {
  switch (argument.kind) {
    case "scalar":
      return { port, list: undefined, text: argument.text };
    case "handle":
    case "array":
      return { port, list: listOf(state, argument.of), text: "" };
    case "concat": {
      const cells = argument.parts.flatMap((part): Cell[] =>
        part.kind === "text"
          ? [{ status: "ok", value: part.text }]
          : listOf(state, part.of).entries.map(({ cell }) => cell),
      );
      return { port, list: concatenated(cells), text: "" };
    }
  }
};

const evaluateCall = (state: State, statement: CallStatement): Verdict => {
  const node = state.nodes.get(statement.node);
  if (node === undefined) throw new Error(`no node "${statement.node}"`);
  const bound = node.ports.map((port, i) => bind(state, statement.args[i] as Argument, port.port));
  const aligned = align(bound.flatMap(({ port, list }) => (port === "item" && list !== undefined ? [list] : [])));
  if (aligned.kind === "open") return "open";
  if (aligned.kind === "refused") return defineBad(state, [statement.name], aligned);

  const call = `${++state.calls}`;
  const space = node.out === "many" ? below(aligned.space, node.id, aligned.part) : aligned.space;
  const entries = aligned.paths.flatMap((path) =>
    evaluateItem(state, node, { call, base: aligned.space, path, bound }),
  );
  // A `many` call adds a space of its own and has all of it; on which part it ran, the space remembers.
  const part: Part = node.out === "many" ? undefined : aligned.part;
  return define(state, statement.name, { space, part, entries, thinned: aligned.thinned });
};

interface ItemPlace {
  readonly call: string;
  readonly base: Space;
  readonly path: Path;
  readonly bound: readonly Bound[];
}

const evaluateItem = (state: State, node: NodeSpec, place: ItemPlace): Entry[] => {
  const { path, base, bound } = place;
  const ended = (cell: Cell): Entry[] => [{ path: node.out === "many" ? [...path, TOMBSTONE] : path, cell }]; // D1

  const needed = new Set<string>();
  const taken: string[] = [];
  for (const { port, list, text } of bound) {
    if (port === "gather") continue;
    const cell = list === undefined ? ({ status: "ok", value: text } as const) : cellAt(list, path);
    if (cell.status === "ok") taken.push(cell.value);
    else for (const cause of cell.causes) needed.add(cause);
  }
  if (needed.size > 0) return ended({ status: "skipped", causes: needed }); // D8

  const sets = bound.flatMap(({ port, list }) =>
    port === "gather" && list !== undefined ? [memberCells(list, base, path)] : [],
  );
  const refusing = sets.filter((set) => refuses(node, set)).flatMap((set) => set.flatMap(causesOf));
  if (refusing.length > 0) return ended({ status: "skipped", causes: new Set(refusing) });

  let missing = 0;
  for (const set of sets) {
    const failed = set.filter((cell) => cell.status !== "ok");
    noteHandled(state.ledger, failed.flatMap(causesOf));
    if (node.onFailed !== "settled") missing += failed.length;
  }
  if (missing > 0) noteDropped(state.ledger);
  const gathered = sets.map((set) => set.flatMap((cell) => memberText(node, cell)));
  const input = bound.map(({ port }) => (port === "item" ? (taken.shift() as string) : (gathered.shift() as string[])));

  state.executed.push({ node: node.id, path: pathText(base, path), input: inputText(input) });
  const outcome = behave(node, input, missing);
  switch (outcome.kind) {
    case "one":
      return [{ path, cell: { status: "ok", value: outcome.value } }];
    case "many":
      return outcome.values.map((value, index) => ({
        path: [...path, { index, key: node.keyed ? childKey(value) : `${index}` }],
        cell: { status: "ok", value },
      }));
    case "throws": {
      const cause = `${place.call}@${pathId(path)}`;
      noteFailure(state.ledger, cause);
      return ended({ status: "failed", causes: new Set([cause]) });
    }
  }
};

/** The set that an item at `path` of `base` gathers: its own descendants, or everything. */
const memberCells = (list: List, base: Space, path: Path): Cell[] => {
  const own = list.space !== base && isWithin(list.space, base); // D7
  const id = pathId(path);
  return list.entries.flatMap((entry) => (!own || pathId(entry.path.slice(0, path.length)) === id ? [entry.cell] : []));
};

const causesOf = (cell: Cell): string[] => (cell.status === "ok" ? [] : [...cell.causes]);

const refuses = (node: NodeSpec, set: readonly Cell[]): boolean => {
  const failed = set.filter((cell) => cell.status !== "ok").length;
  if (node.onFailed === "drop" || node.onFailed === "settled") return false;
  if (node.onFailed === "fail") return failed > 0;
  const { tolerate } = node.onFailed;
  return failed > (tolerate >= 1 ? tolerate : tolerate * set.length);
};

const memberText = (node: NodeSpec, cell: Cell): string[] => {
  if (cell.status === "ok") return [cell.value];
  if (node.onFailed !== "settled") return [];
  return [cell.status === "failed" ? FAILED_MEMBER : SKIPPED_MEMBER];
};

// ---- combinators

const evaluateMerge = (state: State, name: string, lists: readonly List[]): Verdict => {
  const [first] = lists as readonly [List, ...List[]];
  if (!lists.every((list) => list.space === first.space)) {
    return define(state, name, concatenated(lists.flatMap((list) => list.entries.map(({ cell }) => cell))));
  }
  const byPath = new Map<string, Entry>();
  for (const entry of lists.flatMap((list) => list.entries)) {
    const id = pathId(entry.path);
    const before = byPath.get(id);
    if (before === undefined) byPath.set(id, entry);
    else if (before.cell.status === "ok" || entry.cell.status === "ok") {
      return defineBad(state, [name], { kind: "broken", code: "WG1003" });
    } else {
      const causes = new Set([...before.cell.causes, ...entry.cell.causes]);
      byPath.set(id, { path: entry.path, cell: { status: before.cell.status, causes } }); // D6
    }
  }
  const part = lists.some((list) => list.part === undefined) ? undefined : lists.flatMap((list) => list.part ?? []);
  const entries = [...byPath.values()].sort((a, b) => comparePaths(a.path, b.path));
  return define(state, name, { space: first.space, part, entries, thinned: lists.some((list) => list.thinned) });
};

const evaluatePairs = (state: State, statement: Extract<Statement, { kind: "zip" | "zipBy" | "cross" }>): Verdict => {
  const [a, b] = statement.of.map((name) => listOf(state, name).entries.map(({ cell }) => cell)) as [Cell[], Cell[]];
  const pairs = pairUp(statement.kind, a, b);
  if (pairs === "open") return "open";
  if (pairs === "mismatch") return defineBad(state, statement.names, { kind: "broken", code: "WG1002" });
  const space = below(ROOT, "*", undefined);
  define(
    state,
    statement.names[0],
    numbered(
      space,
      pairs.map(([left]) => left),
    ),
  );
  return define(
    state,
    statement.names[1],
    numbered(
      space,
      pairs.map(([, right]) => right),
    ),
  );
};

type Pairs = (readonly [Cell, Cell])[] | "open" | "mismatch";

const pairUp = (kind: "zip" | "zipBy" | "cross", a: readonly Cell[], b: readonly Cell[]): Pairs => {
  if (kind === "cross") return a.flatMap((left) => b.map((right) => [left, right] as const)); // D5
  if (kind === "zip") return a.length === b.length ? a.map((left, i) => [left, b[i] as Cell] as const) : "mismatch"; // D4
  const keysOf = (cells: readonly Cell[]): string[] =>
    cells.flatMap((cell) => (cell.status === "ok" ? [keyOf(cell.value)] : []));
  const [left, right] = [keysOf(a), keysOf(b)];
  if (left.length < a.length || right.length < b.length) return "open";
  if (new Set(left).size < left.length || new Set(right).size < right.length) return "open";
  if (left.length !== right.length || left.some((key) => !right.includes(key))) return "mismatch";
  return left.map((key, i) => [a[i] as Cell, b[right.indexOf(key)] as Cell] as const);
};
