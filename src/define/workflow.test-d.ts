/** What workflows and combinators accept and give, as the compiler sees it. Checked by tsc; nothing here runs. */
import { z } from "zod";
import type { Item, Items } from "../model/handle.ts";
import { cross, filter, merge, now, race, sleep, uuid, zip, zipBy } from "./combinators.ts";
import { defineConfig } from "./config.ts";
import { node } from "./node.ts";
import { workflow } from "./workflow.ts";
import type { Workflow } from "./workflow.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** `is<Item<Page>>()(value)`: the type of value is exactly that. */
declare function is<A>(): <B>(value: B, ...same: Same<A, B> extends true ? [] : ["another type"]) => void;

type PortsOf<W extends { readonly "~types"?: { readonly ports: unknown } }> = NonNullable<W["~types"]>["ports"];

const words = node({ id: "words", out: "many" }, async ({ text }: { text: string }) => text.split(" "));
const size = node({ id: "size" }, async ({ word }: { word: string }) => word.length);
const total = node({ id: "total", gather: ["sizes"] }, async ({ sizes }: { sizes: number[] }) => sizes.length);

export function outputs(): void {
  const one = workflow({ name: "one" }, ({ text }: { text: string }) =>
    total({ sizes: size({ word: words({ text }) }) }),
  );
  is<Workflow<{ text: string }, number, PortsOf<typeof one>>>()(one);
  const many = workflow({ name: "many" }, ({ text }: { text: string }) => size({ word: words({ text }) }));
  is<Workflow<{ text: string }, number[], PortsOf<typeof many>>>()(many);
  const awaited = workflow({ name: "awaited" }, async ({ text }: { text: string }) => (await words({ text })).length);
  is<Workflow<{ text: string }, number, PortsOf<typeof awaited>>>()(awaited);
  const asyncHandle = workflow({ name: "async-handle" }, async ({ text }: { text: string }) =>
    size({ word: words({ text }) }),
  );
  is<Workflow<{ text: string }, number[], PortsOf<typeof asyncHandle>>>()(asyncHandle);
  const flat = workflow({ name: "flat" }, ({ text }: { text: string }) => ({
    all: size({ word: words({ text }) }),
    first: size({ word: text }),
    text,
    at: new Date(0),
  }));
  is<Workflow<{ text: string }, { all: number[]; first: number; text: string; at: Date }, PortsOf<typeof flat>>>()(
    flat,
  );
  const tuple = workflow({ name: "tuple" }, ({ text }: { text: string }): [Items<number>, Item<number>, string] => [
    size({ word: words({ text }) }),
    size({ word: text }),
    text,
  ]);
  is<Workflow<{ text: string }, [number[], number, string], PortsOf<typeof tuple>>>()(tuple);
  const value = workflow({ name: "value" }, ({ text }: { text: string }) => new Date(text));
  is<Workflow<{ text: string }, Date, PortsOf<typeof value>>>()(value);
  const schemas = workflow(
    { name: "schemas", input: z.object({ text: z.string(), limit: z.number() }), output: z.object({ n: z.number() }) },
    ({ text, limit }) => ({ n: size({ word: text.slice(limit) }) }),
  );
  is<Workflow<{ text: string; limit: number }, { n: number }, PortsOf<typeof schemas>>>()(schemas);
  // A workflow receives plain values: an array needs no declaration.
  workflow({ name: "arrays" }, ({ urls }: { urls: string[] }) => size({ word: urls }));
  workflow({ name: "ports", gather: ["urls"] }, ({ urls }: { urls: string[] }) => size({ word: urls }));

  // @ts-expect-error a workflow is launched, not called
  flat({ text: "x" });
  // @ts-expect-error gather names no parameter
  workflow({ name: "bad", gather: ["nope"] }, ({ urls }: { urls: string[] }) => urls.length);
  // @ts-expect-error gather names a parameter that is no array
  workflow({ name: "bad", gather: ["url"] }, ({ url }: { url: string }) => url);
  // @ts-expect-error an unknown option
  workflow({ name: "bad", concurrency: 3 }, ({ url }: { url: string }) => url);
  // @ts-expect-error no name
  workflow({}, ({ url }: { url: string }) => url);
}

interface City {
  readonly kind: "city";
  readonly code: string;
}
interface Country {
  readonly kind: "country";
  readonly code: string;
}
declare const cities: Items<City>;
declare const countries: Items<Country>;
declare const either: Items<City | Country>;
declare const city: Item<City>;

export function combinators(): void {
  is<Items<City | Country>>()(merge(cities, countries));
  is<Items<City>>()(merge(cities, cities, [{ kind: "city", code: "x" } as City]));
  is<[Items<City>, Items<Country>]>()(zip(cities, countries));
  is<[Items<City>, Items<string>]>()(zip(cities, ["a", "b"]));
  is<[Items<City>, Items<Country>]>()(zipBy(cities, countries, (value) => value.code));
  is<[Items<City>, Items<City>]>()(cross(cities, cities));
  is<Items<City>>()(filter(cities, ({ code }) => code !== ""));
  is<Items<City>>()(filter(either, (value): value is City => value.kind === "city"));
  is<Item<City | undefined>>()(race([city, sleep("10s")]));
  is<Item<City>>()(race([city] as Item<City>[]));
  is<number>()(now());
  is<string>()(uuid());

  // @ts-expect-error filter reads handles; plain arrays have their own filter
  filter(["a"], (text: string) => text !== "");
  // @ts-expect-error an async predicate is always true
  filter(cities, async ({ code }) => code !== "");
  // @ts-expect-error a key that neither item has
  zipBy(cities, countries, (value) => value.name);
  // @ts-expect-error many do not race
  race([cities, city]);
  // @ts-expect-error an array of handles, not handles
  race(city, city);
  // @ts-expect-error one is no list
  zip(city, cities);
  // @ts-expect-error nothing to merge
  merge();
  // @ts-expect-error a duration is text or ms
  sleep(new Date(0));
}

export const config = defineConfig({ workflows: ["flows/*.ts"], limits: { callsPerRun: 10 } });
// @ts-expect-error an unknown setting
export const misspelt = defineConfig({ workflow: ["flows/*.ts"] });
