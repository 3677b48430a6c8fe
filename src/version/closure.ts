/**
 * The closure of a workflow or node, and its hash: which code is this?
 *
 * Owns: what is reachable from one export or one node in a bundled module, in an order that does not depend on the rest of it.
 * Leaves to `units.ts`: what each piece is; to `packages.ts`: versions of what is imported.
 *
 * R1. The closure holds what its root mentions, directly or through others, and each statement that may change any of that
 *     when the module loads.
 * R2. Pieces are numbered in the order they are first mentioned from the root, never by name or by place in the bundle:
 *     unrelated code can neither rename nor renumber them.
 * R3. Pieces that may do anything when loaded are also listed in the order they run: swapping two of them is a change.
 * R4. A package counts by name, version and the versions below it, where something of it is mentioned.
 *
 * What remains: the hash sees statements, not single branches; a value that a package's function changes behind our back
 * (`const x = configure(shared)`, never mentioned) is not seen; two spellings of one behaviour (`a["b"]`, `a.b`) differ.
 */
import { sha256Hex } from "../base/hash.ts";
import type { Binding, Scopes } from "./scope.ts";
import { keyName } from "./syntax.ts";
import { splitSpecifier } from "./specifiers.ts";
import type { BundleUnits, Unit } from "./units.ts";

export interface Closure {
  readonly hash: string;
  /** In the order of the module. */
  readonly units: readonly Unit[];
  /** Specifiers of the packages it mentions, sorted. */
  readonly specifiers: readonly string[];
}

/** What a specifier stands for, as text that changes with the version; undefined for what has none (`node:fs`). */
export type PackageIdentity = (specifier: string) => string | undefined;

export interface ClosureInput {
  readonly bundle: BundleUnits;
  readonly scopes: Scopes;
  readonly identity: PackageIdentity;
}

export function closureOf(root: Unit, input: ClosureInput): Closure {
  const reach = new Reach(input.bundle);
  reach.add(root);
  reach.addEffects();
  const specifiers = [...reach.specifiers].sort();
  const lines = ["closure/1"];
  for (const unit of reach.numbers.keys()) lines.push(reach.text(unit));
  const ordered = input.bundle.units.filter((unit) => reach.numbers.has(unit) && unit.effect === "world");
  lines.push(`order ${ordered.map((unit) => reach.numbers.get(unit)).join(" ")}`);
  lines.push(`load ${input.bundle.bareImports.map(plainSpecifier).join(" ")}`);
  for (const specifier of specifiers) {
    const identity = input.identity(specifier);
    if (identity !== undefined) lines.push(`package ${plainSpecifier(specifier)} ${identity}`);
  }
  return {
    hash: sha256Hex(lines.join("\n")),
    units: input.bundle.units.filter((unit) => reach.numbers.has(unit)),
    specifiers,
  };
}

class Reach {
  /** In the order of discovery. */
  readonly numbers: Map<Unit, number> = new Map();
  readonly specifiers: Set<string>;
  readonly #imports: Set<Binding> = new Set();
  readonly #bundle: BundleUnits;

  constructor(bundle: BundleUnits) {
    this.#bundle = bundle;
    this.specifiers = new Set(bundle.bareImports);
  }

  add(root: Unit): void {
    // Depth first by hand: a chain of 10,000 helpers must not end the stack.
    const stack: Unit[] = [root];
    for (let unit = stack.pop(); unit; unit = stack.pop()) {
      if (this.numbers.has(unit)) continue;
      this.numbers.set(unit, this.numbers.size);
      for (const specifier of unit.loads) this.specifiers.add(specifier);
      const below: Unit[] = [];
      for (const part of unit.parts) {
        if (typeof part === "string") continue;
        const target = this.#bundle.unitOf.get(part);
        if (target) below.push(target);
        else if (part.source !== undefined) this.#addImport(part, part.source);
      }
      stack.push(...below.reverse());
    }
  }

  #addImport(binding: Binding, source: string): void {
    this.#imports.add(binding);
    this.specifiers.add(source);
  }

  addEffects(): void {
    for (let grown = true; grown;) {
      grown = false;
      for (const unit of this.#bundle.units) {
        if (this.numbers.has(unit) || !this.#concerns(unit)) continue;
        this.add(unit);
        grown = true;
      }
    }
  }

  #concerns(unit: Unit): boolean {
    if (unit.effect === "world") return true;
    for (const binding of unit.touched) {
      const target = this.#bundle.unitOf.get(binding);
      if (target ? this.numbers.has(target) : this.#importsSame(binding)) return true;
    }
    return false;
  }

  /** `dayjs.extend(utc)` concerns whoever uses anything of that module. */
  #importsSame(binding: Binding): boolean {
    return binding.source !== undefined && this.specifiers.has(binding.source);
  }

  text(unit: Unit): string {
    let text = "";
    for (const part of unit.parts) {
      if (typeof part === "string") {
        text += part;
        continue;
      }
      const target = this.#bundle.unitOf.get(part);
      if (target) text += `{${this.numbers.get(target)}.${target.declares.indexOf(part)}}`;
      else text += `{${plainSpecifier(part.source ?? "")}#${importedName(part)}}`;
    }
    return text;
  }
}

function importedName(binding: Binding): string {
  const specifier = binding.declaration;
  if (specifier.type === "ImportNamespaceSpecifier") return "*";
  return specifier.type === "ImportDefaultSpecifier" ? "default" : (keyName(specifier.imported) ?? "");
}

function plainSpecifier(specifier: string): string {
  return splitSpecifier(specifier).specifier;
}
