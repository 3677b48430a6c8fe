/**
 * Every route with every method passes the gate: made from the operations, so that a new one is in it without being named.
 *
 * R1. Each pair is asked as nobody may ask (a foreign host, a foreign origin) and answered by the gate's own refusal, whatever the
 *     route does. Asked as a friend, no pair is answered by the gate.
 * R2. What changes something is asked without a token and as a form, too.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OPERATIONS } from "../../src/model/operations/catalog.ts";
import { isReached, type HttpRoute } from "../../src/model/operations/operation.ts";
import type { Workspace } from "../../src/app/workspace.ts";
import type { RunningServer } from "../../src/server/listen.ts";
import { DEMO, Place, RememberingLauncher, WORDS } from "./place.ts";
import { exchange, type RawAnswer } from "./raw.ts";

const METHODS = ["GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"] as const;
/** What stands for a path parameter; each leads to something that there is. */
const PARAMETERS: Readonly<Record<string, string>> = {
  run: DEMO,
  call: `${DEMO}.2`,
  item: `${DEMO}.2.0`,
  address: `${DEMO}.2.0`,
  name: "loud",
  workflow: "loud",
  code: "WG1001",
};
const others = [
  "/",
  "/index.html",
  "/assets/app.js",
  "/runs/anything",
  "/api/openapi.json",
  "/api/nothing",
  "/mounted",
];

const place = new Place();
let server: RunningServer;
let launcher: RememberingLauncher;
let workspace: Workspace;
beforeAll(async () => {
  place.write("words.workflow.ts", WORDS);
  place.write("ui/index.html", "<!doctype html>");
  place.write("ui/assets/app.js", "export {};");
  launcher = new RememberingLauncher();
  workspace = await place.workspaceWithDemo();
  server = await place.serve(workspace, {
    launcher,
    uiFolder: join(place.dir, "ui"),
    mounts: [{ path: "/mounted", handle: async (_, { caller, access }) => Response.json({ caller, access }) }],
  });
  await server.handler.registration.refresh();
});
afterAll(() => place.remove());

const paths = [
  ...OPERATIONS.flatMap(({ http }) =>
    isReached(http)
      ? [(http as HttpRoute).path.replaceAll(/\{(\w+)\}/g, (_, name: string) => PARAMETERS[name] ?? "x")]
      : [],
  ),
  ...others,
];

interface How {
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: "page" | "none";
  readonly type?: string;
}

function send(method: string, path: string, how: How = {}): Promise<RawAnswer> {
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${how.host ?? `127.0.0.1:${server.port}`}`, "Connection: close"];
  if (how.token !== "none") lines.push(`Authorization: Bearer ${server.token}`);
  if (method !== "GET" && method !== "HEAD")
    lines.push(`Content-Type: ${how.type ?? "application/json"}`, "Content-Length: 2");
  for (const [name, value] of Object.entries(how.headers ?? {})) lines.push(`${name}: ${value}`);
  const body = method === "GET" || method === "HEAD" ? "" : "{}";
  const isStream = (text: string): boolean =>
    /content-type: text\/event-stream/i.test(text) && text.includes("\r\n\r\n");
  return exchange([`${lines.join("\r\n")}\r\n\r\n${body}`], { port: server.port, until: isStream, withinMs: 30_000 });
}

/** The code in the body, or "" for a HEAD. */
function codeOf({ text }: RawAnswer): string {
  return /"code":"(WG\d{4})"/.exec(text)?.[1] ?? "";
}

const HEADERS = ["x-content-type-options: nosniff", "content-security-policy: ", "x-frame-options: deny"];
const GATE = new Set(["WG6001", "WG6002", "WG6003", "WG6004", "WG6007", "WG6008", "WG6013"]);

describe.each([...new Set(paths)].map((path) => ({ path })))("$path", ({ path }) => {
  test("is refused to a foreign host and to a foreign origin, with every method", async () => {
    for (const method of METHODS) {
      const answers = await Promise.all([
        send(method, path, { host: `evil.example:${server.port}` }),
        send(method, path, { headers: { Origin: "http://evil.example" } }),
        send(method, path, { headers: { Origin: "null" } }),
      ]);
      const codes = method === "HEAD" ? ["", "", ""] : ["WG6001", "WG6002", "WG6002"];
      expect(
        answers.map((answer) => [answer.statuses, codeOf(answer)]),
        method,
      ).toEqual([421, 403, 403].map((status, index) => [[status], codes[index]]));
    }
  });

  test("is answered behind the gate when a friend asks, with every method", async () => {
    for (const method of METHODS) {
      const answer = await send(method, path);
      const said = `${method}: ${answer.text.slice(0, 400)}`;
      expect(answer.statuses, said).toHaveLength(1);
      expect(GATE.has(codeOf(answer)), said).toBe(false);
      expect(answer.statuses[0], said).toBeLessThan(500);
      expect(answer.text.toLowerCase(), said).not.toContain("access-control-");
      const missing = HEADERS.filter((header) => !answer.text.toLowerCase().includes(header));
      expect(path === "/mounted" ? [] : missing, said).toEqual([]);
    }
  });

  test("changes nothing without a token, or as a form", async () => {
    const before = launcher.launched.length;
    for (const method of METHODS.filter((one) => one !== "GET" && one !== "HEAD")) {
      const [none, form] = await Promise.all([
        send(method, path, { token: "none" }),
        send(method, path, { type: "application/x-www-form-urlencoded" }),
      ]);
      const known = method === "POST" || method === "DELETE";
      expect([none, form].map(codeOf), method).toEqual(known ? ["WG6004", "WG6003"] : ["WG6006", "WG6006"]);
    }
    expect(launcher.launched.length).toBe(before);
  });
});

test("a link in another site opens a page of the UI, and no data", async () => {
  const link = {
    headers: { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" },
  };
  const statuses = async (path: string): Promise<readonly number[]> =>
    (await send("GET", path, { ...link, token: "none" })).statuses;
  expect([await statuses("/"), await statuses(`/runs/${DEMO}`)]).toEqual([[200], [200]]);
  expect([await statuses("/api/runs"), await statuses("/mounted")]).toEqual([[403], [403]]);
});

test("no GET and no HEAD changes anything, whoever asks", async () => {
  const state = async (): Promise<string> =>
    JSON.stringify([
      await workspace.store.runs(),
      launcher.launched.length,
      launcher.resumed.length,
      launcher.forked.length,
    ]);
  const before = await state();
  for (const path of new Set(paths)) await Promise.all([send("GET", path), send("HEAD", path)]);
  expect(await state()).toBe(before);
});

test("a path says which methods it has", async () => {
  expect((await send("DELETE", "/api/runs")).text).toMatch(/\r\nallow: GET, HEAD\r\n/i);
});

test("the routes are those of the operations, and a friend was let in", () => {
  expect(paths.length).toBeGreaterThan(30);
  expect(launcher.launched.length).toBeGreaterThan(0);
});
