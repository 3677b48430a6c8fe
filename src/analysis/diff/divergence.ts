/**
 * Where two runs part for the first time, and what made them.
 *
 * Owns: the order in which differences are looked at, and the verdict. Leaves to align.ts: what is compared with what; to whoever
 * asks: what the stored code says (`CodeFacts`), and telling values.
 *
 * R1. Calls are looked at in the order they were made, a call's arguments before its results. What a call depends on was made
 *     before it, so the first difference in this order has no other one above it.
 * R2. A result that differs for the same input digest: the node's code differs (code), an artifact it opened is another or its code
 *     asks the outside (outside answer), or its code reads a clock or random numbers (clock or chance). Where the code shows
 *     neither, it is an outside answer: something that is not recorded was another.
 * R3. Arguments, calls and an output that differ while everything before them is equal come from the function: its code, the run's
 *     input, or its clock and chance. Where code and input both changed, the input counts when what changed in it is what was passed.
 * R4. Results that follow from other inputs are no first difference.
 */
import type { CallNo, ItemNo, RunId } from "../../model/ids.ts";
import type { AlignedCalls, AlignedItems, CallPair, ItemPair } from "./align.ts";
import type { CallRecord, ItemRecord, RunRecord } from "./run-record.ts";
import type { ValueChange } from "./value-changes.ts";

/** What a piece of code mentions that is no input. */
export interface Mentions {
  /** Clocks and random numbers, with where they are mentioned. */
  readonly chance: readonly CodePlace[];
  /** Where the outside world is asked. */
  readonly outside: readonly CodePlace[];
}

export interface CodePlace {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  /** The line. */
  readonly text: string;
}

/** What the stored versions of both runs tell. */
export interface CodeFacts {
  readonly isVersionOther: boolean;
  /** The workflow function and what it reaches without its nodes. */
  readonly isFunctionOther: boolean;
  isNodeOther(node: string): boolean;
  /** Of the second run; without a node: of the function. */
  mentions(node?: string): Promise<Mentions>;
}

export interface InputFacts {
  readonly isOther: boolean;
  readonly changes: readonly ValueChange[];
  /** Recorded inputs as plain JSON. */
  readonly before: unknown;
  readonly now: unknown;
}

/** Reads what was passed, as plain JSON. */
export interface ArgumentReader {
  plain(call: CallRecord): Promise<Readonly<Record<string, unknown>>>;
  list(list: number): Promise<unknown>;
}

export interface Compared {
  readonly a: RunRecord;
  readonly b: RunRecord;
  readonly calls: AlignedCalls;
  readonly items: ReadonlyMap<CallPair, AlignedItems>;
  readonly code: CodeFacts;
  readonly input: InputFacts;
  readonly readers: { readonly a: ArgumentReader; readonly b: ArgumentReader };
  /** Nodes whose results are known to differ from run to run: what they gave is no divergence. */
  readonly except?: ReadonlySet<string>;
}

export type Verdict =
  /** Without a node: the workflow function, or what it reaches without one. */
  | { readonly kind: "code"; readonly node?: string }
  | { readonly kind: "input" }
  | {
      readonly kind: "outside answer";
      readonly because: string;
      readonly places: readonly CodePlace[];
      /** Clocks and random numbers that the same code reads: they may be it as well. */
      readonly chance?: readonly CodePlace[];
    }
  | { readonly kind: "clock or chance"; readonly because: string; readonly places: readonly CodePlace[] }
  /** Somebody gave the result with `--set`. */
  | { readonly kind: "by hand" }
  /** Child runs stand for the item: what differs is in them. */
  | { readonly kind: "child runs"; readonly a: RunId; readonly b: RunId };

export interface Divergence {
  /** "none": everything recorded came out equal. */
  readonly what: "result" | "arguments" | "only in a" | "only in b" | "winner" | "output" | "none";
  readonly node?: string;
  readonly param?: string;
  readonly a?: DivergedPlace;
  readonly b?: DivergedPlace;
  readonly verdict: Verdict;
}

export interface DivergedPlace {
  readonly call: CallNo;
  readonly item?: ItemNo;
}

export async function firstDivergence(compared: Compared): Promise<Divergence | undefined> {
  for (const entry of inOrder(compared.calls)) {
    const found =
      "pair" in entry ? await ofPair(compared, entry.pair) : await ofLoneCall(compared, entry.call, entry.side);
    if (found) return found;
  }
  const { a, b, input, code } = compared;
  if (a.outcome !== b.outcome && a.outcome !== undefined && b.outcome !== undefined)
    return { what: "output", verdict: await judgeFunction(compared) };
  if (input.isOther) return { what: "none", verdict: { kind: "input" } };
  if (!code.isVersionOther) return undefined;
  const node = b.calls.find(({ created }) => code.isNodeOther(created.node))?.created.node;
  const isOwn = node === undefined || code.isFunctionOther;
  return { what: "none", verdict: isOwn ? { kind: "code" } : { kind: "code", node } };
}

type Entry = { readonly pair: CallPair } | { readonly call: CallRecord; readonly side: "a" | "b" };

/** R1. A call that only the first run made stands behind those that it made before it. */
function inOrder({ pairs, onlyA, onlyB }: AlignedCalls): readonly Entry[] {
  const placeOfA = pairs.map(({ a, b }) => [a.call, b.call] as const).sort(([one], [other]) => one - other);
  const entries: (readonly [number, Entry])[] = pairs.map((pair) => [pair.b.call, { pair }]);
  for (const call of onlyB) entries.push([call.call, { call, side: "b" }]);
  let behind = 0;
  let next = 0;
  for (const call of onlyA) {
    for (; next < placeOfA.length && placeOfA[next]![0] < call.call; next++)
      behind = Math.max(behind, placeOfA[next]![1]);
    entries.push([behind + 0.5, { call, side: "a" }]);
  }
  return entries.sort(([one], [other]) => one - other).map(([, entry]) => entry);
}

async function ofLoneCall(compared: Compared, call: CallRecord, side: "a" | "b"): Promise<Divergence> {
  const verdict = await judgeFunction(compared);
  const place = { call: call.call };
  const { node } = call.created;
  return side === "a" ? { what: "only in a", node, a: place, verdict } : { what: "only in b", node, b: place, verdict };
}

async function ofPair(compared: Compared, pair: CallPair): Promise<Divergence | undefined> {
  const { a, b } = pair;
  const { node } = b.created;
  const param = a.created.identity === b.created.identity ? undefined : otherParam(compared, pair);
  if (param !== undefined) {
    const verdict = await judgeFunction(compared, { pair, param });
    const item = await firstOtherElement(compared, pair, param);
    const at = item === undefined ? {} : { item };
    return { what: "arguments", node, param, a: { call: a.call, ...at }, b: { call: b.call, ...at }, verdict };
  }
  if (compared.except?.has(node)) return undefined;
  const inPlace = (compared.items.get(pair)?.pairs ?? []).toSorted((one, other) => one.b.item - other.b.item);
  for (const items of inPlace) {
    const isSameInput =
      items.a.digest === items.b.digest || items.a.digest === undefined || items.b.digest === undefined;
    if (!isSameInput || !isOtherResult(items)) continue;
    return {
      what: "result",
      node,
      a: { call: a.call, item: items.a.item },
      b: { call: b.call, item: items.b.item },
      verdict: await judgeItem(compared, pair, items),
    };
  }
  if (a.winner === b.winner || a.winner === undefined || b.winner === undefined) return undefined;
  const because = "another entrant of the race was first";
  return {
    what: "winner",
    node,
    a: { call: a.call },
    b: { call: b.call },
    verdict: { kind: "clock or chance", because, places: [] },
  };
}

/** A result that was taken over is compared as if it had been made here. */
export function isOtherResult({ a, b }: ItemPair): boolean {
  return statusOf(a) !== statusOf(b) || (a.result ?? "") !== (b.result ?? "");
}

function statusOf({ status }: ItemRecord): string {
  return status === "reused" ? "completed" : status;
}

/** The first parameter that was given something else; undefined when only what is upstream differs. */
function otherParam({ a: runA, b: runB, calls }: Compared, { a, b }: CallPair): string | undefined {
  const names = new Set([...Object.keys(a.created.inputs), ...Object.keys(b.created.inputs)]);
  for (const name of names) {
    const [was, now] = [a.created.inputs[name], b.created.inputs[name]];
    if (was === undefined || now === undefined || was.from !== now.from) return name;
    if (was.from === "value" && now.from === "value") {
      if (was.digest !== now.digest) return name;
    } else if (was.from === "list" && now.from === "list") {
      if (runA.lists.get(was.list)?.digest !== runB.lists.get(now.list)?.digest) return name;
    } else if (was.from === "call" && now.from === "call") {
      const isPair = calls.pairs.some((pair) => pair.a.call === was.call && pair.b.call === now.call);
      if (!isPair || was.port !== now.port || was.how !== now.how) return name;
    }
  }
  return undefined;
}

/** Of a plain list that is mapped or zipped: the place of the first element that is another. Items of the call stand at these places. */
async function firstOtherElement(
  { readers }: Compared,
  { a, b }: CallPair,
  param: string,
): Promise<ItemNo | undefined> {
  const [was, now] = [a.created.inputs[param], b.created.inputs[param]];
  const { kind, inputs } = b.created;
  const isOnlyList = kind === "zip" || Object.values(inputs).filter(({ from }) => from !== "value").length === 1;
  if (was?.from !== "list" || now?.from !== "list" || now.how !== "item" || !isOnlyList) return undefined;
  const [before, after] = await Promise.all([readers.a.list(was.list), readers.b.list(now.list)]);
  if (!Array.isArray(before) || !Array.isArray(after)) return undefined;
  const at = after.findIndex((element, index) => index >= before.length || textOf(element) !== textOf(before[index]));
  return at === -1 ? undefined : at;
}

/** R2. */
async function judgeItem(compared: Compared, pair: CallPair, { a, b }: ItemPair): Promise<Verdict> {
  const { code } = compared;
  const { kind, node } = pair.b.created;
  if (a.impure.includes("set") || b.impure.includes("set")) return { kind: "by hand" };
  if (a.child !== undefined && b.child !== undefined) return { kind: "child runs", a: a.child, b: b.child };
  if (kind !== "node") return judgeFunction(compared);
  if (code.isNodeOther(node)) return { kind: "code", node };
  for (const read of b.reads) {
    const before = a.reads.find(({ asked }) => asked === read.asked);
    if (before && before.sha256 !== read.sha256)
      return {
        kind: "outside answer",
        because: `"${read.asked}" named ${before.selector} then and ${read.selector} now`,
        places: (await code.mentions(node)).outside,
      };
  }
  const reads = new Set([...a.impure, ...b.impure]);
  const mentions = await code.mentions(node);
  const { outside } = mentions;
  const asksOutside = outside.length > 0;
  if (reads.has("secret"))
    return { kind: "outside answer", because: "it read ctx.secret, which is of the environment", places: outside };
  for (const what of ["runId", "attempt", "scratchpad", "errors"])
    if (reads.has(what) && !asksOutside)
      return { kind: "clock or chance", because: `it read ctx.${what}`, places: mentions.chance };
  if (mentions.chance.length > 0 && !asksOutside)
    return { kind: "clock or chance", because: "its code reads a clock or random numbers", places: mentions.chance };
  const alsoChance = mentions.chance.length > 0 ? "; its code also reads a clock or random numbers" : "";
  const because = asksOutside
    ? `the same code was given the same, and asks the outside${alsoChance}`
    : "the same code was given the same; it depends on something that is not recorded";
  return {
    kind: "outside answer",
    because,
    places: outside,
    ...(alsoChance === "" ? {} : { chance: mentions.chance }),
  };
}

/** R3. */
async function judgeFunction(
  compared: Compared,
  passed?: { readonly pair: CallPair; readonly param: string },
): Promise<Verdict> {
  const { code, input, a, b } = compared;
  if (input.isOther && passed && (await isFromInput(compared, passed))) return { kind: "input" };
  if (code.isFunctionOther) return { kind: "code" };
  const mentions = await code.mentions();
  const isOtherChance = a.seed !== b.seed || a.clock !== b.clock;
  if (input.isOther && !(passed && isOtherChance && mentions.chance.length > 0)) return { kind: "input" };
  const { outside, chance } = mentions;
  if (outside.length > 0 && chance.length === 0)
    return { kind: "outside answer", because: "the workflow function itself asks the outside", places: outside };
  const because = isOtherChance
    ? "the same code was given the same, with another seed and clock"
    : "the same code was given the same seed, clock and input: it reads something that is not recorded";
  return { kind: "clock or chance", because, places: chance };
}

/** What was passed is what changed in the input: as a whole, one of its parts, or a list of it. */
async function isFromInput(
  { input, readers }: Compared,
  { pair, param }: { readonly pair: CallPair; readonly param: string },
): Promise<boolean> {
  const read = async (call: CallRecord, reader: ArgumentReader): Promise<string | undefined> => {
    const ref = call.created.inputs[param];
    if (ref?.from === "value") return textOf((await reader.plain(call))[param]);
    return ref?.from === "list" ? textOf(await reader.list(ref.list)) : undefined;
  };
  const [was, now] = await Promise.all([read(pair.a, readers.a), read(pair.b, readers.b)]);
  const [before, after] = [partsOf(input.before), partsOf(input.now)];
  for (const change of input.changes) {
    before.add(textOf(change.before));
    after.add(textOf(change.now));
  }
  return was !== undefined && now !== undefined && was !== now && before.has(was) && after.has(now);
}

function partsOf(value: unknown): Set<string> {
  const parts = new Set([textOf(value)]);
  if (typeof value === "object" && value !== null) for (const part of Object.values(value)) parts.add(textOf(part));
  return parts;
}

function textOf(value: unknown): string {
  return JSON.stringify(value) ?? "";
}
