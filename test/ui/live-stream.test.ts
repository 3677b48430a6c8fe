/** The pages' stream reading: with a token where one is wanted, and without a gap over lost connections. The server is the real one. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createRun } from "../../src/app/fixtures/recorded-run.ts";
import { seededRandom } from "../../src/base/random.ts";
import type { RunEvent } from "../../src/model/events.ts";
import { createHandler, type Handler } from "../../src/server/handler.ts";
import type { Store } from "../../src/store/store.ts";
import { Place, RememberingLauncher } from "../server/place.ts";

// By address: what the pages are made of is checked with the types of a browser, and this file is not.
const { get } = (await import(new URL("../../ui/api/client.ts", import.meta.url).href)) as {
  get<T>(path: string): Promise<T>;
};
const { LiveStream } = (await import(new URL("../../ui/api/live-stream.ts", import.meta.url).href)) as {
  LiveStream: new (url: string, events: StreamEvents) => { close(): void };
};

interface StreamEvents {
  message(message: { readonly event: string; readonly data: string }): void;
  open(): void;
  lost(): void;
}

const RUN = "01JD7FFFFFFFFFFFFFFFFFFFFF";
const TOKEN = "the-token-of-the-page";
const HERE = "http://127.0.0.1:4400";

const place = new Place();
let handler: Handler;
let store: Store;
/** What was asked, with the token that was sent. */
const asked: { readonly path: string; readonly hasToken: boolean; readonly lastId: string | null }[] = [];
/** Bytes after which the answer to a request is cut; never, where there is none. */
let cutAfter: () => number | undefined = () => undefined;

beforeEach(async () => {
  const workspace = await place.workspace();
  ({ store } = workspace);
  handler = await createHandler(workspace, {
    launcher: new RememberingLauncher(),
    reading: "token",
    pageToken: { token: TOKEN, caller: { kind: "page", id: "page" } },
  });
  asked.length = 0;
  cutAfter = () => undefined;
  vi.stubGlobal("sessionStorage", { getItem: () => TOKEN });
  vi.stubGlobal("fetch", async (url: string, { signal, headers }: RequestInit = {}) => {
    const request = new Request(new URL(url, HERE), { headers: { host: "127.0.0.1:4400", ...(headers as object) } });
    const { pathname } = new URL(request.url);
    asked.push({
      path: pathname,
      hasToken: request.headers.get("authorization") === `Bearer ${TOKEN}`,
      lastId: request.headers.get("last-event-id"),
    });
    const response = await handler.fetch(request);
    const body = response.body?.pipeThrough(cutting(cutAfter()), signal ? { signal } : {});
    return new Response(body ?? null, { status: response.status, headers: response.headers });
  });
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await handler.close(0);
  await place.remove();
});

function cutting(after: number | undefined): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let left = after ?? Infinity;
  return new TransformStream({
    transform(bytes, controller) {
      controller.enqueue(bytes.subarray(0, Math.min(left, bytes.length)));
      left -= bytes.length;
      if (left <= 0) controller.error(new Error("the connection was lost"));
    },
  });
}

async function recordEvents(count: number): Promise<void> {
  await createRun(store, RUN);
  const { epoch, seq } = await store.acquire(RUN);
  const at = 1_700_000_000_000;
  const events = Array.from({ length: count }, (_, index): { event: RunEvent } => ({
    event: { type: "run.cancelling", at, by: "ü".repeat(index % 50) },
  }));
  await store.append({ runId: RUN, epoch, expectedSeq: seq, events });
}

test("a stream wants the token only where reading does, and goes on over lost connections without a gap or an event twice", async () => {
  await recordEvents(300);
  const chance = seededRandom("cuts");
  cutAfter = () => 500 + Math.floor(chance() * 8_000);
  const seqs: number[] = [];
  let opened = 0;
  let lost = 0;
  const { total } = await store.runs({}).then(({ runs }) => ({ total: runs[0]!.seq }));
  // The pages' waiting is a fiftieth of what it is in a browser.
  const { setTimeout } = globalThis;
  vi.stubGlobal("setTimeout", (run: () => void, ms = 0) => setTimeout(run, ms / 50));
  await new Promise<void>((resolve) => {
    const stream = new LiveStream(`/api/runs/${RUN}/stream?after=0`, {
      open: () => void (opened += 1),
      lost: () => void (lost += 1),
      message: ({ event, data }) => {
        if (event !== "event") return;
        seqs.push((JSON.parse(data) as { readonly seq: number }).seq);
        if (seqs.at(-1) !== total) return;
        stream.close();
        resolve();
      },
    });
  });
  expect(seqs).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  expect(lost).toBeGreaterThan(2);
  expect(opened).toBe(lost + 1);
  expect(asked.slice(0, 2).map(({ hasToken }) => hasToken)).toEqual([false, true]);
  expect(asked.slice(1).every(({ hasToken }) => hasToken)).toBe(true);
  const resumed = asked.slice(2).map(({ lastId }) => Number(lastId));
  expect(resumed).toEqual(resumed.toSorted((a, b) => a - b));
});

test("what was wanted once is sent from then on, and a refusal of the token itself is an error", async () => {
  expect(await get<{ readonly runs: unknown[] }>("/api/runs")).toMatchObject({ runs: [] });
  await get("/api/runs");
  expect(asked.map(({ hasToken }) => hasToken).slice(-2)).toEqual([true, true]);
  vi.stubGlobal("sessionStorage", { getItem: () => "of-another-server" });
  await expect(get("/api/runs")).rejects.toMatchObject({ status: 401, code: "WG6004" });
});
