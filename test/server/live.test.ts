/** Following runs: every event once and in order, whoever is slow, whoever comes late, whoever writes. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRun, recordDemo } from "../../src/app/fixtures/recorded-run.ts";
import type { Workspace } from "../../src/app/workspace.ts";
import type { AppendedEvent } from "../../src/model/events.ts";
import { DEFENCES } from "../../src/server/defences.ts";
import { SOCKET_LIMITS, type RunningServer, type ServeOptions } from "../../src/server/listen.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { EventSourceClient, isEvent, seqOf, type Message } from "./event-source.ts";
import { DEMO, Place, RememberingLauncher } from "./place.ts";

const LIVE = "01JD7EEEEEEEEEEEEEEEEEEEEE";

let place: Place;
let workspace: Workspace;
let writing: Store;
const clients: EventSourceClient[] = [];

beforeEach(async () => {
  place = new Place();
  workspace = await place.workspace();
  // Another connection to the same data folder, as another process has one.
  writing = await openSqliteStore({ dir: workspace.project.dataDir });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await writing.close();
  await place.remove();
});

async function serve(streams: ServeOptions["streams"] = {}, over: Workspace = workspace): Promise<RunningServer> {
  return place.serve(over, { launcher: new RememberingLauncher(), streams });
}

async function serveStill(stillMs: number): Promise<RunningServer> {
  const parts = { defences: DEFENCES, socket: { ...SOCKET_LIMITS, stillMs } };
  return place.serve(workspace, { launcher: new RememberingLauncher(), streams: { heartbeatMs: stillMs / 3 } }, parts);
}

async function follow(
  server: RunningServer,
  path: string,
  headers?: Record<string, string>,
): Promise<EventSourceClient> {
  const client = await EventSourceClient.open(new URL(path, server.url).href, headers);
  clients.push(client);
  return client;
}

/** A run that this test writes, event by event. */
class LiveRun {
  #epoch = 0;
  seq = 0;

  async start(): Promise<void> {
    await createRun(writing, LIVE);
    ({ epoch: this.#epoch, seq: this.seq } = await writing.acquire(LIVE));
    const at = Date.now();
    await this.append([{ event: { type: "run.started", at, epoch: this.#epoch, owner: "o", seed: "s", clock: at } }]);
  }

  async append(events: readonly AppendedEvent[]): Promise<void> {
    await writing.append({ runId: LIVE, epoch: this.#epoch, expectedSeq: this.seq, events });
    this.seq += events.length;
  }

  /** So many events of `length` characters. */
  async emit(count: number, length = 20): Promise<void> {
    const at = Date.now();
    const by = "x".repeat(length);
    await this.append(Array.from({ length: count }, () => ({ event: { type: "run.cancelling", at, by } as const })));
  }

  async goOn(): Promise<void> {
    ({ epoch: this.#epoch, seq: this.seq } = await writing.acquire(LIVE));
    const at = Date.now();
    const event = {
      type: "run.resumed",
      at,
      epoch: this.#epoch,
      owner: "o",
      reason: "explicit",
      reopened: [],
    } as const;
    await this.append([{ event }]);
  }

  async end(): Promise<void> {
    await this.append([{ event: { type: "run.completed", at: Date.now(), partial: false }, value: "1" }]);
    await writing.release(LIVE, this.#epoch);
  }
}

const seqs = (messages: readonly Message[]): readonly number[] => messages.filter(isEvent).map(seqOf);
const upTo = (count: number, from = 1): readonly number[] =>
  Array.from({ length: count - from + 1 }, (_, at) => at + from);

describe("a run that has ended", () => {
  beforeEach(() => recordDemo(workspace.store, DEMO));

  test("is told whole, each event with its seq as id, then its end", async () => {
    const client = await follow(await serve(), `/api/runs/${DEMO}/stream`);
    const messages = await client.until(() => false);
    const { seq } = (await workspace.store.run(DEMO))!;
    expect(seqs(messages)).toEqual(upTo(seq));
    expect(messages.filter(isEvent).every((message) => Number(message.id) === seqOf(message))).toBe(true);
    expect(messages[0]).toMatchObject({ event: "status" });
    expect(messages.at(-1)).toMatchObject({
      event: "end",
      data: expect.stringContaining('"status":"completed_partial"'),
    });
  });

  test("goes on behind Last-Event-ID, or behind `after`", async () => {
    const server = await serve();
    const [header, field] = await Promise.all([
      follow(server, `/api/runs/${DEMO}/stream`, { "Last-Event-ID": "7" }),
      follow(server, `/api/runs/${DEMO}/stream?after=7`),
    ]);
    const { seq } = (await workspace.store.run(DEMO))!;
    for (const client of [header, field]) expect(seqs(await client.until(() => false))).toEqual(upTo(seq, 8));
  });

  test("is filtered by type and by call", async () => {
    const server = await serve();
    const types = await follow(server, `/api/runs/${DEMO}/stream?types=item.failed,run.completed`);
    const found = (await types.until(() => false))
      .filter(isEvent)
      .map(({ data }) => JSON.parse(data).event.type as string);
    expect(found).toEqual(["item.failed", "run.completed"]);
    const call = await follow(server, `/api/runs/${DEMO}/stream?call=1`);
    expect((await call.until(() => false)).filter(isEvent)).toHaveLength(4);
  });
});

describe("a run that another process writes", () => {
  test("is told as it is committed, and its end when it ends", async () => {
    const run = new LiveRun();
    await run.start();
    const client = await follow(await serve(), `/api/runs/${LIVE}/stream`);
    expect(seqs(await client.until((message) => isEvent(message) && seqOf(message) === 2))).toEqual([1, 2]);
    for (let round = 0; round < 20; round++) {
      await run.emit(5);
      const got = await client.until((message) => isEvent(message) && seqOf(message) === run.seq);
      expect(seqs(got)).toEqual(upTo(run.seq, run.seq - 4));
    }
    await run.end();
    const rest = await client.until(() => false);
    expect(rest.at(-1)).toMatchObject({ event: "end", data: expect.stringContaining('"status":"completed"') });
  });

  test("is followed again after its end, when somebody goes on with it", async () => {
    const run = new LiveRun();
    await run.start();
    const server = await serve();
    const first = await follow(server, `/api/runs/${LIVE}/stream`);
    await run.end();
    expect((await first.until(() => false)).at(-1)).toMatchObject({ event: "end" });
    await run.goOn();
    const again = await follow(server, `/api/runs/${LIVE}/stream?after=${first.lastId}`);
    const messages = await again.until((message) => isEvent(message));
    expect(messages.at(-1)!.data).toContain("run.resumed");
  });

  test("reads as interrupted when its owner is gone, though its log says nothing", async () => {
    const run = new LiveRun();
    await run.start();
    const client = await follow(await serve(), `/api/runs/${LIVE}/stream`);
    await client.until((message) => isEvent(message) && seqOf(message) === 2);
    await writing.close();
    const [...messages] = await client.until(({ event }) => event === "status");
    expect(messages.at(-1)!.data).toContain('"status":"interrupted"');
  });
});

describe("a hundred clients", () => {
  /** The store, counting what is read from it. */
  function counting(): { readonly over: Workspace; readonly reads: { events: number; tails: number } } {
    const reads = { events: 0, tails: 0 };
    const { store } = workspace;
    const counted = new Proxy(store, {
      get(target, name) {
        if (name === "events") reads.events += 1;
        if (name === "tail") reads.tails += 1;
        const value = Reflect.get(target, name) as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    return { over: { ...workspace, store: counted }, reads };
  }

  test("cost one reading of the log, from its beginning and as it grows", async () => {
    const run = new LiveRun();
    await run.start();
    await run.emit(600);
    const { over, reads } = counting();
    const server = await serve({}, over);
    const followers = await Promise.all(Array.from({ length: 100 }, () => follow(server, `/api/runs/${LIVE}/stream`)));
    const last = run.seq + 200;
    const reading = followers.map((client) => client.until((message) => isEvent(message) && seqOf(message) === last));
    for (let round = 0; round < 20; round++) await run.emit(10);
    const all = await Promise.all(reading);
    for (const messages of all) expect(seqs(messages)).toEqual(upTo(last));
    expect(reads.tails).toBe(1);
    // 2 pages, and the growing last one again for those that came while it grew.
    expect(reads.events).toBeLessThan(20);
  });
});

describe("a slow client", () => {
  test("holds nobody up, is dropped with a marker, and catches up without gap or duplicate", async () => {
    const run = new LiveRun();
    await run.start();
    const server = await serve({ tailBytes: 100_000, slowMs: 700 });
    const slow = await follow(server, `/api/runs/${LIVE}/stream`);
    const quick = await follow(server, `/api/runs/${LIVE}/stream`);
    const before = await slow.until((message) => isEvent(message) && seqOf(message) === 2);
    const total = 2 + 40 * 75;
    const reading = quick.until((message) => isEvent(message) && seqOf(message) === total);
    // 12 MB: more than sockets buffer. The slow one reads nothing meanwhile.
    for (let round = 0; round < 40; round++) await run.emit(75, 4_000);
    expect(seqs(await reading)).toEqual(upTo(total));
    await sleep(800);
    const partly = await slow.until(({ event }) => event === "dropped");
    expect(partly.at(-1)).toMatchObject({ event: "dropped" });
    expect(await slow.next()).toBeUndefined();
    const again = await follow(server, `/api/runs/${LIVE}/stream`, { "Last-Event-ID": slow.lastId });
    const rest = await again.until((message) => isEvent(message) && seqOf(message) === total);
    expect(seqs([...before, ...partly, ...rest])).toEqual(upTo(total));
  });

  test("that takes nothing for long is let go", async () => {
    const run = new LiveRun();
    await run.start();
    const server = await serveStill(2_500);
    const alive = await follow(server, `/api/runs/${LIVE}/stream?types=run.completed`);
    const living = alive.until(() => false).catch(() => undefined);
    const dead = await follow(server, `/api/runs/${LIVE}/stream`);
    await dead.until((message) => isEvent(message) && seqOf(message) === 2);
    expect(server.handler.openStreams).toBe(2);
    for (let round = 0; round < 20; round++) await run.emit(200, 4_000);
    await expect.poll(() => server.handler.openStreams, { timeout: 20_000 }).toBe(1);
    alive.close();
    await living;
  });
});

describe("a stream", () => {
  test("says now and then that it is alive, with the id that was reached behind a filter", async () => {
    const run = new LiveRun();
    await run.start();
    await run.emit(3);
    const client = await follow(await serve({ heartbeatMs: 20 }), `/api/runs/${LIVE}/stream?types=run.completed`);
    const reading = client.until(() => false).catch(() => undefined);
    await expect.poll(() => client.comments).toBeGreaterThan(2);
    expect(client.lastId).toBe("5");
    client.close();
    await reading;
  });

  test("is closed by its reader at once, and there are only so many", async () => {
    await recordDemo(workspace.store, DEMO);
    const run = new LiveRun();
    await run.start();
    const server = await serve({ maxStreams: 2 });
    const first = await follow(server, `/api/runs/${LIVE}/stream`);
    await follow(server, "/api/stream");
    await expect(follow(server, `/api/runs/${LIVE}/stream`)).rejects.toThrow("503");
    await expect(follow(server, `/api/runs/${DEMO}/stream`)).rejects.toThrow("WG6014");
    first.close();
    await expect.poll(() => server.handler.openStreams).toBe(1);
    await follow(server, `/api/runs/${LIVE}/stream`);
  });

  test("ends with its server, and says so", async () => {
    const run = new LiveRun();
    await run.start();
    const server = await serve();
    const client = await follow(server, `/api/runs/${LIVE}/stream`);
    await client.until((message) => isEvent(message) && seqOf(message) === 2);
    const since = performance.now();
    await server.close(1_000);
    expect(performance.now() - since).toBeLessThan(1_000);
    expect(await client.until(() => false)).toMatchObject([{ event: "closing" }]);
  });
});

describe("the list of runs", () => {
  test("begins with the newest and tells what changes", async () => {
    await recordDemo(workspace.store, DEMO);
    const client = await follow(await serve(), "/api/stream");
    const begin = (await client.next())!;
    expect(begin.event).toBe("runs");
    expect(JSON.parse(begin.data)).toMatchObject({ runs: [{ runId: DEMO, status: "completed_partial" }] });
    const run = new LiveRun();
    await run.start();
    const changed = await client.until(({ data }) => data.includes('"status":"running"'));
    expect(JSON.parse(changed.at(-1)!.data)).toMatchObject({ runId: LIVE, status: "running" });
    await run.end();
    const ended = await client.until(({ data }) => data.includes('"status":"completed"'));
    expect(JSON.parse(ended.at(-1)!.data)).toMatchObject({ runId: LIVE });
  });
});
