/**
 * What a recorded run says of its calls and items, in the shape the oracle answers in.
 *
 * R1. Calls of nodes are known by the tag they were given, combinators by their order. A result is named `tag=n` by its number.
 */
import { RunItems } from "../../src/app/lineage/run-items.ts";
import { RunLinks, type Anchor } from "../../src/app/lineage/links.ts";
import { RunLists } from "../../src/app/lineage/run-lists.ts";
import { numbersIn } from "../../src/model/ranges.ts";
import type { CallRow } from "../../src/store/store.ts";
import type { ExpectedCall, ExpectedEdge } from "./expected.ts";
import type { Recorded } from "./run.ts";

export async function observedCalls(recorded: Recorded): Promise<readonly ExpectedCall[]> {
  const { store, runId, inputs } = recorded;
  const rows = (await store.calls(runId)).toSorted((a, b) => a.call - b.call);
  const names = new Map<number, string>();
  let combinators = 0;
  for (const row of rows) {
    const value = row.event.kind === "node" ? await store.eventValue(runId, row.seq) : undefined;
    names.set(row.call, value === undefined ? `~${++combinators}` : (JSON.parse(value) as { tag: string }).tag);
  }
  const items = await RunItems.read(store, (await store.run(runId))!);
  const links = new RunLinks(items, new RunLists(items));
  const numbers = new Numbers(recorded, links, names);
  const calls: ExpectedCall[] = [];
  for (const row of rows) {
    const name = names.get(row.call)!;
    const made: ExpectedCall = {
      name,
      node: row.event.kind === "node" ? row.event.node : row.event.kind,
      edges: solidEdges(row, names),
      dashed: new Set(row.event.edges.flatMap((edge) => (edge.kind === "dashed" ? [names.get(edge.from)!] : []))),
      items: [],
    };
    for (const [item, input] of row.event.kind === "node" ? (inputs.get(name) ?? []) : [])
      made.items.push({ input, sources: await numbers.sources({ kind: "item", call: row.call, item }) });
    calls.push(made);
  }
  return calls;
}

function solidEdges({ event }: CallRow, names: ReadonlyMap<number, string>): readonly ExpectedEdge[] {
  return event.edges.flatMap((edge): ExpectedEdge[] =>
    edge.kind === "dashed"
      ? []
      : [
          {
            from: names.get(edge.from)!,
            param: edge.param ?? "",
            port: edge.port ?? 0,
            modified: edge.modified === true,
            items: edge.items && [...numbersIn(edge.items)],
            elements: edge.elements && [...numbersIn(edge.elements)],
          },
        ],
  );
}

/** Names of results that items came from. */
class Numbers {
  readonly #recorded: Recorded;
  readonly #links: RunLinks;
  readonly #names: ReadonlyMap<number, string>;

  constructor(recorded: Recorded, links: RunLinks, names: ReadonlyMap<number, string>) {
    this.#recorded = recorded;
    this.#links = links;
    this.#names = names;
  }

  async sources(of: Extract<Anchor, { kind: "item" }>): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    const todo: Anchor[] = [of];
    for (let at = todo.pop(); at; at = todo.pop()) {
      const links =
        at.kind === "item"
          ? [...this.#links.own(at.call, at.item), ...this.#links.shared(at.call)]
          : at.kind === "value" || at.kind === "list"
            ? this.#links.plain(at)
            : [];
      for (const { from, index } of links) {
        if (from.kind !== "item") todo.push(from);
        else {
          const name = await this.#name(from, index);
          if (name !== undefined) found.add(name);
        }
      }
    }
    return found;
  }

  async #name(
    { call, item }: Extract<Anchor, { kind: "item" }>,
    index: number | undefined,
  ): Promise<string | undefined> {
    const { store, runId } = this.#recorded;
    const key = index === undefined ? { call, item } : { call, item, index };
    const [text] = await store.values(runId, [key]);
    return text === undefined ? undefined : `${this.#names.get(call)}=${(JSON.parse(text) as { n: number }).n}`;
  }
}
