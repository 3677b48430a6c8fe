/** What a call of a workflow accepts and gives, as the compiler sees it. Checked by tsc; nothing here runs. */
import type { Item, Items } from "../model/handle.ts";
import { node } from "./node.ts";
import { runSubgraph } from "./subgraph.ts";
import { workflow } from "./workflow.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function is<A>(): <B>(value: B, ...same: Same<A, B> extends true ? [] : ["another type"]) => void;

const words = node({ id: "words", out: "many" }, async ({ text }: { text: string }) => text.split(" "));
const size = node({ id: "size" }, async ({ word }: { word: string }) => word.length);

const one = workflow({ name: "one" }, ({ word }: { word: string }) => size({ word }));
const many = workflow({ name: "many", out: "many" }, ({ text }: { text: string }) => size({ word: words({ text }) }));
const list = workflow({ name: "list", out: "one" }, ({ text }: { text: string }) => size({ word: words({ text }) }));
const set = workflow({ name: "set", gather: ["all"], whole: ["tail"] }, ({ all }: { all: string[]; tail?: number[] }) =>
  all.join(),
);
const bare = workflow({ name: "bare" }, () => 1);

export function results(): void {
  is<Item<number>>()(runSubgraph({ workflow: one, input: { word: "a" } }));
  is<Items<number>>()(runSubgraph({ workflow: one, id: "each", input: { word: ["a", "b"] } }));
  is<Items<number>>()(runSubgraph({ workflow: one, input: { word: words({ text: "a b" }) }, concurrency: 4 }));
  is<Items<number>>()(runSubgraph({ workflow: many, input: { text: "a" } }));
  is<Item<number[]>>()(runSubgraph({ workflow: list, input: { text: "a" } }));
  is<Item<string>>()(runSubgraph({ workflow: set, input: { all: words({ text: "a" }) } }));
  is<Item<string>>()(runSubgraph({ workflow: set, input: { all: ["a"], tail: [1] } }));
  is<Item<number>>()(runSubgraph({ workflow: bare }));
}

export function refusals(): void {
  const undeclared = workflow({ name: "u" }, ({ text }: { text: string }) => size({ word: words({ text }) }));
  // @ts-expect-error the workflow returns many and does not say so
  runSubgraph({ workflow: undeclared, input: { text: "a" } });
  const open = workflow({ name: "o" }, ({ all }: { all: string[] }) => all.length);
  // @ts-expect-error a parameter that takes an array is in neither gather nor whole
  runSubgraph({ workflow: open, input: { all: ["a"] } });
  // @ts-expect-error no such parameter
  runSubgraph({ workflow: one, input: { word: "a", other: 1 } });
  // @ts-expect-error the input is missing
  runSubgraph({ workflow: one });
  // @ts-expect-error another type
  runSubgraph({ workflow: one, input: { word: 1 } });
  // @ts-expect-error no such option
  runSubgraph({ workflow: one, input: { word: "a" }, retries: 2 });
  // @ts-expect-error not a workflow
  runSubgraph({ workflow: size, input: { word: "a" } });
}
