/**
 * A run that kills its owner: one of its items ends the process, whoever goes on with it (out of memory, a crash in native
 * code, `process.exit`). Going on again and again would never end.
 *
 * Owns: which items were running at each death, and the end of a run that has killed three owners.
 * Leaves to start.ts: going on with every other run.
 *
 * R1. An item is to blame when it was running at three deaths, started anew by each of those owners. A machine that went down
 *     three times blames nobody who was not there each time, nor a generator that came further each time.
 * R2. The run ends as failed, with the items that are to blame; what else ran at the last death reads as cancelled.
 * R3. An item that is a child run is never to blame: the child has the same owner, and names its own item.
 * R4. A resume after that is somebody's decision: all of them run again, and the count begins anew.
 */
import type { Clock } from "../base/clock.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import type { AppendedEvent, RunEvent } from "../model/events.ts";
import { formatAddress, type CallNo, type ItemNo } from "../model/ids.ts";
import type { EventStore, RunRow } from "../store/store.ts";

/** Deaths with the same item running after which a run stops. */
export const DEADLY_AFTER = 3;
const PAGE = 5000;
/** Items that a message names. */
const NAMED = 5;

interface InFlight {
  readonly call: CallNo;
  readonly item: ItemNo;
  readonly attempt: number;
  readonly node: string;
  /** Owners that died while it ran. */
  readonly deaths: number;
}

/** Whether the owner of this run is gone without having given it up. */
export function hasLostOwner(row: RunRow): boolean {
  return row.owner !== undefined && !row.owner.alive;
}

/** R2. Ends the run when its last three owners died of it; says whether it did. */
export async function endDeadlyRun(
  row: RunRow,
  { store, clock }: { readonly store: EventStore; readonly clock: Clock },
): Promise<boolean> {
  if (!hasLostOwner(row) || row.ownerDeaths + 1 < DEADLY_AFTER) return false;
  if (!(await runningAtDeath(store, row.runId)).some(isToBlame)) return false;
  const { runId } = row;
  const { epoch, seq } = await store.acquire(runId);
  // Read again: now nobody else writes.
  const running = await runningAtDeath(store, runId);
  const blamed = running.filter(isToBlame);
  if (blamed.length > 0)
    await store.append({ runId, epoch, expectedSeq: seq, events: lastEvents(runId, running, clock.now()) });
  await store.release(runId, epoch);
  return blamed.length > 0;
}

function isToBlame({ deaths }: InFlight): boolean {
  return deaths >= DEADLY_AFTER;
}

/** What was running when the owner died that has the run now; a second reading of the log, for runs with three deaths only. */
async function runningAtDeath(store: EventStore, runId: string): Promise<readonly InFlight[]> {
  const deaths = new OwnerDeaths();
  for (let after = 0; ;) {
    const page = await store.events(runId, { after, limit: PAGE, values: "none" });
    for (const { event } of page) deaths.apply(event);
    if (page.length < PAGE) break;
    after = page.at(-1)!.seq;
  }
  deaths.died();
  return deaths.running();
}

/** Folds a log into who was running when owners died (R1). */
export class OwnerDeaths {
  readonly #nodes: Map<CallNo, string> = new Map();
  /** R3. */
  readonly #subgraphs: Set<CallNo> = new Set();
  readonly #inFlight: Map<string, InFlight & { readonly owner: number }> = new Map();
  /** Counts owners of this run. */
  #owner = 0;

  apply(event: RunEvent): void {
    switch (event.type) {
      case "run.resumed":
        if (event.ownerDied === true) this.died();
        else this.#inFlight.clear();
        this.#owner++;
        return;
      case "call.created":
        this.#nodes.set(event.call, event.node);
        if (event.kind === "subgraph") this.#subgraphs.add(event.call);
        return;
      case "items.started":
        for (const [i, item] of event.items.entries()) {
          const key = `${event.call}.${item}`;
          const node = this.#nodes.get(event.call) ?? "";
          const deaths = this.#inFlight.get(key)?.deaths ?? 0;
          this.#inFlight.set(key, {
            call: event.call,
            item,
            attempt: event.attempts?.[i] ?? 1,
            node,
            deaths,
            owner: this.#owner,
          });
        }
        return;
      case "item.completed":
      case "item.retrying":
      case "item.failed":
        this.#inFlight.delete(`${event.call}.${event.item}`);
        return;
      case "item.yielded": {
        const known = this.#inFlight.get(`${event.call}.${event.item}`);
        if (known) this.#inFlight.set(`${event.call}.${event.item}`, { ...known, deaths: 0 });
        return;
      }
      case "run.completed":
      case "run.failed":
      case "run.cancelled":
      case "run.diverged":
        this.#inFlight.clear();
        return;
      default:
        // Everything else starts and ends no item.
        return;
    }
  }

  /** The present owner is gone. What it had not started it cannot have died of. */
  died(): void {
    for (const [key, item] of this.#inFlight) {
      if (item.owner === this.#owner && !this.#subgraphs.has(item.call))
        this.#inFlight.set(key, { ...item, deaths: item.deaths + 1 });
    }
  }

  running(): readonly InFlight[] {
    return [...this.#inFlight.values()];
  }
}

function lastEvents(runId: string, running: readonly InFlight[], at: number): AppendedEvent[] {
  const blamed = running.filter(isToBlame);
  const error = ownerLost(runId, blamed);
  const ends = running.map((one): AppendedEvent => {
    const { call, item, attempt, node } = one;
    const address = formatAddress(runId, call, item);
    const where = { kind: "owner-lost", name: "OwnerLost", address, node, attempt } as const;
    const lost: ErrorRecord = isToBlame(one)
      ? { ...where, code: "WG2014", message: `the process ended ${one.deaths} times while this item ran` }
      : {
          ...where,
          code: "WG2004",
          message: "the process ended while this item ran, and the run was stopped because of others",
        };
    const to = isToBlame(one) ? "failed" : "cancelled";
    return { event: { type: "item.failed", at, call, item, attempt, from: "running", to, ms: 0, error: lost } };
  });
  const failures = blamed.map(({ call, item }) => [call, item] as const);
  return [...ends, { event: { type: "run.failed", at, error, failures } }];
}

function ownerLost(runId: string, blamed: readonly InFlight[]): ErrorRecord {
  const named = blamed.slice(0, NAMED).map(({ call, item, node }) => `"${node}" ${formatAddress(runId, call, item)}`);
  const more = blamed.length > NAMED ? ` and ${blamed.length - NAMED} more` : "";
  return {
    code: "WG2014",
    kind: "owner-lost",
    name: "OwnerLost",
    message:
      `the process that ran this ended ${DEADLY_AFTER} times while the same ${blamed.length === 1 ? "item was" : "items were"} running: ` +
      `${named.join(", ")}${more}; look for what ends it there (memory, process.exit, native code), or resume the run to try once more`,
  };
}
