/**
 * Who computes closure hashes: stored beside each, and part of what makes a cached version stale.
 * The bundler's version is read from its package file: importing the bundler for it would cost what the cache saves.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** Version of the rules of `closure.ts`, `units.ts`, `canonical.ts` and `rewrite.ts`. Raise it when equal code would get another hash. */
const CLOSURE_RULES = "closure@1";

let name: string | undefined;

/** For example "rolldown@1.3.2+closure@1". */
export function hasherName(): string {
  if (name === undefined) {
    const file = createRequire(import.meta.url).resolve("rolldown/package.json");
    const { version } = JSON.parse(readFileSync(file, "utf8")) as { readonly version: string };
    name = `rolldown@${version}+${CLOSURE_RULES}`;
  }
  return name;
}
