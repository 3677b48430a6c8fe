/**
 * Where a workflow's functions wait, from source alone: its possible graph breaks.
 *
 * Owns: `await`, `for await`, and `return` of an async helper, with what is waited for. Leaves to `static-closure.ts`: which functions
 * count; to a run: what was really awaited.
 *
 * R1. A place that certainly waits for a handle says so; any other `await` may wait for one, or for nothing the run knows of.
 * R2. What the workflow's own function returns is not awaited.
 */
import { packageCallee } from "./authoring.ts";
import { branchesAround, calledNode, functionName, type Branch, type ModuleFacts } from "./call-sites.ts";
import type { Position } from "./line-index.ts";
import type { Binding } from "./scope.ts";
import { bare, isFunction, walk, type SyntaxNode } from "./syntax.ts";

export type BreakKind =
  | "await"
  | "for await"
  /** An async helper returns a handle: its caller waits for all of it. */
  | "async return"
  | "settled"
  | "Promise.all"
  | "Promise.allSettled"
  | "Promise.race"
  | "Promise.any";

export interface StaticBreak {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly kind: BreakKind;
  /** Source text of what is awaited, on one line. */
  readonly awaited: string;
  /** Node or combinator behind it, where the source says so. */
  readonly node: string | undefined;
  /** "handle": certainly; "unknown": what is awaited shows when it runs. */
  readonly certainty: "handle" | "unknown";
  /** Nothing follows it: the workflow's own function returns it. */
  readonly returned?: true;
  readonly functionName: string | undefined;
  readonly branches: readonly Branch[];
  /** From the first to the last character of what waits. */
  readonly range: readonly [from: Position, to: Position];
  /** Where the handle is made, when a variable is awaited. The bundler puts an expression in the place of a variable that is used
   *  once, so this is where a run sees the await. */
  readonly made?: Position;
}

const MAX_TEXT = 60;
const TOGETHER = /^Promise\.(all|allSettled|race|any)$/;
/** Functions of the package that give a handle. */
const MAKERS: ReadonlySet<string> = new Set(["merge", "filter", "race", "sleep", "runSubgraph"]);

export interface BreaksRequest {
  readonly module: ModuleFacts;
  /** A declaration: everything in it is looked at, but for the functions of nodes. */
  readonly node: SyntaxNode;
  /** The workflow's own function. */
  readonly root: SyntaxNode | undefined;
}

export function breaksOf({ module, node: region, root }: BreaksRequest): readonly StaticBreak[] {
  const handles = new Handles(module, region);
  const found: StaticBreak[] = [];
  walk(region, (node, ancestors) => {
    const waits = waitOf(node, ancestors);
    if (waits === undefined) return;
    const { awaited } = waits;
    const held = handles.nodeOf(awaited);
    const kind = waits.kind === "await" ? kindOf(awaited, module) : waits.kind;
    const fn = node.type === "ArrowFunctionExpression" ? node : ancestors.findLast(isFunction);
    const isReturned = waits.kind === "async return" && fn !== undefined && fn === root;
    // An async function may return anything; only a handle makes that a break.
    if (waits.kind === "async return" && held === undefined && !isReturned) return;
    found.push({
      path: module.file,
      ...module.lines.position(waits.at.start),
      kind,
      awaited: oneLine(module.text.slice(awaited.start, awaited.end)),
      node: held?.name,
      certainty: held === undefined ? "unknown" : "handle",
      ...(held?.made === undefined ? {} : { made: module.lines.position(held.made.start) }),
      ...(isReturned ? { returned: true as const } : {}),
      functionName: functionName(ancestors),
      branches: branchesAround(node, { ancestors, text: module.text, lines: module.lines }),
      range: [module.lines.position(waits.at.start), module.lines.position(waits.at.end)],
    });
  });
  return found;
}

export interface Wait {
  readonly kind: "await" | "for await" | "async return";
  readonly awaited: SyntaxNode;
  /** What its place is the place of. */
  readonly at: SyntaxNode;
}

/** What waits at a syntax node; undefined where nothing does. */
export function waitOf(node: SyntaxNode, ancestors: readonly SyntaxNode[]): Wait | undefined {
  if (node.type === "AwaitExpression") return { kind: "await", awaited: bare(node.argument), at: node };
  if (node.type === "ForOfStatement" && node.await) {
    return { kind: "for await", awaited: bare(node.right), at: node.right };
  }
  if (node.type === "ReturnStatement" && node.argument) {
    const fn = ancestors.findLast(isFunction);
    return fn?.async && !fn.generator ? { kind: "async return", awaited: bare(node.argument), at: node } : undefined;
  }
  if (node.type === "ArrowFunctionExpression" && node.async && node.body?.type !== "BlockStatement") {
    return { kind: "async return", awaited: bare(node.body), at: node.body };
  }
  return undefined;
}

function kindOf(awaited: SyntaxNode, module: ModuleFacts): BreakKind {
  if (awaited.type !== "CallExpression") return "await";
  const callee = bare(awaited.callee);
  const text = module.text.slice(callee.start, callee.end);
  if (TOGETHER.test(text)) return text as BreakKind;
  return callee.type === "MemberExpression" && callee.property.name === "settled" ? "settled" : "await";
}

interface Held {
  readonly name: string;
  /** The expression that made it, of a variable. */
  readonly made?: SyntaxNode;
}

/** Variables of a region that hold a handle, and helpers that give one. */
class Handles {
  readonly #module: ModuleFacts;
  readonly #held: Map<Binding, Held> = new Map();

  constructor(module: ModuleFacts, region: SyntaxNode) {
    this.#module = module;
    walk(region, (node) => {
      if (node.type !== "VariableDeclarator" || !node.init || node.id.type !== "Identifier") return;
      const held = this.nodeOf(bare(node.init));
      const binding = module.scopes.bindingOf(node.id);
      if (held && binding) this.#held.set(binding, { made: bare(node.init), ...held });
    });
  }

  /** What a handle stands for; undefined for anything that is not certainly one. */
  nodeOf(given: SyntaxNode): Held | undefined {
    const node = bare(given);
    if (node.type === "Identifier") {
      const binding = this.#module.scopes.bindingOf(node);
      return binding && this.#held.get(binding);
    }
    if (node.type !== "CallExpression") return undefined;
    const called = calledNode(node, this.#module);
    if (called) return { name: called.id ?? this.#module.text.slice(node.callee.start, node.callee.end) };
    const made = packageCallee(node.callee, this.#module.scopes);
    if (made !== undefined && MAKERS.has(made)) return { name: made };
    const callee = bare(node.callee);
    if (callee.type === "MemberExpression" && callee.property.name === "settled") return this.nodeOf(callee.object);
    if (TOGETHER.test(this.#module.text.slice(callee.start, callee.end))) return this.#together(node);
    return undefined;
  }

  /** `Promise.all([a, b])`: the names of its members. */
  #together(node: SyntaxNode): Held | undefined {
    const [list] = node.arguments as readonly SyntaxNode[];
    if (list?.type !== "ArrayExpression") return undefined;
    const members = (list.elements as readonly (SyntaxNode | null)[]).map((element) => element && this.nodeOf(element));
    const names = members.flatMap((member) => member?.name ?? []);
    return names.length > 0 ? { name: names.join(", ") } : undefined;
  }
}

/** The place that waits, of those in one file: the innermost one around a position, or the one whose handle was made there. */
export function breakAt(breaks: readonly StaticBreak[], at: Position): StaticBreak | undefined {
  const around = breaks.filter((one) => waitsAt(one, at));
  const inner = around.toSorted(
    (a, b) => b.range[0].line - a.range[0].line || b.range[0].column - a.range[0].column,
  )[0];
  return inner ?? breaks.find(({ made }) => made?.line === at.line && made.column === at.column);
}

function waitsAt(one: StaticBreak, at: Position): boolean {
  const [from, to] = one.range;
  const afterStart = at.line > from.line || (at.line === from.line && at.column >= from.column);
  const beforeEnd = at.line < to.line || (at.line === to.line && at.column <= to.column);
  return afterStart && beforeEnd;
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT - 3)}...` : line;
}
