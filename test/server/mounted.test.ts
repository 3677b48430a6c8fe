/** `wg.fetch` in a server of one's own: the same answers behind the same gate. */
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createToken } from "../../src/app/tokens.ts";
import { findProject } from "../../src/app/project.ts";
import { openWorkgraph, type Workgraph } from "../../src/index.ts";
import { exchange } from "./raw.ts";
import { Place, WORDS } from "./place.ts";

let place: Place;
let wg: Workgraph;
let mounted: Server;
beforeEach(() => {
  place = new Place();
  place.write("words.workflow.ts", WORDS);
});
afterEach(async () => {
  await wg.close();
  mounted.closeAllConnections();
  mounted.close();
  await place.remove();
});

async function mount(options: { readonly hosts?: readonly string[] } = {}): Promise<number> {
  wg = await openWorkgraph({ dir: place.dir, ...options });
  const listener = getRequestListener(wg.fetch, { overrideGlobalObjects: false });
  mounted = createServer((incoming, outgoing) => void listener(incoming, outgoing)).listen(0, "127.0.0.1");
  await once(mounted, "listening");
  return (mounted.address() as AddressInfo).port;
}

test("it answers, and launches in a process of its own", async () => {
  const port = await mount();
  const { token } = await createToken(await findProject({ from: place.dir }), { name: "ci", access: "launch" });
  const launched = await fetch(`http://127.0.0.1:${port}/api/workflows/loud/runs`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: '{"input":{"text":"a b"}}',
  });
  expect(launched.status).toBe(201);
  const { runId } = (await launched.json()) as { runId: string };
  const waited = (await (await fetch(`http://127.0.0.1:${port}/api/runs/${runId}/wait`)).json()) as object;
  expect(waited).toMatchObject({ status: "completed", caller: { kind: "token", id: "ci" } });
});

test("a foreign host, a foreign origin and a form are refused there, too", async () => {
  const port = await mount();
  const send = async (...lines: readonly string[]): Promise<number | undefined> =>
    (await exchange([`${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`], { port })).statuses[0];
  const own = `Host: 127.0.0.1:${port}`;
  expect(await send("GET /api/runs HTTP/1.1", own)).toBe(200);
  expect(await send("GET /api/runs HTTP/1.1", "Host: evil.example")).toBe(421);
  expect(await send("GET /api/runs HTTP/1.1", own, "Origin: http://evil.example")).toBe(403);
  expect(await send("GET /api/runs HTTP/1.1", own, "Origin: null")).toBe(403);
  expect(
    await send("POST /api/workflows/loud/runs HTTP/1.1", own, "Content-Type: text/plain", "Content-Length: 0"),
  ).toBe(415);
});

test("under names of its own it serves those and no others, and reading needs a token", async () => {
  const port = await mount({ hosts: ["runs.example"] });
  const send = async (host: string): Promise<number | undefined> =>
    (await exchange([`GET /api/runs HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`], { port })).statuses[0];
  expect([await send("runs.example"), await send(`127.0.0.1:${port}`)]).toEqual([401, 421]);
});

test("tools are asked there, too, behind the same gate", async () => {
  const port = await mount();
  const { token } = await createToken(await findProject({ from: place.dir }), { name: "agent", access: "read" });
  const ask = async (headers: Record<string, string>): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/mcp`, {
      method: "POST",
      headers: { accept: "application/json, text/event-stream", "content-type": "application/json", ...headers },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
    });
  const own = { authorization: `Bearer ${token}` };
  expect((await ask({})).status).toBe(401);
  expect((await ask({ ...own, origin: "http://evil.example" })).status).toBe(403);
  const { result } = (await (await ask(own)).json()) as { readonly result: { readonly tools: { name: string }[] } };
  expect(result.tools.map(({ name }) => name)).toContain("runs_first_divergence");
});
