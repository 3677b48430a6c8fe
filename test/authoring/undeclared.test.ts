/** Plain JavaScript declares nothing: an array result counts as many, anything else as one value. */
import { expect, test } from "vitest";
import { crash, resume, run } from "./flow.ts";
import type { Flow } from "./flow.ts";

const { flow, unpaired } = (await import(new URL("./fixtures/undeclared.js", import.meta.url).href)) as Record<
  string,
  Flow
>;
const EXPECTED = { joined: "u0u0:2 u1u1:2 u2u2:2", three: 3, again: ["u0", "u1"], single: 6, urls: ["u0", "u1", "u2"] };

test("an array becomes items, one value stays one, and results over one list pair by their items", async () => {
  const end = await run(flow!, { n: 3 });
  expect(end.error).toBeUndefined();
  expect(end.value).toEqual(EXPECTED);
});

test("a call of an undeclared node is marked so", async () => {
  const { events } = await run(flow!, { n: 3 });
  const created = events.flatMap(({ event }) => (event.type === "call.created" ? [event] : []));
  expect(created.find((event) => event.node === "list")?.undeclared).toEqual(["out"]);
});

test("an array among results that a call pairs one by one fails that item by name", async () => {
  const end = await run(unpaired!, { n: 3 });
  expect(end.status).toBe("failed");
  expect(end.error?.message).toContain('"halves" returned an array for list[1]');
});

test("a run that goes on takes recorded single values as such", async () => {
  for (let commits = 1; commits < 4; commits++) {
    let left = commits;
    const crashed = await crash(flow!, { n: 3 }, () => left-- === 0);
    const end = await (await resume(flow!, crashed)).end();
    expect(end.value).toEqual(EXPECTED);
  }
});
