/**
 * A workflow program as data, and single edits of one. Shares no code with src/.
 *
 * R1. A value is a whole number; a program computes with small remainders, so that different inputs often give equal results.
 * R2. An edit changes one thing: an element of the input, a node's body, a helper, a constant, a threshold in the function, the
 *     folder that `books/book@latest` names, the model that is asked by default, or nothing that counts (a comment, a renamed variable, the same folder once more).
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

export const below = (random: Random, n: number): number => Math.floor(random() * n);

/** What the model "fixed" says. */
export const FIXED_SAYS = 3;

/** What a node computes: `(add + sum of inputs * factor + helper) mod modulus`. */
export interface NodeSpec {
  readonly id: string;
  /** "gather": of a whole set; "many": gives up to two items for one; "pair": takes two. */
  readonly shape: "map" | "pair" | "gather" | "many";
  readonly factor: number;
  readonly add: number;
  readonly modulus: number;
  /** Constant or helper it uses. */
  readonly constant: number | undefined;
  readonly helper: number | undefined;
  /** "reader" looks at the scratchpad; "effect" declares one; "fails" throws for some inputs; "opener" adds what the newest book
   *  says, "asker" what the default model says, "namer" what the model "fixed" says, which it names. */
  readonly trait: "plain" | "reader" | "effect" | "fails" | "opener" | "asker" | "namer";
}

export interface HelperSpec {
  readonly factor: number;
  readonly constant: number | undefined;
}

/** Where an argument comes from. */
export type Ref =
  | { readonly kind: "input" }
  | { readonly kind: "call"; readonly call: number }
  /** The awaited result of a call with one item, passed on as a value. */
  | { readonly kind: "awaited"; readonly call: number }
  | { readonly kind: "plain"; readonly value: number };

export interface CallSpec {
  readonly node: number;
  readonly args: readonly Ref[];
  /** Made only when the awaited result of a call is at least this. */
  readonly when?: { readonly call: number; readonly atLeast: number };
}

export interface Program {
  readonly constants: readonly number[];
  readonly helpers: readonly HelperSpec[];
  readonly nodes: readonly NodeSpec[];
  readonly calls: readonly CallSpec[];
  readonly input: readonly number[];
  /** What the newest book says, and how often one was published. */
  readonly book: number;
  readonly printings: number;
  /** What the default model says. */
  readonly model: number;
  /** Changes nothing but the text of the source. */
  readonly remark: number;
}

/** The chain of list-making calls an item list stands in; "" for one item. */
export function spaceOf(program: Program, call: number): string {
  const { node, args } = program.calls[call]!;
  const spec = program.nodes[node]!;
  if (spec.shape === "gather") return "";
  const [first] = args.map((ref) => refSpace(program, ref)).filter((space) => space !== "");
  const base = first ?? "";
  return spec.shape === "many" ? `${base}/${call}` : base;
}

export function refSpace(program: Program, ref: Ref): string {
  if (ref.kind === "input") return "input";
  return ref.kind === "call" ? spaceOf(program, ref.call) : "";
}

export function generate(random: Random): Program {
  const constants = Array.from({ length: 3 }, () => below(random, 9));
  const maybe = (count: number): number | undefined => (random() < 0.5 ? below(random, count) : undefined);
  const helpers = Array.from({ length: 2 }, () => ({ factor: 1 + below(random, 4), constant: maybe(3) }));
  const shapes = ["map", "map", "map", "pair", "gather", "many"] as const;
  const nodes = Array.from({ length: 4 + below(random, 5) }, (_, i): NodeSpec => {
    const shape = i === 0 ? "gather" : shapes[below(random, shapes.length)]!;
    const draw = random();
    const trait =
      draw < 0.1
        ? "reader"
        : draw < 0.2
          ? "effect"
          : draw < 0.3 && shape === "map"
            ? "fails"
            : draw > 0.8
              ? "opener"
              : draw > 0.65
                ? "asker"
                : draw > 0.55
                  ? "namer"
                  : "plain";
    return {
      id: `n${i}`,
      shape,
      factor: 1 + below(random, 4),
      add: below(random, 9),
      modulus: 2 + below(random, 9),
      constant: maybe(3),
      helper: maybe(2),
      trait,
    };
  });
  const empty: Program = {
    constants,
    helpers,
    nodes,
    calls: [],
    input: Array.from({ length: 3 + below(random, 6) }, () => below(random, 30)),
    book: below(random, 9),
    printings: 0,
    model: 0,
    remark: 0,
  };
  let program = empty;
  const count = 5 + below(random, 7);
  for (let i = 0; i < count; i++) program = { ...program, calls: [...program.calls, makeCall(program, random)] };
  return program;
}

function makeCall(program: Program, random: Random): CallSpec {
  const { nodes, calls } = program;
  const usable = calls.map((_, call) => call);
  const singles = usable.filter((call) => spaceOf(program, call) === "" && !mayLack(program, call));
  const lists: Ref[] = [
    { kind: "input" },
    ...usable
      .filter((call) => calls[call]!.when === undefined && spaceOf(program, call) !== "")
      .map((call) => ({ kind: "call" as const, call })),
  ];
  const pick = <T>(from: readonly T[]): T => from[below(random, from.length)]!;
  const node = below(random, nodes.length);
  const { shape } = nodes[node]!;
  const first = shape === "gather" && lists.length > 1 ? pick(lists.slice(1)) : pick(lists);
  const args: Ref[] = [first];
  if (shape === "pair") {
    const same = lists.filter((ref) => refSpace(program, ref) === refSpace(program, first));
    const draw = random();
    if (draw < 0.5) args.push(pick(same));
    else if (draw < 0.8 && singles.length > 0) args.push({ kind: "awaited", call: pick(singles) });
    else args.push({ kind: "plain", value: below(random, 9) });
  }
  const conditional = random() < 0.2 && singles.length > 0;
  return {
    node,
    args,
    ...(conditional ? { when: { call: pick(singles), atLeast: below(random, 3) } } : {}),
  };
}

/** Whether awaiting the call may throw, or the call may be missing. */
function mayLack(program: Program, call: number): boolean {
  const { node, when } = program.calls[call]!;
  return when !== undefined || program.nodes[node]!.shape !== "gather";
}

export interface Edit {
  readonly what: string;
  readonly program: Program;
}

/** R2. */
export function edit(program: Program, random: Random): Edit {
  const { input, nodes, helpers, constants, calls } = program;
  const replaced = <T>(list: readonly T[], at: number, by: T): readonly T[] =>
    list.map((old, i) => (i === at ? by : old));
  switch (below(random, 11)) {
    case 0: {
      const at = below(random, input.length);
      return { what: `input ${at}`, program: { ...program, input: replaced(input, at, below(random, 30)) } };
    }
    case 1:
      return { what: "input, one in front", program: { ...program, input: [below(random, 30), ...input] } };
    case 2: {
      if (input.length < 2) return { what: "remark", program: { ...program, remark: program.remark + 1 } };
      const at = below(random, input.length);
      return { what: `input without ${at}`, program: { ...program, input: input.filter((_, i) => i !== at) } };
    }
    case 3:
    case 4: {
      const at = below(random, nodes.length);
      const spec = nodes[at]!;
      return {
        what: `body of ${spec.id}`,
        program: { ...program, nodes: replaced(nodes, at, { ...spec, add: spec.add + 1 + below(random, 8) }) },
      };
    }
    case 5: {
      const at = below(random, helpers.length);
      const spec = helpers[at]!;
      return {
        what: `helper ${at}`,
        program: { ...program, helpers: replaced(helpers, at, { ...spec, factor: spec.factor + 1 }) },
      };
    }
    case 6: {
      const at = below(random, constants.length);
      return {
        what: `constant ${at}`,
        program: { ...program, constants: replaced(constants, at, constants[at]! + 1 + below(random, 5)) },
      };
    }
    case 7:
      return {
        what: "another book",
        program: { ...program, book: program.book + 1 + below(random, 5), printings: program.printings + 1 },
      };
    case 8:
      return { what: "the same book again", program: { ...program, printings: program.printings + 1 } };
    case 9:
      return { what: "another default model", program: { ...program, model: program.model + 1 + below(random, 5) } };
    default: {
      const at = calls.findIndex((call) => call.when !== undefined);
      const call = calls[at];
      if (!call?.when || random() < 0.4) return { what: "remark", program: { ...program, remark: program.remark + 1 } };
      const when = { ...call.when, atLeast: below(random, 4) };
      return {
        what: `threshold of call ${at}`,
        program: { ...program, calls: replaced(calls, at, { ...call, when }) },
      };
    }
  }
}
