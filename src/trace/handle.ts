/**
 * Handles: what a call returns before its values exist.
 *
 * Owns: the object a workflow function holds, and refusing its misuse loudly. Leaves to runtime/: settling it.
 *
 * R1. A handle is PromiseLike: reading `then` is a graph break and tells the run that it is awaited.
 * R2. Any other use as a value (iteration, index, property, JSON, template, arithmetic, spread, assignment) throws WG3002
 *     and says what to write.
 * R3. JavaScript cannot trap truthiness; `workgraph check` looks for it in the source.
 */
import type { CallNo } from "../model/ids.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { watchAwait } from "./await-observer.ts";
import type { Space, Subset } from "./space.ts";

/** What a handle stands for. */
export interface HandleTarget {
  readonly call: CallNo;
  /** Output of the call: tuples (zip, cross) have several. */
  readonly port: number;
  readonly node: string;
  readonly space: Space;
  readonly subsets: readonly Subset[];
  readonly many: boolean;
  /** Of a node that does not declare its result: whether it gave one value, which is awaited as itself. Asked once it is
   *  closed. */
  isSingle?(): boolean;
  /** Identifies the run, so that a handle of another run is refused. */
  readonly run: object;
  wait(): Promise<unknown>;
  settled(): Promise<unknown>;
  iterate(): AsyncIterator<unknown>;
}

const TARGET = Symbol("workgraph.handle");

/** What a list is asked for by those who take a handle for an array. */
const INSTEAD: Readonly<Record<string, string>> = {
  map: "call a node with it: the node runs once for each item",
  flatMap: 'call a node with `out: "many"`: each element of its results becomes an item',
  forEach: "call a node with it: the node runs once for each item",
  filter: "write filter(items, predicate), which keeps the graph whole",
  reduce: "hand it to a node that says `gather`, which gets the whole set",
  length: "hand it to a node that says `gather`, which gets the whole set",
};

function misuse(target: HandleTarget, use: string, property = ""): never {
  const kind = target.many ? "Items" : "Item";
  const instead = target.many && Object.hasOwn(INSTEAD, property) ? `${INSTEAD[property]}; or ` : "";
  throw new WorkgraphError("WG3002", `${use} a handle: "${target.node}" returned ${kind}, which holds no values yet`, {
    hint: target.many
      ? `${instead}await it first (a graph break), use \`for await (const x of items)\`, or pass it on to a node as it is`
      : "await it first (a graph break), or pass it on to a node as it is",
  });
}

const describeKey = (key: string | symbol): string =>
  typeof key === "symbol" ? String(key.description ?? key.toString()) : `"${key}"`;

const traps: ProxyHandler<{ [TARGET]: HandleTarget }> = {
  get(holder, key) {
    const target = holder[TARGET];
    switch (key) {
      case TARGET:
        return target;
      case "then": {
        const watch = watchAwait(target, "then", traps.get as never);
        return (onValue?: (value: unknown) => unknown, onError?: (error: unknown) => unknown): Promise<unknown> =>
          (watch ? watch.over(() => target.wait()) : target.wait()).then(onValue, onError);
      }
      case "settled": {
        const watch = watchAwait(target, "settled", traps.get as never);
        return (): Promise<unknown> => (watch ? watch.over(() => target.settled()) : target.settled());
      }
      case Symbol.asyncIterator: {
        if (!target.many) return misuse(target, "`for await` over");
        const watch = watchAwait(target, "for await", traps.get as never);
        return (): AsyncIterator<unknown> => (watch ? watch.iterator(() => target.iterate()) : target.iterate());
      }
      case Symbol.toStringTag:
        return target.many ? "Items" : "Item";
      case Symbol.toPrimitive:
      case "valueOf":
      case "toString":
        return misuse(target, "text or arithmetic with");
      case "toJSON":
        return misuse(target, "JSON of");
      case Symbol.iterator:
        return misuse(target, "iteration of");
      // Asked for by `instanceof`, inspectors and assertion libraries; undefined is a safe answer.
      case "constructor":
      case "nodeType":
      case "$$typeof":
      case "asymmetricMatch":
        return undefined;
      default:
        if (typeof key === "symbol") return undefined;
        return misuse(target, `property ${describeKey(key)} of`, key);
    }
  },
  has: (holder, key) => (key === TARGET ? true : misuse(holder[TARGET], `\`${describeKey(key)} in\``)),
  set: (holder, key) => misuse(holder[TARGET], `assigning ${describeKey(key)} on`),
  defineProperty: (holder, key) => misuse(holder[TARGET], `defining ${describeKey(key)} on`),
  setPrototypeOf: (holder) => misuse(holder[TARGET], "changing the prototype of"),
  preventExtensions: (holder) => misuse(holder[TARGET], "freezing or sealing"),
  deleteProperty: (holder, key) => misuse(holder[TARGET], `deleting ${describeKey(key)} from`),
  ownKeys: (holder) => misuse(holder[TARGET], "listing or spreading the keys of"),
};

class HandleHolder {
  readonly [TARGET]: HandleTarget;
  constructor(target: HandleTarget) {
    this[TARGET] = target;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    const target = this[TARGET];
    return `[${target.many ? "Items" : "Item"} of "${target.node}", call ${target.call}: await it for its values]`;
  }
}

const handles: WeakSet<object> = new WeakSet<object>();

export function createHandle(target: HandleTarget): object {
  const handle = new Proxy(new HandleHolder(target), traps as ProxyHandler<HandleHolder>);
  handles.add(handle);
  return handle;
}

/** The target of a handle, or undefined for any other value. Runs no code of the value. */
export function handleTarget(value: unknown): HandleTarget | undefined {
  if (typeof value !== "object" || value === null || !handles.has(value)) return undefined;
  return (value as { [TARGET]: HandleTarget })[TARGET];
}
