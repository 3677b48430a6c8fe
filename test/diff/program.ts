/**
 * Workflow programs as data, and single changes of one whose cause is known because it was planted.
 *
 * R1. A program has nodes of several kinds (map, gather, list-making), helpers in a second file, a package, and calls in a chain with
 *     branches, so that one change reaches others far from it.
 * R2. A planted change is visible: values are large numbers mixed without loss, so that another operand gives another result.
 * R3. Chance inside of a package looks like an outside answer to whoever reads logs and sources alone. It is planted too, now and then,
 *     and counts as a miss.
 */
export type Random = () => number;

/** Small and seeded: mulberry32. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const below = (random: Random, n: number): number => Math.floor(random() * n);

export interface NodeSpec {
  readonly id: string;
  readonly shape: "map" | "gather" | "many";
  readonly add: number;
  readonly helper: number | undefined;
  readonly constant: number | undefined;
  /** What it computes with besides its input. */
  readonly reads: "nothing" | "file" | "environment" | "clock" | "chance" | "hidden chance" | "package";
}

export interface CallSpec {
  readonly node: number;
  /** A call before it, or the input. */
  readonly of: number | "input";
  /** Also given: a plain number of the source, the run's `scale`, or what the function drew or read. */
  readonly plus: { readonly kind: "number"; readonly value: number } | { readonly kind: "scale" | "drawn" | "time" };
  /** Its source is awaited, and what is odd in it is passed on. */
  readonly awaited: boolean;
}

export interface Program {
  readonly constants: readonly number[];
  readonly helpers: readonly number[];
  readonly nodes: readonly NodeSpec[];
  readonly calls: readonly CallSpec[];
  readonly input: { readonly xs: readonly number[]; readonly scale: number };
}

/** The world that a run finds: what no version and no input says. */
export interface World {
  readonly file: number;
  readonly environment: number;
  readonly package: { readonly version: string; readonly value: number };
}

export function generate(random: Random): Program {
  const maybe = (count: number): number | undefined => (random() < 0.5 ? below(random, count) : undefined);
  const shapes = ["map", "map", "gather", "many"] as const;
  const nodes = Array.from({ length: 4 + below(random, 4) }, (_, i): NodeSpec => {
    const draw = random();
    return {
      id: `n${i}`,
      shape: i === 0 ? "map" : shapes[below(random, shapes.length)]!,
      add: below(random, 1000),
      helper: maybe(2),
      constant: maybe(3),
      reads: draw < 0.2 ? "file" : draw < 0.3 ? "environment" : draw < 0.45 ? "package" : "nothing",
    };
  });
  const calls: CallSpec[] = [];
  const singles = new Set<number>();
  for (const i of Array.from({ length: 4 + below(random, 5) }).keys()) {
    const source = i === 0 ? 0 : below(random, i + 1);
    const of = source === 0 ? "input" : source - 1;
    const wanted = i < nodes.length && random() < 0.7 ? i : below(random, nodes.length);
    const isOne = of !== "input" && singles.has(of);
    // One value is not gathered: the first node takes it, which maps.
    const node = isOne && nodes[wanted]!.shape === "gather" ? 0 : wanted;
    const awaited = random() < 0.25 && !isOne;
    if (nodes[node]!.shape === "gather" || (isOne && nodes[node]!.shape === "map")) singles.add(i);
    calls.push({
      node,
      of,
      plus: random() < 0.3 ? { kind: "scale" } : { kind: "number", value: below(random, 1000) },
      awaited,
    });
  }
  return {
    constants: Array.from({ length: 3 }, () => below(random, 1000)),
    helpers: Array.from({ length: 2 }, () => 1 + below(random, 1000)),
    nodes,
    calls,
    input: {
      xs: Array.from({ length: 2 + below(random, 4) }, () => below(random, 100_000)),
      scale: below(random, 1000),
    },
  };
}

export const WORLD: World = { file: 1, environment: 1, package: { version: "1.0.0", value: 1 } };

export type Cause = "code" | "input" | "outside answer" | "clock or chance";

export interface Planted {
  readonly what: string;
  readonly cause: Cause;
  readonly before: { readonly program: Program; readonly world: World };
  readonly now: { readonly program: Program; readonly world: World };
}

const KINDS = [
  "body",
  "helper",
  "constant",
  "function",
  "call more",
  "package",
  "input field",
  "element",
  "element in front",
  "element less",
  "file",
  "environment",
  "node clock",
  "node chance",
  "function chance",
  "function clock",
] as const;

const replaced = <T>(list: readonly T[], at: number, by: T): readonly T[] =>
  list.map((old, i) => (i === at ? by : old));

/** One change, in something that the program uses. */
export function plant(program: Program, random: Random): Planted {
  const kind = KINDS[below(random, KINDS.length)]!;
  const { calls, nodes, input } = program;
  const call = below(random, calls.length);
  const node = calls[call]!.node;
  const spec = nodes[node]!;
  const withNode = (change: Partial<NodeSpec>): Program => ({
    ...program,
    nodes: replaced(nodes, node, { ...spec, ...change }),
  });
  const code = (what: string, before: Program, now: Program): Planted => ({
    what,
    cause: "code",
    before: { program: before, world: WORLD },
    now: { program: now, world: WORLD },
  });
  const given = (what: string, now: Program["input"]): Planted => ({
    what,
    cause: "input",
    before: { program: withPlus("scale"), world: WORLD },
    now: { program: { ...withPlus("scale"), input: now }, world: WORLD },
  });
  const withPlus = (plus: "scale" | "drawn" | "time"): Program => ({
    ...program,
    calls: replaced(calls, call, { ...calls[call]!, plus: { kind: plus } }),
  });
  const world = (what: string, of: Program, now: Partial<World>): Planted => ({
    what,
    cause: "outside answer",
    before: { program: of, world: WORLD },
    now: { program: of, world: { ...WORLD, ...now } },
  });
  const chance = (what: string, of: Program): Planted => ({
    what,
    cause: "clock or chance",
    before: { program: of, world: WORLD },
    now: { program: of, world: WORLD },
  });
  switch (kind) {
    case "body":
      return code(`body of ${spec.id}`, program, withNode({ add: spec.add + 1 }));
    case "helper": {
      const before = withNode({ helper: 0 });
      return code("helper 0", before, { ...before, helpers: replaced(program.helpers, 0, program.helpers[0]! + 1) });
    }
    case "constant": {
      const before = withNode({ constant: 1 });
      return code("constant 1", before, {
        ...before,
        constants: replaced(program.constants, 1, program.constants[1]! + 1),
      });
    }
    case "function": {
      const plus = { kind: "number", value: 5 } as const;
      const before = { ...program, calls: replaced(calls, call, { ...calls[call]!, plus }) };
      const changed = replaced(calls, call, { ...calls[call]!, plus: { ...plus, value: 6 } });
      return code(`number passed to call ${call}`, before, { ...program, calls: changed });
    }
    case "call more":
      return code("a call more", program, {
        ...program,
        calls: [...calls, { node, of: "input", plus: { kind: "number", value: 1 }, awaited: false }],
      });
    case "package": {
      const before = withNode({ reads: "package" });
      const planted = code("package", before, before);
      return { ...planted, now: { program: before, world: { ...WORLD, package: { version: "1.1.0", value: 2 } } } };
    }
    case "input field":
      return given("scale", { ...input, scale: input.scale + 1 });
    case "element": {
      const at = below(random, input.xs.length);
      return given(`element ${at}`, { ...input, xs: replaced(input.xs, at, input.xs[at]! + 1) });
    }
    case "element in front":
      return given("element in front", { ...input, xs: [below(random, 100_000), ...input.xs] });
    case "element less":
      return given("element less", { ...input, xs: input.xs.slice(1) });
    case "file":
      return world("file", withNode({ reads: "file" }), { file: 2 });
    case "environment":
      return world("environment", withNode({ reads: "environment" }), { environment: 2 });
    case "node clock":
      return chance(`clock in ${spec.id}`, withNode({ reads: "clock" }));
    case "node chance":
      // R3.
      return random() < 0.25
        ? chance(`chance that a package hides, in ${spec.id}`, withNode({ reads: "hidden chance" }))
        : chance(`chance in ${spec.id}`, withNode({ reads: "chance" }));
    case "function chance":
      return chance("chance in the function", withPlus("drawn"));
    case "function clock":
      return chance("clock in the function", withPlus("time"));
  }
}
