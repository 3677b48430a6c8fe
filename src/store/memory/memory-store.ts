/**
 * A store that ends with its process: for tests, and for trying something out.
 *
 * Owns: the rules of store.ts without files. Leaves to memory-run.ts: what one run holds.
 *
 * R1. Writes of one turn take effect together, as with a database: nobody reads them before their promise resolves.
 */
import { ulid } from "ulid";
import type { Clock } from "../../base/clock.ts";
import { systemClock } from "../../base/clock.ts";
import { sha256Hex } from "../../base/hash.ts";
import type { StoredEvent } from "../../model/events.ts";
import { EVENT_SCHEMA } from "../../model/events.ts";
import type { RunId } from "../../model/ids.ts";
import { keyReused, notOwner, runExists, storeClosed, unknownRun, wrongSeq } from "../refusals.ts";
import type {
  Acquired,
  Append,
  Command,
  ListChunk,
  NewRun,
  OwnerInfo,
  RunFilter,
  RunRow,
  Store,
  ValueKey,
} from "../store.ts";
import { tailEvents, Wakes } from "../tail.ts";
import { MemoryRun } from "./memory-run.ts";

export function openMemoryStore(options: { readonly clock?: Clock } = {}): Store {
  return new MemoryStore(options.clock ?? systemClock);
}

interface Pending {
  readonly apply: () => void;
  readonly reject: (error: unknown) => void;
}

class MemoryStore implements Store {
  readonly owner: OwnerInfo;
  readonly #clock: Clock;
  readonly #runs: Map<RunId, MemoryRun> = new Map();
  readonly #blobs: Map<string, Uint8Array> = new Map();
  readonly #wakes: Wakes = new Wakes();
  #commands: Command[] = [];
  #lastId = 0;
  #pending: Pending[] = [];
  #immediate: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.owner = { ownerId: ulid(), pid: process.pid, startedAt: clock.now() };
  }

  createRun(run: NewRun): Promise<{ readonly runId: RunId; readonly created: boolean }> {
    return this.#write(() => {
      const known = run.idempotencyKey === undefined ? undefined : this.#byKey(run.workflow, run.idempotencyKey);
      if (known !== undefined) {
        if (known.created.input !== run.input) throw keyReused(run.idempotencyKey as string, known.created.runId);
        return { runId: known.created.runId, created: false };
      }
      if (this.#runs.has(run.runId)) throw runExists(run.runId);
      const { runId, createdAt: at, workflow, version, tags, caller } = run;
      const made = new MemoryRun(structuredClone(run), (text) => this.#putBlob(Buffer.from(text, "utf8")));
      const event = { type: "run.created", at, schema: EVENT_SCHEMA, workflow, version, tags, caller } as const;
      made.append([{ event, value: run.input }], []);
      this.#runs.set(runId, made);
      this.#wakes.wake(runId);
      return { runId, created: true };
    });
  }

  acquire(runId: RunId): Promise<Acquired> {
    return this.#write(() => {
      const run = this.#run(runId);
      run.epoch++;
      run.owner = this.owner;
      return { epoch: run.epoch, seq: run.seq };
    });
  }

  release(runId: RunId, epoch: number): Promise<void> {
    return this.#write(() => {
      this.#held(runId, epoch).owner = undefined;
    });
  }

  append(append: Append): Promise<void> {
    return this.#write(() => {
      const { runId, epoch, expectedSeq, events, lists = [], logs = [] } = append;
      const run = this.#held(runId, epoch);
      if (run.seq !== expectedSeq) throw wrongSeq({ runId, expectedSeq, seq: run.seq });
      run.append(events, lists);
      for (const line of logs) run.logs.push({ ...line, id: ++this.#lastId });
      this.#wakes.wake(runId);
    });
  }

  stage(runId: RunId, epoch: number, chunk: ListChunk): Promise<void> {
    return this.#write(() => this.#held(runId, epoch).stage(chunk));
  }

  run(runId: RunId): Promise<RunRow | undefined> {
    return this.#read(() => this.#runs.get(runId)?.row());
  }

  runs(filter: RunFilter = {}): ReturnType<Store["runs"]> {
    return this.#read(() => {
      const rows = Array.from(this.#runs.values(), (run) => run.row()).filter((row) => matches(row, filter));
      const page = rows
        .filter((row) => filter.before === undefined || row.runId < filter.before)
        .sort((a, b) => (a.runId < b.runId ? 1 : -1));
      return { runs: page.slice(0, Math.min(Math.max(filter.limit ?? 50, 1), 1000)), total: rows.length };
    });
  }

  runsByPrefix(prefix: string, limit: number): Promise<readonly RunId[]> {
    return this.#read(() =>
      [...this.#runs.keys()]
        .filter((runId) => runId.startsWith(prefix))
        .sort()
        .reverse()
        .slice(0, limit),
    );
  }

  events(runId: RunId, options: Parameters<Store["events"]>[1] = {}): Promise<readonly StoredEvent[]> {
    const { after = 0, limit = 1_000, values } = options;
    return this.#read(() => this.#run(runId).events({ after, limit, values: values !== "none" }));
  }

  calls(runId: RunId): ReturnType<Store["calls"]> {
    return this.#read(() => this.#run(runId).calls());
  }

  items(runId: RunId, filter: Parameters<Store["items"]>[1] = {}): ReturnType<Store["items"]> {
    return this.#read(() => this.#run(runId).items(filter));
  }

  values(runId: RunId, keys: readonly ValueKey[]): Promise<readonly (string | undefined)[]> {
    return this.#read(() => {
      const run = this.#run(runId);
      return keys.map((key) => {
        if (key.index !== undefined) return run.list(key, { first: key.index, count: 1 }).values[0];
        const seq = run.completedSeq(key);
        return seq === undefined ? undefined : this.#value(run, seq);
      });
    });
  }

  list(
    runId: RunId,
    key: ValueKey,
    range: { readonly first: number; readonly count: number },
  ): ReturnType<Store["list"]> {
    return this.#read(() => this.#run(runId).list(key, range));
  }

  eventValue(runId: RunId, seq: number): Promise<string | undefined> {
    return this.#read(() => this.#value(this.#run(runId), seq));
  }

  errors(runId: RunId, options: Parameters<Store["errors"]>[1] = {}): ReturnType<Store["errors"]> {
    return this.#read(() => this.#run(runId).errors({ after: options.after ?? 0, limit: options.limit ?? 1_000 }));
  }

  logs(runId: RunId, options: Parameters<Store["logs"]>[1] = {}): ReturnType<Store["logs"]> {
    const { call, item, after = 0, limit = 1_000 } = options;
    return this.#read(() =>
      this.#run(runId)
        .logs.filter(
          (line) =>
            line.id > after && (call === undefined || line.call === call) && (item === undefined || line.item === item),
        )
        .slice(0, limit),
    );
  }

  verify(runId: RunId): ReturnType<Store["verify"]> {
    return this.#read(() => this.#run(runId).verify());
  }

  tail(runId: RunId, options: Parameters<Store["tail"]>[1] = {}): AsyncIterable<StoredEvent> {
    const { after = 0, signal, values } = options;
    return tailEvents(
      {
        read: (range) => this.#read(() => this.#run(runId).events({ ...range, values: values !== "none" })),
        last: () => this.#read(() => this.#run(runId).last()),
        changed: (aborted) => this.#wakes.next(runId, aborted),
      },
      { after, signal },
    );
  }

  readonly scratchpad: Store["scratchpad"] = {
    get: (runId, key) => this.#read(() => this.#run(runId).scratchpad.get(key)),
    set: (runId, epoch, { key, value }) =>
      this.#write(() => {
        const { scratchpad } = this.#held(runId, epoch);
        const version = (scratchpad.get(key)?.version ?? 0) + 1;
        scratchpad.set(key, { value, version });
        return version;
      }),
    cas: (runId, epoch, { key, expected, value }) =>
      this.#write(() => {
        const { scratchpad } = this.#held(runId, epoch);
        const present = scratchpad.get(key);
        if (present?.value !== expected) return false;
        scratchpad.set(key, { value, version: (present?.version ?? 0) + 1 });
        return true;
      }),
  };

  readonly once: Store["once"] = {
    get: (runId, { call, item, key }) => this.#read(() => this.#run(runId).once.get(`${call}/${item}/${key}`)),
    put: (runId, epoch, { call, item, key, value }) =>
      this.#write(() => {
        const { once } = this.#held(runId, epoch);
        const place = `${call}/${item}/${key}`;
        if (!once.has(place)) once.set(place, value);
      }),
  };

  command(command: Parameters<Store["command"]>[0]): Promise<number> {
    return this.#write(() => {
      this.#run(command.runId);
      const id = ++this.#lastId;
      this.#commands.push({ ...command, args: command.args ?? {}, id, at: this.#clock.now() });
      return id;
    });
  }

  async takeCommands(runIds: readonly RunId[]): Promise<readonly Command[]> {
    if (this.#commands.length === 0) return this.#read(() => []);
    return this.#write(() => {
      const isMine = (command: Command): boolean =>
        runIds.includes(command.runId) && this.#runs.get(command.runId)?.owner !== undefined;
      const taken = this.#commands.filter(isMine);
      this.#commands = this.#commands.filter((command) => !isMine(command));
      return taken;
    });
  }

  putBlob(bytes: Uint8Array): Promise<string> {
    return this.#write(() => this.#putBlob(bytes));
  }

  getBlob(hash: string): Promise<Uint8Array | undefined> {
    return this.#read(() => this.#blobs.get(hash)?.slice());
  }

  flushSync(): void {
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
    const pending = this.#pending;
    this.#pending = [];
    for (const { apply, reject } of pending) {
      try {
        apply();
      } catch (error) {
        reject(error);
      }
    }
  }

  async close(): Promise<void> {
    this.flushSync();
    this.#closed = true;
    for (const run of this.#runs.values()) run.owner = undefined;
    this.#wakes.wakeAll();
  }

  #write<T>(work: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(storeClosed());
    this.#immediate ??= setImmediate(() => this.flushSync());
    return new Promise((resolve, reject) => {
      this.#pending.push({ apply: () => resolve(work()), reject });
    });
  }

  async #read<T>(look: () => T): Promise<T> {
    if (this.#closed) throw storeClosed();
    return look();
  }

  #run(runId: RunId): MemoryRun {
    const run = this.#runs.get(runId);
    if (run === undefined) throw unknownRun(runId);
    return run;
  }

  #held(runId: RunId, epoch: number): MemoryRun {
    const run = this.#runs.get(runId);
    if (run?.owner === undefined || run.epoch !== epoch) throw notOwner({ runId, epoch });
    return run;
  }

  #byKey(workflow: string, key: string): MemoryRun | undefined {
    for (const run of this.#runs.values()) {
      if (run.created.workflow === workflow && run.created.idempotencyKey === key) return run;
    }
    return undefined;
  }

  #putBlob(bytes: Uint8Array): string {
    const hash = sha256Hex(bytes);
    if (!this.#blobs.has(hash)) this.#blobs.set(hash, bytes.slice());
    return hash;
  }

  #value(run: MemoryRun, seq: number): string | undefined {
    const { value, blob } = run.payload(seq);
    if (blob === undefined) return value;
    return Buffer.from(this.#blobs.get(blob) as Uint8Array).toString("utf8");
  }
}

function matches(row: RunRow, filter: RunFilter): boolean {
  return (
    (filter.workflow === undefined || row.workflow === filter.workflow) &&
    (filter.version === undefined || row.version === filter.version) &&
    (filter.status === undefined || row.status === filter.status) &&
    Object.entries(filter.tags ?? {}).every(([key, value]) => row.tags[key] === value)
  );
}
