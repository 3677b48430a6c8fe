/**
 * Every hostile request is refused by the product, and succeeds where its defences are taken away.
 *
 * R1. Sent as bytes over a socket to a real server. The product's limits of time are shortened, nothing else is changed.
 * R2. A kind that does no harm without defences fails: its refusal would prove nothing.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createToken, revokeToken } from "../../src/app/tokens.ts";
import { DEFENCES } from "../../src/server/defences.ts";
import { SOCKET_LIMITS, type RunningServer } from "../../src/server/listen.ts";
import { HOSTILE, type Hostile, type Scene } from "./hostile.ts";
import { Place, RememberingLauncher, WORDS } from "./place.ts";
import { exchange, type RawAnswer } from "./raw.ts";
import { UNGUARDED, UNLIMITED } from "./unguarded.ts";

const SECRET = "what nobody outside may read";
const SHORT = { ...SOCKET_LIMITS, headersTimeout: 250, requestTimeout: 400, connectionsCheckingInterval: 50 };
/** Longer than SHORT allows. */
const HELD_MS = 900;

interface Target {
  readonly server: RunningServer;
  readonly launcher: RememberingLauncher;
  readonly scene: Scene;
}

const place = new Place();
let guarded: Target;
let unguarded: Target;

beforeAll(async () => {
  place.write("words.workflow.ts", WORDS);
  place.write("ui/index.html", "<!doctype html><title>page</title>");
  place.write("ui/assets/app.js", "export {};");
  const secretPath = place.write("secret.txt", SECRET);
  place.link("ui/assets/link.txt", secretPath);
  place.link("ui/assets/outside", place.dir);
  const workspace = await place.workspaceWithDemo();
  const { token: readToken } = await createToken(workspace.project, { name: "reader", access: "read" });
  const { token: revokedToken } = await createToken(workspace.project, { name: "gone", access: "admin" });
  await revokeToken(workspace.project, "gone");
  const options = { uiFolder: join(place.dir, "ui") };
  const target = async (parts: Parameters<Place["serve"]>[2]): Promise<Target> => {
    const launcher = new RememberingLauncher();
    const server = await place.serve(workspace, { ...options, launcher }, parts);
    await server.handler.registration.refresh();
    const scene = { port: server.port, token: server.token, readToken, revokedToken, secretPath };
    return { server, launcher, scene };
  };
  guarded = await target({ defences: DEFENCES, socket: SHORT });
  unguarded = await target({ defences: UNGUARDED, socket: UNLIMITED });
});
afterAll(async () => {
  await place.remove();
  await rm(place.dir, { recursive: true, force: true });
});

interface Outcome {
  readonly harmed: boolean;
  readonly answer: RawAnswer;
}

async function send({ server, launcher, scene }: Target, hostile: Hostile): Promise<Outcome> {
  const launchesBefore = launcher.launched.length;
  const isHeld = hostile.harm === "held";
  const wanted = hostile.harm === "second-served" ? 2 : 1;
  const answer = await exchange(hostile.bytes(scene), {
    port: server.port,
    ...(isHeld ? { withinMs: HELD_MS } : { until: (text) => isWhole(text, wanted) }),
  });
  const served = answer.statuses.filter((status) => status >= 200 && status < 300).length;
  switch (hostile.harm) {
    case "served":
      return { harmed: served > 0, answer };
    case "launched":
      return { harmed: launcher.launched.length > launchesBefore, answer };
    case "leaked":
      return { harmed: answer.text.includes(SECRET), answer };
    case "held":
      return { harmed: !answer.closed, answer };
    case "second-served":
      return { harmed: served > 1, answer };
  }
}

/** So many responses have begun and what belongs to the last has come; a stream has no end. */
function isWhole(text: string, count: number): boolean {
  const responses = text.split(/(?=HTTP\/1\.1 \d{3})/).filter((part) => part.startsWith("HTTP/1.1"));
  const last = responses.at(-1) ?? "";
  if (responses.length < count || !last.includes("\r\n\r\n")) return false;
  if (/content-type: text\/event-stream/i.test(last)) return true;
  const length = Number(/content-length: (\d+)/i.exec(last)?.[1] ?? Number.NaN);
  return Number.isNaN(length) ? false : last.split("\r\n\r\n").slice(1).join("\r\n\r\n").length >= length;
}

test("there are many kinds, each once", () => {
  expect(new Set(HOSTILE.map(({ kind }) => kind)).size).toBe(HOSTILE.length);
  expect(HOSTILE.length).toBeGreaterThanOrEqual(50);
});

describe("the product refuses", () => {
  test.concurrent.each(HOSTILE)("$kind", async (hostile) => {
    const { harmed, answer } = await send(guarded, hostile);
    expect(harmed, answer.text.slice(0, 500)).toBe(false);
    // Refused, not forgotten: it says so, or ends the connection.
    const refused = answer.statuses.some((status) => status >= 400 && status < 500);
    expect(refused || answer.closed, answer.text.slice(0, 500)).toBe(true);
  });

  test("all of that without saying anything to other origins", async () => {
    for (const hostile of HOSTILE) {
      if (hostile.harm === "held") continue;
      const { answer } = await send(guarded, hostile);
      expect(answer.text.toLowerCase(), hostile.kind).not.toContain("access-control-");
    }
  });
});

describe("without its defences it would be hurt by", () => {
  // One after the other: a run that was launched belongs to the request that was sent.
  test.each(HOSTILE)("$kind", async (hostile) => {
    const { harmed, answer } = await send(unguarded, hostile);
    expect(harmed, answer.text.slice(0, 500)).toBe(true);
  });
});

test("more connections than there may be are not answered", async () => {
  const few = await place.serve(
    await place.workspace(),
    { launcher: new RememberingLauncher() },
    {
      defences: DEFENCES,
      socket: { ...SOCKET_LIMITS, maxConnections: 3 },
    },
  );
  const held = Array.from({ length: 3 }, () => exchange([], { port: few.port, withinMs: 600 }));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const bytes = [`GET /api/health HTTP/1.1\r\nHost: 127.0.0.1:${few.port}\r\nConnection: close\r\n\r\n`];
  expect((await exchange(bytes, { port: few.port, withinMs: 400 })).statuses).toEqual([]);
  await Promise.all(held);
  await expect.poll(async () => (await exchange(bytes, { port: few.port })).statuses).toEqual([200]);
});
