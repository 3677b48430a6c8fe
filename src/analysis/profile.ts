/**
 * Where the time of a run went: per node, per item, over time.
 *
 * Owns: the sums. Leaves to profile-log.ts: when things happened; to profile-path.ts: which of it the end waited for.
 *
 * R1. Of an item: *blocked* from its call being made until it was ready; *queue* from ready to the start of its first attempt, and
 *     whatever of a later wait was longer than was asked for; *run* in attempts; *retry* as asked for between attempts. Time in which
 *     nobody ran the run is none of these.
 * R2. total of a node = the run time of its attempts. self = total without what child runs did inside. share = self of the sum of self.
 * R3. p50 and p95 are of attempts, by nearest rank: each is the duration of an attempt that happened.
 * R4. Rows of child runs stand beside those of the run, by workflow; all times are on the clock of the topmost run.
 */
import type { RunId } from "../model/ids.ts";
import type { Concurrency, ItemProfile, NodeProfile } from "../model/profile.ts";
import type { ItemTimes, ProfiledRun } from "./profile-log.ts";

/** A run and the runs below it, the topmost first. */
export type RunTree = readonly ProfiledRun[];

export function itemProfiles(tree: RunTree): readonly ItemProfile[] {
  return tree.flatMap((run) => {
    const shiftMs = run.startedAt - tree[0]!.startedAt;
    return [...run.items.values()].flatMap((items) =>
      [...items.values()].filter(({ attempts }) => attempts.length > 0).map((times) => itemOf(run, times, shiftMs)),
    );
  });
}

/** R1. */
function itemOf(run: ProfiledRun, times: ItemTimes, shiftMs: number): ItemProfile {
  const call = run.calls.get(times.call);
  const ready = run.ready(times).atMs;
  const made = call?.madeMs ?? 0;
  const { attempts } = times;
  const waited = (from: number, to: number): number => Math.max(0, to - from - run.downMs(from, to));
  let queueMs = waited(ready, attempts[0]!.startMs);
  let runMs = 0;
  let retryMs = 0;
  for (const [i, attempt] of attempts.entries()) {
    runMs += attempt.endMs - attempt.startMs;
    const next = attempts[i + 1];
    if (!next) continue;
    const gapMs = waited(attempt.endMs, next.startMs);
    const askedMs = Math.min(gapMs, attempt.delayMs ?? 0);
    retryMs += askedMs;
    queueMs += gapMs - askedMs;
  }
  return {
    runId: run.runId,
    call: times.call,
    item: times.item,
    node: call?.node ?? "",
    attempts: attempts.length,
    readyMs: ready + shiftMs,
    endMs: attempts.at(-1)!.endMs + shiftMs,
    blockedMs: waited(made, ready),
    queueMs,
    runMs,
    retryMs,
  };
}

export function nodeProfiles(tree: RunTree, items: readonly ItemProfile[]): readonly NodeProfile[] {
  const runs = new Map(tree.map((run) => [run.runId, run]));
  const groups = Map.groupBy(items, ({ runId, node }) => `${runs.get(runId)!.workflow} ${node}`);
  const rows = [...groups].map(([key, of]): Omit<NodeProfile, "share"> => {
    const [workflow = "", node = ""] = key.split(" ");
    const spans = of.flatMap(({ runId, call, item }) => {
      const run = runs.get(runId)!;
      const shiftMs = run.startedAt - tree[0]!.startedAt;
      return run.items
        .get(call)!
        .get(item)!
        .attempts.map((attempt) => ({
          from: attempt.startMs + shiftMs,
          to: attempt.endMs + shiftMs,
          bad: attempt.outcome !== "completed" && attempt.outcome !== "open",
        }));
    });
    const durations = spans.map(({ from, to }) => to - from).toSorted((a, b) => a - b);
    const totalMs = sum(durations);
    return {
      workflow,
      node,
      items: of.length,
      attempts: spans.length,
      failed: spans.filter(({ bad }) => bad).length,
      totalMs,
      selfMs: totalMs - sum(of.map((item) => insideMs(item, runs))),
      p50Ms: rank(durations, 0.5),
      p95Ms: rank(durations, 0.95),
      maxMs: durations.at(-1) ?? 0,
      blockedMs: sum(of.map(({ blockedMs }) => blockedMs)),
      queueMs: sum(of.map(({ queueMs }) => queueMs)),
      retryMs: sum(of.map(({ retryMs }) => retryMs)),
      peak: peakOf(spans),
    };
  });
  const all = sum(rows.map(({ selfMs }) => selfMs));
  return rows
    .map((row): NodeProfile => ({ ...row, share: all === 0 ? 0 : row.selfMs / all }))
    .toSorted((a, b) => b.selfMs - a.selfMs);
}

/** Time that the child run of an item ran within its attempts (R2). */
export function insideMs(
  { runId, call, item }: Pick<ItemProfile, "runId" | "call" | "item">,
  runs: ReadonlyMap<RunId, ProfiledRun>,
): number {
  const run = runs.get(runId)!;
  const { attempts, child } = run.items.get(call)!.get(item)!;
  const inside = child === undefined ? undefined : runs.get(child);
  if (!inside) return 0;
  const from = inside.startedAt - run.startedAt;
  return sum(attempts.map(({ startMs, endMs }) => overlap([startMs, endMs], [from, from + inside.endMs])));
}

/** Ends are told in whole ms, when they were recorded; starts finer. */
const SLACK_MS = 2;

/** Most that are open at once; one that begins when another ends follows it. */
export function peakOf(spans: readonly { readonly from: number; readonly to: number }[]): number {
  const changes = spans.flatMap(({ from, to }) => [
    [from, 1] as const,
    [Math.max(to - SLACK_MS, from + 0.001), -1] as const,
  ]);
  changes.sort(([a, by], [b, other]) => a - b || by - other);
  let [now, peak] = [0, 0];
  for (const [, by] of changes) peak = Math.max(peak, (now += by));
  return peak;
}

export function concurrencyOf(tree: RunTree, buckets: number): Concurrency {
  const [top] = tree;
  const endMs = Math.max(1, top?.endMs ?? 0);
  const ms = endMs / buckets;
  const whole = new Array<number>(buckets + 1).fill(0);
  const part = new Array<number>(buckets).fill(0);
  for (const run of tree) {
    const shiftMs = run.startedAt - top!.startedAt;
    for (const { call, item, startMs, endMs: until } of run.attempts) {
      if (run.items.get(call)?.get(item)?.child !== undefined) continue;
      const [from, to] = [Math.max(0, startMs + shiftMs) / ms, Math.min(endMs, until + shiftMs) / ms];
      const [first, last] = [Math.min(buckets - 1, Math.floor(from)), Math.min(buckets - 1, Math.floor(to))];
      if (first === last) part[first]! += Math.max(0, to - from);
      else {
        part[first]! += first + 1 - from;
        part[last]! += to - last;
        whole[first + 1]! += 1;
        whole[last]! -= 1;
      }
    }
  }
  let open = 0;
  const active = part.map((share, i) => Math.round(((open += whole[i]!) + share) * 1000) / 1000);
  return { ms, active };
}

function overlap([a, b]: readonly [number, number], [c, d]: readonly [number, number]): number {
  return Math.max(0, Math.min(b, d) - Math.max(a, c));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** R3. */
function rank(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
