/**
 * The taint oracle: which calls a program makes, and which items of which calls flow into them.
 *
 * Own: the answer, by evaluating the program one statement after the other on values that carry labels (taint.ts). No scheduling, no
 * log, no handles.
 *
 * R1. Calls of nodes are named by their tag, combinators "~1", "~2"... in the order they are made.
 * R2. A result is named `tag=n` by the number in it. What an item came from is a set of such names; what is passed through a
 *     combinator keeps its own.
 * R3. The cause of a call is what was awaited last on its way.
 */
import { behave, inputText, RECURSION, type NodeName, type Program, type Statement, type Value } from "./program.ts";
import { evaluateArgument, flowsOf, type Given } from "./arguments.ts";
import {
  renumbered,
  ROOT,
  wholeEdge,
  type Bound,
  type Cell,
  type ExpectedCall,
  type ExpectedEdge,
  type HandleValue,
} from "./expected.ts";
import { array, delivered, jsonOf, object, type Branch, type Tree } from "./taint.ts";

type Names = Map<string, Bound>;
type Cause = ReadonlySet<string>;

interface Here {
  readonly names: Names;
  /** What the loops around add to a tag. */
  readonly suffix: string;
}

export class Oracle {
  readonly calls: ExpectedCall[] = [];
  #combinators = 0;
  #cause: Cause = new Set();

  static of(program: Program): readonly ExpectedCall[] {
    const oracle = new Oracle();
    oracle.#block(program.statements, { names: new Map(), suffix: "" });
    return oracle.calls;
  }

  #block(statements: readonly Statement[], { names, suffix }: Here): void {
    const here = { names: new Map(names), suffix };
    for (const statement of statements) this.#perform(statement, here);
  }

  #perform(statement: Statement, here: Here): void {
    const { names } = here;
    const handle = (name: string): HandleValue => names.get(name) as HandleValue;
    const branch = (name: string): Branch => names.get(name) as Branch;
    const elements = (name: string): readonly Tree[] => branch(name).elements;
    switch (statement.do) {
      case "call": {
        const given = statement.args.map((argument, i): Given => {
          const param = i === 1 ? "y" : statement.node === "sum" ? "xs" : "x";
          return evaluateArgument(argument, { param, names, combinator: (...of) => this.#combinator(...of) });
        });
        names.set(statement.to, this.#call(statement.node, statement.tag + here.suffix, given));
        return;
      }
      case "await":
        names.set(statement.to, this.#await(handle(statement.of)));
        return;
      case "settled": {
        const of = handle(statement.of);
        this.#cause = new Set([of.call.name]);
        const ok = of.cells.filter(({ value }) => value !== undefined);
        names.set(statement.to, array(ok.map((cell) => delivered(cell.value, itemLabel(of, cell)))));
        return;
      }
      case "together":
        this.#cause = new Set(statement.of.map((name) => handle(name).call.name));
        return;
      case "pick":
        names.set(statement.to, elements(statement.of)[statement.index % elements(statement.of).length]!);
        return;
      case "links":
        names.set(statement.to, branch(statement.of).field("links"));
        return;
      case "derive":
        names.set(statement.to, derive(elements(statement.of), statement.how));
        return;
      case "change":
        change(branch(statement.of), statement.how);
        return;
      case "filter": {
        const of = handle(statement.of);
        const call = this.#combinator("filter", [["items", of]]);
        const cells = of.cells.filter(({ value }) => value === undefined || value.n % 2 === statement.parity);
        names.set(statement.to, { ...of, call, port: 0, many: true, cells });
        return;
      }
      case "zip":
      case "zipBy":
      case "cross": {
        const [a, b] = [handle(statement.of[0]), handle(statement.of[1])];
        const call = this.#combinator(statement.do, [
          ["0", a],
          ["1", b],
        ]);
        for (const [port, cells] of pairs(statement.do, a.cells, b.cells).entries())
          names.set(statement.to[port]!, { call, port, space: call, many: true, cells });
        return;
      }
      case "merge": {
        const [a, b] = [handle(statement.of[0]), handle(statement.of[1])];
        const call = this.#combinator("merge", [
          ["0", a],
          ["1", b],
        ]);
        const isParts = a.space === b.space && a.space !== ROOT;
        const cells = isParts
          ? [...a.cells, ...b.cells].toSorted((one, other) => one.place - other.place)
          : renumbered([...a.cells, ...b.cells]);
        names.set(statement.to, {
          call,
          port: 0,
          space: isParts ? a.space : call,
          many: true,
          cells: onePerPath(cells),
        });
        return;
      }
      case "race": {
        // The first of them always fails.
        const [lost, won] = [handle(statement.of[0]), handle(statement.of[1])];
        lost.call.mayNotRun = true;
        const call = this.#combinator("race", [
          ["0", lost],
          ["1", won],
        ]);
        names.set(statement.to, { call, port: 0, space: ROOT, many: false, cells: won.cells });
        return;
      }
      case "if": {
        const n = branch(statement.on).field("n") as number;
        this.#block(n % 2 === 0 ? statement.then : statement.otherwise, here);
        return;
      }
      case "repeat":
        for (let k = 0; k < statement.times; k++) this.#block(statement.body, { names, suffix: `${here.suffix}.${k}` });
        return;
      case "each":
        for (const [k, element] of elements(statement.of).entries())
          this.#block(statement.body, {
            names: new Map([...names, [statement.to, element]]),
            suffix: `${here.suffix}.${k}`,
          });
        return;
      case "for await": {
        const of = handle(statement.of);
        for (const [k, cell] of of.cells.entries()) {
          this.#cause = new Set([of.call.name]);
          const element = delivered(cell.value, itemLabel(of, cell));
          this.#block(statement.body, {
            names: new Map([...names, [statement.to, element]]),
            suffix: `${here.suffix}.${k}`,
          });
        }
        this.#cause = new Set([of.call.name]);
        return;
      }
      case "helper":
        names.set(
          statement.to,
          this.#helper(statement.fn, names.get(statement.arg) as Tree, statement.tag + here.suffix),
        );
        return;
      case "map helper": {
        const before = this.#cause;
        const after = new Set<string>();
        const results = elements(statement.of).map((element, i) => {
          this.#cause = before;
          const result = this.#helper("twice", element, `${statement.tag}${here.suffix}.${i}`) as Tree;
          for (const call of this.#cause) after.add(call);
          return result;
        });
        this.#cause = results.length === 0 ? before : after;
        names.set(statement.to, array(results));
        return;
      }
      case "try": {
        const of = handle(statement.of);
        this.#cause = new Set([of.call.name]);
        const failed = of.cells.filter(({ value }) => value === undefined).length;
        if (failed > 0) this.#call("one", statement.tag + here.suffix, [plain("x", failed)]);
        return;
      }
    }
  }

  #helper(fn: "sync" | "twice" | "recur", arg: Tree, tag: string): Bound {
    const one = (x: Tree, name: string, y?: Tree): HandleValue =>
      this.#call("one", name, [plain("x", x), ...(y === undefined ? [] : [plain("y", y)])]);
    if (fn === "sync") return one(arg, tag);
    if (fn === "twice") {
      const first = this.#await(one(arg, `${tag}.1`));
      return this.#await(one(first, `${tag}.2`, arg));
    }
    let at = arg;
    for (let depth = RECURSION; depth >= 0; depth--) at = this.#await(one(at, `${tag}.${depth}`));
    return at;
  }

  #await(of: HandleValue): Tree {
    this.#cause = new Set([of.call.name]);
    const values = of.cells.map((cell) => delivered(cell.value, itemLabel(of, cell)));
    if (!of.many) return values[0]!;
    const list = array(values);
    list.label = { kind: "list", handle: of };
    list.pristine = JSON.stringify(jsonOf(list));
    return list;
  }

  // ---- calls

  #combinator(node: string, sources: readonly (readonly [param: string, handle: HandleValue])[]): ExpectedCall {
    const edges = sources.map(([param, { call, port }]) => wholeEdge(call.name, param, port));
    return this.#made(`~${++this.#combinators}`, node, edges);
  }

  #made(name: string, node: string, edges: readonly ExpectedEdge[]): ExpectedCall {
    const solid = new Set(edges.map(({ from }) => from));
    const dashed = new Set([...this.#cause].filter((from) => !solid.has(from)));
    const call: ExpectedCall = { name, node, edges, dashed, items: [] };
    this.calls.push(call);
    return call;
  }

  #call(node: NodeName, tag: string, given: readonly Given[]): HandleValue {
    const call = this.#made(
      tag,
      node,
      given.flatMap(({ edges }) => edges),
    );
    const mapped = given.filter((one) => one.kind === "mapped");
    const deepest = mapped.find(({ space }) => space !== ROOT) ?? mapped[0];
    const base = mapped.filter(({ space }) => space === deepest?.space);
    const paths = base.length === 0 ? [{ path: ".", place: 0 }] : base[0]!.cells;
    const cells: Cell[] = [];
    for (const { path, place } of paths) {
      const args = new Map<string, unknown>();
      const sources = new Set<string>();
      let state: "ok" | "skipped" | "absent" = "ok";
      for (const one of given) {
        for (const source of one.kind === "mapped" ? [] : one.sources) sources.add(source);
        if (one.kind !== "mapped") {
          args.set(one.param, one.json);
          continue;
        }
        const cell = one.space === ROOT ? one.cells[0] : one.cells.find((other) => other.path === path);
        if (cell === undefined) state = "absent";
        else if (cell.json === undefined && state === "ok") state = "skipped";
        args.set(one.param, cell?.json);
        for (const source of cell?.sources ?? []) sources.add(source);
      }
      if (state === "absent") continue;
      if (state === "skipped") {
        cells.push({ path, place, value: undefined, sources: [] });
        continue;
      }
      const input = inputText({ x: args.get("x"), y: args.get("y"), xs: args.get("xs") });
      call.items.push({ input, sources });
      cells.push(...results(behave(node, tag, input), { node, tag, path, place }));
    }
    const space = node === "list" ? call : (deepest?.space ?? ROOT);
    return { call, port: 0, space, many: space !== ROOT, cells };
  }
}

const plain = (param: string, tree: Tree): Given => ({ kind: "plain", param, ...flowsOf(tree, param, "plain") });

const itemLabel = (
  { call, port }: HandleValue,
  cell: Cell,
): { kind: "item"; call: ExpectedCall; port: number; cell: Cell } => ({
  kind: "item",
  call,
  port,
  cell,
});

function results(
  outcome: Value | readonly Value[] | undefined,
  at: { readonly node: NodeName; readonly tag: string; readonly path: string; readonly place: number },
): readonly Cell[] {
  const { tag, path, place } = at;
  if (outcome === undefined) return [{ path, place, value: undefined, sources: [] }];
  if (!("n" in outcome)) {
    return outcome.map((value, i) => ({ path: String(i), place: i, value, sources: [`${tag}=${value.n}`] }));
  }
  return [{ path, place, value: outcome, sources: [`${tag}=${outcome.n}`] }];
}

/** Filters of one list all hold its failed items: they are one. */
const onePerPath = (cells: readonly Cell[]): readonly Cell[] =>
  cells.filter(({ path }, i) => cells.findIndex((other) => other.path === path) === i);

function pairs(
  how: "zip" | "zipBy" | "cross",
  a: readonly Cell[],
  b: readonly Cell[],
): [readonly Cell[], readonly Cell[]] {
  if (how === "cross") {
    return [renumbered(a.flatMap((left) => b.map(() => left))), renumbered(a.flatMap(() => [...b]))];
  }
  if (how === "zip") return [renumbered(a), renumbered(b)];
  const partners = a.map(({ value }) => b.find((other) => other.value!.n === value!.n)!);
  return [renumbered(a), renumbered(partners)];
}

function derive(elements: readonly Tree[], how: string): Branch {
  switch (how) {
    case "filter":
      return array(elements.filter((tree) => Math.floor((tree as Branch).field("n") as number) % 2 === 0));
    case "slice":
      return array(elements.slice(1));
    case "reverse":
      return array(elements.toReversed());
    case "spread":
      return array([...elements, ...elements.slice(0, 1)]);
    default:
      return array(elements.map((tree) => object({ n: 7, kept: tree })));
  }
}

function change(branch: Branch, how: "field" | "pop" | "push"): void {
  if (how === "field") branch.entries = [...branch.entries.filter(([key]) => key !== "extra"), ["extra", 1]];
  else if (how === "pop") branch.entries = branch.entries.slice(0, -1);
  else {
    const added = object({ n: -1, name: "new", links: array([]) });
    branch.entries = [...branch.entries, [String(branch.entries.length), added]];
  }
}
