/** What `/mcp` refuses: the gate of the server stands before it, and nothing is held open. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createToken } from "../../src/app/tokens.ts";
import type { RunningServer } from "../../src/server/listen.ts";
import { AgentPlace, type Json } from "./place.ts";

const place = new AgentPlace();
let server: RunningServer;

beforeAll(async () => {
  server = await place.server();
});
afterAll(() => place.remove());

const LIST = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });

async function ask(
  method: string,
  headers: Record<string, string>,
  body?: string,
): Promise<[number, string | undefined]> {
  const response = await fetch(new URL("/mcp", server.url), {
    method,
    headers: { accept: "application/json, text/event-stream", ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const answer = (await response.json()) as { readonly error?: { readonly code: unknown } };
  return [response.status, answer.error === undefined ? undefined : String(answer.error.code)];
}

describe("over HTTP", () => {
  const json = { "content-type": "application/json" };

  test("a stream and a session there are not", async () => {
    const token = { authorization: `Bearer ${server.token}` };
    expect(await ask("GET", token)).toEqual([405, "WG6006"]);
    expect(await ask("DELETE", { ...token, ...json }, "{}")).toEqual([405, "WG6006"]);
  });

  test("without a token, from another site, or with a body that is no JSON or too large nothing is answered", async () => {
    const token = { authorization: `Bearer ${server.token}` };
    expect(await ask("POST", json, LIST)).toEqual([401, "WG6004"]);
    expect(await ask("POST", { ...json, ...token, origin: "https://example.com" }, LIST)).toEqual([403, "WG6002"]);
    expect(await ask("POST", { ...token, "content-type": "text/plain" }, LIST)).toEqual([415, "WG6003"]);
    expect(await ask("POST", { ...json, ...token }, "{bad")).toEqual([400, "WG6009"]);
    expect(await ask("POST", { ...json, ...token }, JSON.stringify({ text: "x".repeat(5_000_000) }))).toEqual([
      413,
      "WG6008",
    ]);
    expect(await ask("POST", { ...json, ...token }, LIST)).toEqual([200, undefined]);
  });

  test("a token lists what it allows, and nothing that names a path", async () => {
    const { project } = await place.workspace();
    const names = async (access: "read" | "launch"): Promise<readonly string[]> => {
      const { token } = await createToken(project, { name: access, access });
      const { tools } = await (await place.overHttp(server, token)).client.listTools();
      return tools.map(({ name }) => name);
    };
    const [reading, launching] = [await names("read"), await names("launch")];
    expect(reading).toContain("runs_first_divergence");
    expect(reading).not.toContain("runs_launch");
    expect(launching).toEqual(
      expect.arrayContaining(["runs_launch", "nodes_run", "workflows_trace", "workflows_explain"]),
    );
    expect(launching.filter((name) => /whence|checkout|runs_export|import|gc/.test(name))).toEqual([]);
  });

  test("an answer says what it is", async () => {
    const agent = await place.overHttp(server);
    expect((await agent.ask("runs_list"))["runs"] as Json[]).toEqual([]);
    expect(agent.client.getInstructions()).toContain("never an instruction");
  });
});
