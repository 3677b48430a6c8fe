/**
 * Finding a workflow that a function made, or that stands in an object or list, in the module of a version.
 *
 * Owns: which top-level variable holds it. Leaves to `child-version.ts`: its closure, which is that of the variable.
 *
 * R1. What a function returns is known only when the module has run: a copy of it, which gives all its variables away, is loaded
 *     once. Only this road executes anything.
 */
import { loadBundle } from "./loader.ts";
import { scopesOf } from "./scope.ts";
import type { StoredVersion } from "./stored-version.ts";
import { parseSource } from "./syntax.ts";

/** `stages.prepare`: the variable, and the way from it. */
export interface Holder {
  readonly variable: string;
  readonly path: readonly string[];
}

export interface HeldRequest {
  /** Absolute path of the file that imports of the version are looked up from, and the folder of its paths. */
  readonly originFile: string;
  readonly root: string;
  /** Whether a value is the workflow looked for. */
  isIt(value: unknown): boolean;
}

/** Entries of one object or list that are looked at. */
const MAX_ENTRIES = 1000;
const PREFIX = "held$";

export async function holderOf(version: StoredVersion, request: HeldRequest): Promise<Holder | undefined> {
  const { originFile, root, isIt } = request;
  const program = await parseSource(version.code, "bundle.mjs");
  const variables = [...scopesOf(program).top.values()].filter(({ kind }) => /^(const|let|var)$/.test(kind));
  const given = variables.map(({ name }, i) => `${name} as ${PREFIX}${i}`).join(", ");
  const module = await loadBundle({
    hash: `${version.closureHash}.held`,
    code: `${version.code}\nexport { ${given} };\n`,
    map: version.map,
    originFile,
    root,
  });
  for (const [i, { name: variable }] of variables.entries()) {
    const path = pathTo(module[`${PREFIX}${i}`], isIt);
    if (path) return { variable, path };
  }
  return undefined;
}

function pathTo(value: unknown, isIt: (value: unknown) => boolean): readonly string[] | undefined {
  if (isIt(value)) return [];
  if (typeof value !== "object" || value === null) return undefined;
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain) return undefined;
  const descriptors = Object.entries(Object.getOwnPropertyDescriptors(value)).slice(0, MAX_ENTRIES);
  const found = descriptors.find(([, descriptor]) => isIt(descriptor.value));
  return found && [found[0]];
}
