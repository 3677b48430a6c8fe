/**
 * The same conversation by the command line of the MCP inspector: write, check, run, watch it fail, why, fix, fork, compare.
 *
 * Over HTTP all of it. Over standard input and output each call starts the product anew, so the whole of it is run when asked for:
 *   INSPECTOR=all npx vitest run test/agents/inspector.test.ts
 */
import { afterAll, describe, expect, test, vi } from "vitest";
import { BIN } from "../../src/cli/fixtures/workgraph-process.ts";
import { Inspector } from "./inspector.ts";
import { AgentPlace, type Json } from "./place.ts";
import { FAULTY, PRICES, shop, WELL } from "./shop.ts";

// A process per call, and over standard input and output two.
vi.setConfig({ testTimeout: 240_000 });

const inspector = new Inspector();
afterAll(() => inspector.remove());

/** Gives how the corrected run differs from the first one. */
async function conversation(place: AgentPlace, target: readonly string[]): Promise<Json> {
  const ask = (name: string, args: Json = {}): Promise<Json> => inspector.tool({ target, cwd: place.dir }, name, args);
  const launch = { name: "shop", input: { prices: PRICES }, waitMs: 30_000 };
  expect(await ask("workflows_check")).toMatchObject({ errors: 0 });
  const good = await ask("runs_launch", launch);
  expect(good).toMatchObject({ status: "completed" });
  place.write("workflows/shop.ts", shop(FAULTY));
  const bad = await ask("runs_launch", launch);
  const run = bad["runId"];
  expect(await ask("runs_watch", { run, types: ["run.failed"] })).toMatchObject({ status: "failed", over: true });
  expect(await ask("items_why", { item: `${String(run)}.2.1` })).toMatchObject({ reasons: [{ kind: "code" }] });
  place.write("workflows/shop.ts", shop(WELL));
  expect(await ask("runs_fork", { run, dryRun: true })).toMatchObject({ reused: { items: 1 } });
  const fixed = await ask("runs_fork", { run, waitMs: 30_000 });
  expect(fixed).toMatchObject({ status: "completed", counts: { reused: 1 } });
  return ask("runs_first_divergence", { a: good["runId"], b: fixed["runId"] });
}

describe("the inspector", () => {
  const places: AgentPlace[] = [];
  const placed = (): AgentPlace => {
    const place = new AgentPlace();
    place.write("workflows/shop.ts", shop(WELL));
    places.push(place);
    return place;
  };
  afterAll(() => Promise.all(places.map((place) => place.remove())));

  test("has the whole conversation over HTTP", async () => {
    const place = placed();
    const { url, token } = await place.server();
    const header = ["--header", `Authorization: Bearer ${token}`];
    const target = [new URL("/mcp", url).href, "--transport", "http", ...header];
    expect(await conversation(place, target)).toMatchObject({ isSame: true });
  });

  const stdio = [process.execPath, BIN, "mcp"];

  test("calls a tool over standard input and output", async () => {
    const place = placed();
    expect(await inspector.tool({ target: stdio, cwd: place.dir }, "workflows_check", {})).toMatchObject({ errors: 0 });
  });

  test.runIf(process.env["INSPECTOR"] === "all")(
    "has the whole conversation over standard input and output",
    async () => {
      expect(await conversation(placed(), stdio)).toMatchObject({ isSame: true });
    },
  );
});
