/**
 * Programs by seed: branches, loops, helpers, recursion, fan-outs, failures, and values passed on in every way there is.
 *
 * R1. A program is allowed: lists that are paired are of one space, what is awaited plainly does not fail, what is indexed has
 *     elements.
 * R2. Names of a block are known in it only, as in the code.
 */
import { numbersFrom, type Argument, type Derivation, type Program, type Statement } from "./program.ts";

/** What the generator knows of a name. */
type Known =
  | { readonly is: "one"; readonly mayFail: boolean; readonly fails?: true }
  | {
      readonly is: "many";
      readonly mayFail: boolean;
      readonly space: object;
      readonly length: object;
      readonly isFlat: boolean;
      readonly size: number;
      readonly part?: { readonly of: string; readonly parity: 0 | 1 };
    }
  | { readonly is: "object"; readonly isValue: boolean }
  | { readonly is: "list"; readonly isFilled: boolean; readonly isHandle: boolean };

const MOST_STATEMENTS = 14;
const DEEPEST = 2;

interface Scope {
  readonly known: Map<string, Known>;
  readonly depth: number;
}

/** What a call over it gives is a part of nothing by itself. */
function whole({ part, ...known }: Extract<Known, { is: "many" }>): Known {
  void part;
  return known;
}

class Generator {
  readonly #below: (n: number) => number;
  #names = 0;
  #left = MOST_STATEMENTS;

  constructor(seed: number) {
    this.#below = numbersFrom(seed);
  }

  program(seed: number): Program {
    const scope: Scope = { known: new Map(), depth: 0 };
    const statements: Statement[] = [];
    const put = (statement: Statement | undefined): void => {
      if (statement) statements.push(statement);
    };
    put(this.#source(scope));
    put(this.#awaited(scope, "many"));
    put(this.#picked(scope));
    put(this.#call(scope));
    while (this.#left-- > 0) put(this.#any(scope));
    return { seed, statements };
  }

  #name(): string {
    return `v${++this.#names}`;
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[this.#below(from.length)];
  }

  #of<K extends Known["is"]>(
    { known }: Scope,
    is: K,
    where: (known: Extract<Known, { is: K }>) => boolean = () => true,
  ): string | undefined {
    const found = [...known].filter(([, one]) => one.is === is && where(one as Extract<Known, { is: K }>));
    return this.#pick(found)?.[0];
  }

  #any(scope: Scope): Statement | undefined {
    const draw = this.#below(100);
    if (draw < 8) return this.#source(scope);
    if (draw < 34) return this.#call(scope);
    if (draw < 46) return this.#await(scope);
    if (draw < 56) return this.#derive(scope);
    if (draw < 60) return this.#change(scope);
    if (draw < 72) return this.#combine(scope);
    if (draw < 77) return this.#together(scope);
    if (draw < 86) return this.#helper(scope);
    if (draw < 90) return this.#try(scope);
    return scope.depth < DEEPEST ? this.#nest(scope) : this.#call(scope);
  }

  #source(scope: Scope): Statement {
    const to = this.#name();
    scope.known.set(to, { is: "many", mayFail: false, space: {}, length: {}, isFlat: true, size: 4 });
    return { do: "call", to, node: "list", args: [{ as: "constant", value: this.#below(9) }], tag: to };
  }

  // ---- calls

  #call(scope: Scope): Statement {
    const draw = this.#below(10);
    if (draw < 2) return this.#gather(scope);
    const to = this.#name();
    const node = draw < 4 ? "flaky" : "one";
    const several = [this.#of(scope, "many", ({ size }) => size < 12), this.#of(scope, "one")];
    if (several.every((name) => name !== undefined) && this.#below(9) === 0) {
      scope.known.set(to, { is: "many", mayFail: true, space: {}, length: {}, isFlat: false, size: 12 });
      return { do: "call", to, node, args: [{ as: "array", names: several }], tag: to };
    }
    const handle = this.#of(scope, this.#below(3) === 0 ? "one" : "many");
    if (handle !== undefined && this.#below(2) === 0) return this.#mapped(scope, { to, node, handle });
    const list = this.#of(scope, "list", ({ isHandle }) => !isHandle);
    if (list !== undefined && this.#below(3) === 0) {
      const [space, length] = [{}, {}];
      scope.known.set(to, { is: "many", mayFail: node === "flaky", space, length, isFlat: false, size: 5 });
      return { do: "call", to, node, args: [{ as: "var", name: list }, ...this.#second(scope)], tag: to };
    }
    scope.known.set(to, { is: "one", mayFail: node === "flaky" });
    return { do: "call", to, node, args: [this.#plain(scope), ...this.#second(scope)], tag: to };
  }

  #mapped(
    scope: Scope,
    of: { readonly to: string; readonly node: "one" | "flaky"; readonly handle: string },
  ): Statement {
    const known = scope.known.get(of.handle) as Extract<Known, { is: "one" | "many" }>;
    const mayFail = known.mayFail || of.node === "flaky";
    const same =
      known.is === "many"
        ? this.#of(scope, "many", ({ length }) => length === known.length)
        : this.#of(scope, "one", (one) => !one.mayFail || mayFail);
    const beside: readonly Argument[] =
      same !== undefined && this.#below(3) === 0 ? [{ as: "var", name: same }] : this.#second(scope);
    const second = beside[0]?.as === "var" ? scope.known.get(beside[0].name) : undefined;
    const either = mayFail || (second !== undefined && "mayFail" in second && second.mayFail);
    scope.known.set(of.to, known.is === "many" ? whole({ ...known, mayFail: either }) : { is: "one", mayFail: either });
    return { do: "call", to: of.to, node: of.node, args: [{ as: "var", name: of.handle }, ...beside], tag: of.to };
  }

  #second(scope: Scope): readonly Argument[] {
    return this.#below(2) === 0 ? [] : [this.#plain(scope)];
  }

  /** An argument that is one value. */
  #plain(scope: Scope): Argument {
    const name = this.#of(scope, this.#below(2) === 0 ? "object" : "list");
    const other = this.#of(scope, this.#below(2) === 0 ? "object" : "list");
    const value = this.#of(scope, "object", ({ isValue }) => isValue);
    const object = this.#of(scope, "object");
    switch (this.#below(6)) {
      case 0:
        return value === undefined ? { as: "constant", value: 1 } : { as: "text", name: value };
      case 1:
      case 2:
        return object === undefined ? { as: "constant", value: 2 } : { as: "var", name: object };
      case 3:
        if (name !== undefined && other !== undefined) return { as: "both", names: [name, other] };
    }
    return name === undefined ? { as: "constant", value: 3 } : { as: "nested", name };
  }

  #gather(scope: Scope): Statement {
    const to = this.#name();
    const many = this.#of(scope, "many");
    const list = this.#of(scope, "list");
    const handles = [this.#of(scope, "many"), this.#of(scope, "one"), this.#of(scope, "many")];
    const draw = this.#below(3);
    let xs: Argument = { as: "array", names: handles.filter((name) => name !== undefined) };
    if (draw === 0 && many !== undefined) xs = { as: "var", name: many };
    if ((draw === 1 || (xs.as === "array" && xs.names.length === 0)) && list !== undefined)
      xs = { as: "var", name: list };
    if (xs.as === "array" && xs.names.length === 0) return this.#source(scope);
    scope.known.set(to, { is: "one", mayFail: false });
    return { do: "call", to, node: "sum", args: [xs], tag: to };
  }

  // ---- values

  #await(scope: Scope): Statement | undefined {
    if (this.#below(5) > 0) return this.#awaited(scope, this.#below(2) === 0 ? "one" : "many");
    const to = this.#name();
    const of = this.#of(scope, "many");
    if (of === undefined) return undefined;
    scope.known.set(to, { is: "list", isFilled: false, isHandle: false });
    return { do: "settled", to, of };
  }

  #awaited(scope: Scope, is: "one" | "many"): Statement | undefined {
    const to = this.#name();
    const of = this.#of(scope, is, ({ mayFail }: { readonly mayFail: boolean }) => !mayFail);
    const known = of === undefined ? undefined : scope.known.get(of);
    if (of === undefined || known === undefined) return undefined;
    if (known.is === "many") scope.known.set(to, { is: "list", isFilled: known.isFlat, isHandle: true });
    else scope.known.set(to, { is: "object", isValue: true });
    return { do: "await", to, of };
  }

  #derive(scope: Scope): Statement | undefined {
    const draw = this.#below(10);
    if (draw < 3) return this.#picked(scope);
    const to = this.#name();
    if (draw < 5) {
      const of = this.#of(scope, "object", ({ isValue }) => isValue);
      if (of === undefined) return undefined;
      scope.known.set(to, { is: "list", isFilled: true, isHandle: false });
      return { do: "links", to, of };
    }
    const of = this.#of(scope, "list");
    if (of === undefined) return undefined;
    const how = this.#pick<Derivation>(["filter", "slice", "reverse", "spread", "map"])!;
    scope.known.set(to, { is: "list", isFilled: false, isHandle: false });
    return { do: "derive", to, of, how };
  }

  #picked(scope: Scope): Statement | undefined {
    const to = this.#name();
    const of = this.#of(scope, "list", ({ isFilled }) => isFilled);
    if (of === undefined) return undefined;
    const isValue = (scope.known.get(of) as Extract<Known, { is: "list" }>).isHandle;
    scope.known.set(to, { is: "object", isValue });
    return { do: "pick", to, of, index: this.#below(4) };
  }

  #change(scope: Scope): Statement | undefined {
    if (this.#below(2) === 0) {
      const of = this.#of(scope, "object");
      return of === undefined ? undefined : { do: "change", of, how: "field" };
    }
    const of = this.#of(scope, "list", ({ isHandle }) => isHandle);
    if (of === undefined) return undefined;
    scope.known.set(of, { is: "list", isFilled: false, isHandle: false });
    return { do: "change", of, how: this.#below(2) === 0 ? "pop" : "push" };
  }

  #combine(scope: Scope): Statement | undefined {
    const of = this.#of(scope, "many");
    if (of === undefined) return undefined;
    const known = scope.known.get(of) as Extract<Known, { is: "many" }>;
    const to = this.#name();
    const draw = this.#below(6);
    if (draw < 2) {
      const half = [...scope.known.values()].find((one) => one.is === "many" && one.part?.of === of) as
        Extract<Known, { is: "many" }> | undefined;
      const parity = (half?.part ? 1 - half.part.parity : this.#below(2)) as 0 | 1;
      scope.known.set(to, { ...known, length: {}, isFlat: false, part: { of, parity } });
      return { do: "filter", to, of, parity };
    }
    const same = this.#of(scope, "many", ({ length }) => length === known.length)!;
    const other = this.#name();
    const [space, length] = [{}, {}];
    if (draw === 2) {
      for (const name of [to, other]) {
        const mayFail = (scope.known.get(name === to ? of : same) as { mayFail: boolean }).mayFail;
        scope.known.set(name, { is: "many", mayFail, space, length, isFlat: known.isFlat, size: known.size });
      }
      return { do: "zip", to: [to, other], of: [of, same] };
    }
    if (draw === 3 && !known.mayFail && known.size < 9) {
      const kind = this.#below(2) === 0 ? "zipBy" : "cross";
      for (const name of [to, other])
        scope.known.set(name, {
          is: "many",
          mayFail: false,
          space,
          length,
          isFlat: known.isFlat,
          size: known.size ** 2,
        });
      return { do: kind, to: [to, other], of: [of, of] };
    }
    if (draw === 4) {
      const half = this.#of(
        scope,
        "many",
        ({ part }) => part !== undefined && part.of === known.part?.of && part.parity !== known.part.parity,
      );
      const unlike = half ?? this.#of(scope, "many", (one) => one.space !== known.space);
      if (unlike === undefined) return undefined;
      const more = scope.known.get(unlike) as Extract<Known, { is: "many" }>;
      const mayFail = known.mayFail || more.mayFail;
      const size = known.size + more.size;
      scope.known.set(to, {
        is: "many",
        mayFail,
        space: half ? known.space : space,
        length,
        isFlat: !half && known.isFlat,
        size,
      });
      return { do: "merge", to, of: [of, unlike] };
    }
    const lost = this.#of(scope, "one", ({ fails }) => fails === true);
    const won = this.#of(scope, "one", ({ mayFail }) => !mayFail);
    if (lost === undefined) {
      scope.known.set(to, { is: "one", mayFail: true, fails: true });
      return { do: "call", to, node: "bad", args: [this.#plain(scope)], tag: to };
    }
    if (won === undefined) return undefined;
    scope.known.set(to, { is: "one", mayFail: false });
    return { do: "race", to, of: [lost, won] };
  }

  #together(scope: Scope): Statement | undefined {
    const safe = [...scope.known].filter(([, one]) => (one.is === "one" || one.is === "many") && !one.mayFail);
    const all = [...scope.known].filter(([, one]) => one.is === "one" || one.is === "many");
    const how = this.#pick(["all", "allSettled", "race"] as const)!;
    const from = how === "allSettled" ? all : safe;
    const of = [...new Set([this.#pick(from)?.[0], this.#pick(from)?.[0]])].filter((name) => name !== undefined);
    return of.length === 0 ? undefined : { do: "together", how, of };
  }

  #try(scope: Scope): Statement | undefined {
    const of = this.#of(
      scope,
      this.#below(2) === 0 ? "many" : "one",
      ({ mayFail }: { readonly mayFail: boolean }) => mayFail,
    );
    return of === undefined ? undefined : { do: "try", of, tag: this.#name() };
  }

  #helper(scope: Scope): Statement | undefined {
    const to = this.#name();
    const list = this.#of(scope, "list");
    if (list !== undefined && this.#below(3) === 0) {
      scope.known.set(to, { is: "list", isFilled: false, isHandle: false });
      return { do: "map helper", to, of: list, tag: to };
    }
    const arg = this.#of(scope, "object");
    if (arg === undefined) return undefined;
    const fn = this.#pick(["sync", "twice", "recur"] as const)!;
    scope.known.set(to, fn === "sync" ? { is: "one", mayFail: false } : { is: "object", isValue: true });
    return { do: "helper", to, fn, arg, tag: to };
  }

  // ---- blocks

  #nest(scope: Scope): Statement | undefined {
    const to = this.#name();
    switch (this.#below(4)) {
      case 0: {
        const on = this.#of(scope, "object");
        if (on === undefined) return undefined;
        return { do: "if", on, then: this.#block(scope, {}), otherwise: this.#block(scope, {}) };
      }
      case 1:
        return { do: "repeat", to, times: 1 + this.#below(3), body: this.#block(scope, {}) };
      case 2: {
        const of = this.#of(scope, "list");
        if (of === undefined) return undefined;
        return { do: "each", to, of, body: this.#block(scope, { [to]: { is: "object", isValue: false } }) };
      }
      default: {
        const of = this.#of(scope, "many", ({ mayFail }) => !mayFail);
        if (of === undefined) return undefined;
        return { do: "for await", to, of, body: this.#block(scope, { [to]: { is: "object", isValue: true } }) };
      }
    }
  }

  /** R2. What happens to an outer name inside may not have happened after. */
  #block(scope: Scope, more: Readonly<Record<string, Known>>): readonly Statement[] {
    const inner: Scope = { known: new Map([...scope.known, ...Object.entries(more)]), depth: scope.depth + 1 };
    const statements: Statement[] = [];
    for (let i = 1 + this.#below(3); i > 0; i--) {
      const statement = this.#any(inner);
      if (statement && statement.do !== "change") statements.push(statement);
    }
    return statements;
  }
}

export function generateProgram(seed: number): Program {
  return new Generator(seed).program(seed);
}
