/**
 * How long a run would have taken with something else than it had: other limits, a graph break less, a gather less.
 *
 * Owns: a small simulation of the run out of its log. Leaves to profile-log.ts: what waited for what.
 *
 * R1. Everything takes as long as it was recorded to take: attempts, the waits between them, the function between a delivery and
 *     the calls it makes. What differs is when each begins. Assumptions that matter are part of the answer.
 * R2. An item begins when it is ready (profile-log.ts, R1, by simulated times) and its node has a free slot; who was ready first goes
 *     first. A retry wait holds no slot.
 * R3. The run is also simulated as it was. How far that is from what was measured says how far the answer is to be trusted.
 * R4. A limit that the change does not name is the most that the log shows in flight where items queued for it, and the default
 *     where none did.
 * R5. Without the break behind a node, calls that take single items of its results are made as early as the break began, and each of
 *     their items waits only for those that provably flowed into it. A call that does not, or whose lineage is lost, stays.
 * R6. Without the gather of a node, its items begin with the first member of the sets they gather, and end no sooner than the last.
 */
import type { Attempt } from "../model/attempt-log.ts";
import type { CallNo, ItemNo } from "../model/ids.ts";
import type { Prediction } from "../model/profile.ts";
import { peakOf } from "./profile.ts";
import { openerOf } from "./profile-path.ts";
import type { CallTimes, ItemTimes, Need, ProfiledRun } from "./profile-log.ts";
import { SimulatedTime } from "./simulated-time.ts";

export interface Change {
  /** Items of a node in flight. */
  readonly limits: ReadonlyMap<string, number>;
  /** Nodes whose awaited results hold nothing back any more (R5). */
  readonly withoutBreaks: ReadonlySet<string>;
  /** Nodes that gather (R6). */
  readonly withoutGathers: ReadonlySet<string>;
}

const NO_CHANGE: Change = { limits: new Map(), withoutBreaks: new Set(), withoutGathers: new Set() };
const DEFAULT_LIMIT = 16;
/** An item that waits longer than this, and this share of what its node takes, is said to have queued. */
const NOTABLE_MS = 5;
const NOTABLE_SHARE = 0.1;
/** Of those, the longest. */
const LOOKED_AT = 50;

export function predict(run: ProfiledRun, change: Change): Prediction {
  const seen = seenLimits(run);
  const limits = [...seen].map(([node, { limit, from }]) => {
    const asked = change.limits.get(node);
    return { node, limit: asked ?? limit, from: asked === undefined ? from : ("asked" as const) };
  });
  const limitOf = new Map(limits.map(({ node, limit }) => [node, limit]));
  const asItWas = new Map([...seen].map(([node, { limit }]) => [node, limit]));
  const downMs = run.downMs(0, run.endMs);
  const changed = new Simulation(run, limitOf, change);
  return {
    measuredMs: run.endMs - downMs,
    modelMs: new Simulation(run, asItWas, NO_CHANGE).endMs(),
    predictedMs: changed.endMs(),
    unfinished: changed.unfinished(),
    limits,
    assumptions: assumptionsOf(run, change, limits),
  };
}

/** R4. */
function seenLimits(
  run: ProfiledRun,
): ReadonlyMap<string, { readonly limit: number; readonly from: "seen" | "default" }> {
  const byNode = Map.groupBy(run.attempts, ({ call }) => run.calls.get(call)?.node ?? "");
  return new Map(
    [...byNode].map(([node, attempts]) => {
      const peak = peakOf(attempts.map(({ startMs, endMs }) => ({ from: startMs, to: endMs })));
      const queued = isFull(run, attempts, peak);
      const limit = queued ? peak : Math.max(peak, DEFAULT_LIMIT);
      return [node, { limit, from: queued ? "seen" : "default" }] as const;
    }),
  );
}

/** Whether items waited while as many as ever were in flight. */
function isFull(run: ProfiledRun, attempts: readonly Attempt[], peak: number): boolean {
  const meanMs = attempts.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0) / attempts.length;
  const waits = attempts
    .filter(({ attempt }) => attempt === 1)
    .map(({ call, item, startMs }) => ({ from: run.ready(run.item(call, item)).atMs, to: startMs }))
    .filter(({ from, to }) => to - from > NOTABLE_MS + NOTABLE_SHARE * meanMs)
    .toSorted((a, b) => b.to - b.from - (a.to - a.from));
  return waits.slice(0, LOOKED_AT).some(({ from, to }) => {
    const at = (from + to) / 2;
    return attempts.filter(({ startMs, endMs }) => startMs <= at && at < endMs).length >= peak;
  });
}

function assumptionsOf(run: ProfiledRun, change: Change, limits: Prediction["limits"]): readonly string[] {
  const said = [
    "Attempts and retry waits take as long as they took: whatever they share (a processor, a service) has room for more of them.",
    "Pools, rate limits and the time to record are not simulated.",
  ];
  const seen = limits.filter(({ from }) => from === "seen").map(({ node, limit }) => `"${node}" ${limit}`);
  if (seen.length > 0)
    said.push(`Limits as the log shows them, the most in flight while items queued: ${seen.join(", ")}.`);
  const free = limits.filter(({ from }) => from === "default").map(({ node }) => `"${node}"`);
  if (free.length > 0)
    said.push(`Never seen to queue, so taken as ${DEFAULT_LIMIT} or what was in flight: ${free.join(", ")}.`);
  if (change.withoutBreaks.size > 0)
    said.push("Without the break: only calls whose lineage is proven start sooner; the function makes the same calls.");
  if (change.withoutGathers.size > 0)
    said.push("Without the wait of the gather: the work of the gathering items can go on while their set fills.");
  if (run.breaks.length > 0) said.push("Time in which nobody ran the run is left out on both sides.");
  if ([...run.items.values()].some((items) => [...items.values()].some(({ child }) => child !== undefined)))
    said.push("Child runs take as long as they took.");
  return said;
}

class SimulatedItem {
  readonly times: ItemTimes;
  readonly node: string;
  /** What it still waits for. */
  waits = 1;
  doneMs: number | undefined;
  /** It ends no sooner (R6). */
  held = 0;
  isOver = false;
  /** Which attempt it queues for. */
  next = 0;

  constructor(times: ItemTimes, node: string) {
    this.times = times;
    this.node = node;
  }
}

interface SimulatedCall {
  readonly times: CallTimes;
  readonly items: readonly SimulatedItem[];
  readonly byItem: ReadonlyMap<ItemNo, SimulatedItem>;
  /** Own items, source calls and its own being made that are still open. */
  open: number;
  madeMs: number | undefined;
  closedMs: number | undefined;
  /** Sets, and its own being made, that its items wait for. */
  gate: number;
}

class Simulation {
  readonly #run: ProfiledRun;
  readonly #limits: ReadonlyMap<string, number>;
  readonly #change: Change;
  readonly #time: SimulatedTime = new SimulatedTime();
  readonly #calls: Map<CallNo, SimulatedCall> = new Map();
  readonly #onDone: Map<SimulatedItem, (() => void)[]> = new Map();
  readonly #onClosed: Map<CallNo, (() => void)[]> = new Map();
  readonly #onMade: Map<CallNo, (() => void)[]> = new Map();
  readonly #queues: Map<string, { inFlight: number; readonly waiting: SimulatedItem[] }> = new Map();
  #endMs = 0;

  constructor(run: ProfiledRun, limits: ReadonlyMap<string, number>, change: Change) {
    this.#run = run;
    this.#limits = limits;
    this.#change = change;
  }

  endMs(): number {
    for (const times of this.#run.calls.values()) {
      const held = [...(this.#run.items.get(times.call)?.values() ?? [])].filter(endedOnce);
      const items = held.map((item) => new SimulatedItem(item, times.node));
      const byItem = new Map(items.map((item) => [item.times.item, item]));
      const open = 1 + items.length;
      this.#calls.set(times.call, { times, items, byItem, open, madeMs: undefined, closedMs: undefined, gate: 1 });
    }
    for (const call of this.#calls.values()) this.#connect(call);
    this.#time.run();
    // What came after the last outcome: the end of the function.
    const last = Math.max(0, ...this.#run.attempts.map(({ endMs }) => endMs));
    return this.#endMs + Math.max(0, this.#run.endMs - last - this.#run.downMs(last, this.#run.endMs));
  }

  unfinished(): readonly CallNo[] {
    const open = [...this.#calls.values()].filter(
      ({ closedMs, times }) => closedMs === undefined && times.closedMs !== undefined,
    );
    return open.map(({ times }) => times.call);
  }

  #connect(call: SimulatedCall): void {
    const { times } = call;
    const freed = this.#freed(call);
    this.#connectMade(call, freed);
    const waitsForNone = this.#change.withoutGathers.has(times.node);
    for (const source of this.#run.needs.whole(times.call)) {
      if (!this.#calls.has(source)) continue;
      call.gate++;
      if (waitsForNone) this.#whenFirst(source, () => this.#open(call));
      else listen(this.#onClosed, source, () => this.#open(call));
      if (waitsForNone) for (const item of call.items) this.#holdUntilClosed(item, source);
    }
    for (const source of closers(times)) {
      if (!this.#calls.has(source)) continue;
      call.open++;
      listen(this.#onClosed, source, () => this.#less(call));
    }
    for (const item of call.items) {
      const own = [...this.#run.needs.own(times.call, item.times.item)];
      const awaited = freed ? [...this.#run.needs.awaited(times.call, item.times.item)] : [];
      for (const need of [...own, ...awaited]) this.#await(item, need);
    }
  }

  /** Whether nothing but proven items holds the call back (R5). */
  #freed({ times, items }: SimulatedCall): boolean {
    const opener = openerOf(this.#run, times);
    if (!opener || !this.#change.withoutBreaks.has(opener.node)) return false;
    const { needs } = this.#run;
    return items.every(({ times: { item } }) => {
      const needed = [...needs.own(times.call, item), ...needs.awaited(times.call, item)];
      return needed.some((need) => need.call === opener.call || this.#isBehind(opener.call, need.call));
    });
  }

  /** Whether a call is one that a combinator is made of. */
  #isBehind(call: CallNo, source: CallNo): boolean {
    const sources = this.#run.calls.get(call)?.sources ?? [];
    const holds = (this.#run.items.get(call)?.size ?? 0) > 0;
    return !holds && sources.some((one) => one === source || this.#isBehind(one, source));
  }

  #connectMade(call: SimulatedCall, freed: boolean): void {
    const { times } = call;
    const opener = openerOf(this.#run, times);
    const made = (): void => this.#made(call);
    if (!opener) return this.#time.at(times.madeMs, made);
    const gapMs = Math.max(0, times.madeMs - opener.closedMs! - this.#run.downMs(opener.closedMs!, times.madeMs));
    const after = (): void => this.#time.at(this.#time.now + gapMs, made);
    if (freed) return listen(this.#onMade, opener.call, after);
    const openers = times.openers.filter((one) => (this.#run.calls.get(one)?.closedMs ?? Infinity) <= times.madeMs);
    let open = openers.length;
    for (const one of openers) listen(this.#onClosed, one, () => (--open === 0 ? after() : undefined));
  }

  #await(item: SimulatedItem, need: Need): void {
    const source = this.#calls.get(need.call)?.byItem.get(need.item);
    if (!source || source === item) return;
    item.waits++;
    listen(this.#onDone, source, () => this.#ready(item));
  }

  #made(call: SimulatedCall): void {
    call.madeMs = this.#time.now;
    tell(this.#onMade, call.times.call);
    this.#less(call);
    this.#open(call);
    if (call.times.kind !== "sleep") return;
    const { madeMs, closedMs = madeMs } = call.times;
    call.open++;
    this.#time.at(this.#time.now + closedMs - madeMs, () => this.#less(call));
  }

  #open(call: SimulatedCall): void {
    if (--call.gate === 0) for (const item of call.items) this.#ready(item);
  }

  #less(call: SimulatedCall): void {
    if (--call.open > 0 || call.madeMs === undefined) return;
    call.closedMs = this.#time.now;
    this.#endMs = Math.max(this.#endMs, this.#time.now);
    tell(this.#onClosed, call.times.call);
  }

  #ready(item: SimulatedItem): void {
    if (--item.waits > 0) return;
    this.#attempt(item, 0);
  }

  /** R2. */
  #attempt(item: SimulatedItem, which: number): void {
    if (item.times.attempts.length === 0) return this.#over(item);
    let queue = this.#queues.get(item.node);
    if (!queue) this.#queues.set(item.node, (queue = { inFlight: 0, waiting: [] }));
    if (queue.inFlight >= (this.#limits.get(item.node) ?? DEFAULT_LIMIT)) {
      queue.waiting.push(item);
      item.next = which;
      return;
    }
    queue.inFlight++;
    const attempt = item.times.attempts[which]!;
    this.#time.at(this.#time.now + attempt.endMs - attempt.startMs, () => {
      queue.inFlight--;
      const following = item.times.attempts[which + 1];
      if (following) this.#time.at(this.#time.now + (attempt.delayMs ?? 0), () => this.#attempt(item, which + 1));
      else this.#over(item);
      const next = queue.waiting.shift();
      if (next) this.#attempt(next, next.next);
    });
  }

  #over(item: SimulatedItem): void {
    item.isOver = true;
    if (item.held > 0) return;
    item.doneMs = this.#time.now;
    this.#endMs = Math.max(this.#endMs, this.#time.now);
    for (const fn of this.#onDone.get(item) ?? []) fn();
    const call = this.#calls.get(item.times.call);
    if (call) this.#less(call);
  }

  /** R6. */
  #whenFirst(source: CallNo, fn: () => void): void {
    let isTold = false;
    const once = (): void => {
      if (isTold) return;
      isTold = true;
      fn();
    };
    for (const item of this.#calls.get(source)!.items) listen(this.#onDone, item, once);
    listen(this.#onClosed, source, once);
  }

  #holdUntilClosed(item: SimulatedItem, source: CallNo): void {
    item.held++;
    listen(this.#onClosed, source, () => {
      item.held--;
      if (item.isOver && item.held === 0) this.#over(item);
    });
  }
}

/** Calls that must have closed before this one can: a race is over with its winner. */
function closers({ kind, sources, winner }: CallTimes): readonly CallNo[] {
  if (kind === "race") return winner === undefined ? [] : sources.slice(winner, winner + 1);
  return sources;
}

/** An item that never ended holds nothing up that the log knows of. */
function endedOnce({ doneMs, attempts }: ItemTimes): boolean {
  return doneMs !== undefined || attempts.length > 0;
}

function listen<K>(listeners: Map<K, (() => void)[]>, key: K, fn: () => void): void {
  const known = listeners.get(key);
  if (known) known.push(fn);
  else listeners.set(key, [fn]);
}

function tell<K>(listeners: ReadonlyMap<K, readonly (() => void)[]>, key: K): void {
  for (const fn of listeners.get(key) ?? []) fn();
}
