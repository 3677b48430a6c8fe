/** Answers that take their time: an id at once, then the same answer; followed, shared, cancelled, and given up when nobody asks. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setTimeout as pause } from "node:timers/promises";
import type { LongAnswersOptions } from "../../src/app/long-answers.ts";
import type { RunningServer } from "../../src/server/listen.ts";
import { LONG_FUNCTIONS } from "../../src/app/long-functions.ts";
import { OPERATIONS } from "../../src/model/operations/catalog.ts";
import { ask, DEMO, Place, RememberingLauncher } from "./place.ts";

const place = new Place();
afterAll(() => place.remove());

const workspace = await place.workspaceWithDemo();

async function serve(answers?: LongAnswersOptions): Promise<RunningServer> {
  return place.serve(workspace, { launcher: new RememberingLauncher(), ...(answers ? { answers } : {}) });
}

/** Every question is a long one, and nobody waits for it. */
const SLOW = { smallEvents: 0, readyMs: 0 };
const PROFILE = `/api/runs/${DEMO}/profile`;

let quick: RunningServer;
let slow: RunningServer;
beforeAll(async () => {
  [quick, slow] = await Promise.all([serve(), serve(SLOW)]);
});

test("what reads whole logs says so, and has a function for the thread", () => {
  const long = OPERATIONS.filter(({ readsLogsOf }) => readsLogsOf !== undefined);
  expect(long.map(({ name }) => name).toSorted()).toEqual(Object.keys(LONG_FUNCTIONS).toSorted());
  for (const { readsLogsOf, input } of long)
    expect(Object.keys(input.shape)).toEqual(expect.arrayContaining([...readsLogsOf!]));
});

test("a small run is answered at once", async () => {
  expect((await ask(quick, PROFILE)).status).toBe(200);
});

test.each([
  ["a profile", PROFILE],
  ["what would have been", `${PROFILE}?limits=fetch=1`],
  ["a diff", `/api/diff?a=${DEMO}&b=${DEMO}`],
  ["a lineage", `/api/items/${DEMO}.2.0/lineage`],
  ["a first divergence", `/api/divergence?a=${DEMO}&b=${DEMO}`],
])("%s comes by its id, and is what it would have been at once", async (_, path) => {
  const { status, body, headers } = await ask(slow, path);
  expect(status).toBe(202);
  expect(headers.get("location")).toBe(`/api/operations/${String(body["id"])}`);
  expect(body).toMatchObject({ status: expect.stringMatching(/waiting|running/) as string });
  const end = await ask(slow, `/api/operations/${String(body["id"])}?waitMs=20000`);
  expect(end.body).toMatchObject({ status: "completed", id: body["id"] });
  expect(end.body["answer"]).toEqual((await ask(quick, path)).body);
});

test("in time, it is the answer itself", async () => {
  const patient = await serve({ smallEvents: 0, readyMs: 20_000 });
  expect(await ask(patient, PROFILE)).toMatchObject({ status: 200, body: { runId: DEMO } });
  expect(await ask(patient, `${PROFILE}?node=sho`)).toMatchObject({ status: 404, body: { error: { code: "WG6110" } } });
});

describe("an answer that is worked out", () => {
  const idOf = async (path: string): Promise<string> => String((await ask(slow, path)).body["id"]);

  test("is one for all who ask the same", async () => {
    const cold = await serve(SLOW);
    const [first, second, other] = await Promise.all(
      [PROFILE, PROFILE, `${PROFILE}?limit=3`].map(async (path) => (await ask(cold, path)).body["id"]),
    );
    expect(first).toEqual(expect.any(String));
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  test("tells the error that the operation ends with", async () => {
    const id = await idOf(`${PROFILE}?node=sho`);
    const { status, body } = await ask(slow, `/api/operations/${id}?waitMs=20000`);
    expect({ status, body }).toMatchObject({ status: 200, body: { status: "failed", error: { code: "WG6110" } } });
  });

  test("is cancelled by who has a token, and stays cancelled", async () => {
    // Its thread has to be started first, which gives time.
    const cold = await serve(SLOW);
    const path = `/api/operations/${String((await ask(cold, PROFILE)).body["id"])}`;
    expect((await ask(cold, `${path}/cancel`, { body: {} })).body).toMatchObject({ status: "cancelled" });
    expect((await ask(cold, `${path}/cancel`, { body: {}, headers: { authorization: "" } })).status).toBe(401);
    expect((await ask(cold, `${path}/cancel`)).status).toBe(405);
    expect((await ask(cold, path)).body).toMatchObject({ status: "cancelled", error: { code: "WG6116" } });
    // The thread that was ended is replaced.
    const again = `/api/operations/${String((await ask(cold, PROFILE)).body["id"])}?waitMs=20000`;
    const { status, events, progress } = (await ask(cold, again)).body;
    expect({ status, progress }).toEqual({
      status: "completed",
      progress: { done: events, total: events, unit: "events" },
    });
  });

  test("is given up when nobody asks after it", async () => {
    const forgetful = await serve({ ...SLOW, unaskedMs: 1 });
    const { body } = await ask(forgetful, PROFILE);
    await pause(30);
    expect((await ask(forgetful, `/api/operations/${String(body["id"])}`)).body["status"]).toBe("cancelled");
  });

  test("is unknown by another id", async () => {
    expect(await ask(slow, "/api/operations/none")).toMatchObject({ status: 404, body: { error: { code: "WG6115" } } });
  });
});
