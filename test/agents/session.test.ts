/**
 * One conversation from an empty folder to a corrected run, over both transports: write, check, run, watch it fail, why, fix, fork,
 * compare. The SDK's client holds every answer against the schema of its tool.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AgentPlace, type Agent, type Json } from "./place.ts";
import { FAULTY, PRICES, shop, WELL } from "./shop.ts";

describe.each(["stdio", "http"])("over %s", (way) => {
  const place = new AgentPlace();
  let agent: Agent;

  beforeAll(async () => {
    place.write("workflows/shop.ts", shop(WELL));
    agent = way === "stdio" ? await place.overStdio() : await place.overHttp(await place.server());
  });
  afterAll(() => place.remove());

  test("an agent finds out why a run failed, corrects it, and executes only what changed", async () => {
    expect(await agent.ask("workflows_check", { name: "shop" })).toMatchObject({ errors: 0 });
    const good = await agent.ask("runs_launch", { name: "shop", input: { prices: PRICES }, waitMs: 30_000 });
    expect(good).toMatchObject({ status: "completed", workflow: "shop" });

    const file = place.write("workflows/shop.ts", shop(FAULTY));
    expect(await agent.ask("workflows_describe", { name: "shop", source: "file" })).toMatchObject({
      onDisk: file,
      text: shop(FAULTY),
    });
    const { runId: bad } = await agent.ask("runs_launch", { name: "shop", input: { prices: PRICES } });
    expect(await untilOver(agent, String(bad))).toContain("item.failed");

    const { errors } = await agent.ask("errors_list", { run: bad });
    const [error] = errors as Json[];
    expect(error).toMatchObject({ message: '"2,25" is no price', place: { onDisk: file, line: 12, now: "same" } });
    const why = await agent.ask("items_why", { item: error!["address"] });
    expect(why).toMatchObject({ reasons: [{ kind: "code", hunks: [{ file: "workflows/shop.ts", line: 6 }] }] });
    const parted = await agent.ask("runs_first_divergence", { a: good["runId"], b: bad });
    expect(parted).toMatchObject({
      item: { address: `${String(bad)}.2.1`, node: "read_price", status: "failed" },
      cause: { kind: "code", node: "read_price" },
      places: [{ how: "changed code", onDisk: file, line: 6 }, { how: "error" }, { how: "call" }],
    });

    place.write("workflows/shop.ts", shop(WELL));
    expect(await agent.ask("source_read", { run: bad, node: "read_price" })).toMatchObject({
      files: [
        { name: "cents", fromLine: 5, onDisk: file, now: "changed" },
        { name: "readPrice", fromLine: 9 },
      ],
    });
    const plan = await agent.ask("runs_fork", { run: bad, dryRun: true });
    expect(plan).toMatchObject({ reused: { items: 1, nodes: { list_prices: 1 } } });
    const fixed = await agent.ask("runs_fork", { run: bad, waitMs: 30_000 });
    expect(fixed).toMatchObject({ status: "completed", counts: { completed: 4, reused: 1 } });
    expect(await agent.ask("runs_first_divergence", { a: good["runId"], b: fixed["runId"] })).toEqual(
      expect.objectContaining({ isSame: true }),
    );
    expect(await agent.ask("artifacts_read", { run: fixed["runId"], name: "receipt" })).toMatchObject({
      file: "receipt.txt",
      text: "total 675\n",
    });
  });

  test("one node is run on an input of the agent's own, as a run beside the others", async () => {
    const alone = await agent.ask("nodes_run", {
      name: "shop",
      node: "read_price",
      input: { price: "7,5" },
      waitMs: 30_000,
    });
    expect(alone).toMatchObject({ workflow: "shop--read_price", status: "completed", calls: 1 });
    expect(await agent.ask("output_read", { run: alone["runId"] })).toMatchObject({ output: { cents: 750 } });
    expect(await agent.ask("notes_add", { on: "read_price", text: "reads 7,5" })).toMatchObject({ workflow: "shop" });
    const again = await agent.ask("runs_rerun", { run: alone["runId"], waitMs: 30_000 });
    expect(again).toMatchObject({ workflow: "shop--read_price", status: "completed" });
    expect(await agent.call("nodes_run", { name: "shop", node: "read_price", input: { prise: "1" } })).toMatchObject({
      isError: true,
      body: { error: { code: "WG1014", message: expect.stringContaining('did you mean "price"?') } },
    });
    expect(await agent.call("nodes_run", { name: "shop", node: "read_prise" })).toMatchObject({
      isError: true,
      body: { error: { code: "WG6136", hint: 'Did you mean "read_price"?' } },
    });
  });

  test("resources are read by their addresses", async () => {
    const { resources } = await agent.client.listResources();
    const [newest] = resources;
    expect(newest?.uri).toMatch(/^run:\/\//);
    const read = async (uri: string): Promise<string> => {
      const [content] = (await agent.client.readResource({ uri })).contents as { readonly text: string }[];
      return content!.text;
    };
    const run = newest!.uri.slice("run://".length);
    expect(JSON.parse(await read(`run://${run}`))).toMatchObject({ runId: run });
    expect(await read(`source://${run}/workflows/shop.ts`)).toContain("function cents");
    expect(await read("artifact://shop/receipt@latest")).toContain("receipt.txt");
    expect(await read("docs://WG1001")).toContain("WG1001");
    await expect(read("run://01ZZZ")).rejects.toThrow(/WG5001/);
    await expect(read("run://%")).rejects.toThrow(/WG5001/);
    await expect(read("runs://latest")).rejects.toThrow(/WG6132/);
  });
});

async function untilOver(agent: Agent, run: string): Promise<readonly unknown[]> {
  const types: unknown[] = [];
  for (let after: unknown = 0, asked = 0; asked < 40; asked++) {
    const page = await agent.ask("runs_watch", { run, after, waitMs: 5_000 });
    types.push(...(page["events"] as Json[]).map((event) => event["type"]));
    if (page["over"] === true) return types;
    after = page["after"];
  }
  throw new Error(`run ${run} did not end`);
}
