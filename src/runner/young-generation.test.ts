import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

const MODULE = new URL("./young-generation.ts", import.meta.url).href;

/** MB of the young generation of a process that keeps what it makes, before and after. */
function grownMb(then: string): readonly [before: number, after: number] {
  const program = `
    import { getHeapSpaceStatistics } from "node:v8";
    const sizeMb = () => getHeapSpaceStatistics().find((space) => space.space_name === "new_space").space_size / 2 ** 20;
    const kept = [];
    const keep = () => { for (let i = 0; i < 10_000; i++) kept.push({ i, text: ["a", i] }); };
    for (let round = 0; sizeMb() < 16 && round < 500; round++) keep();
    const before = sizeMb();
    ${then}
    for (let round = 0; round < 25; round++) keep();
    process.stdout.write(JSON.stringify([before, sizeMb()]));`;
  const options = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", program];
  return JSON.parse(execFileSync(process.execPath, options, { encoding: "utf8" })) as [number, number];
}

test("the young generation stops growing where it is when it is large enough, and would not by itself", () => {
  const [before, after] = grownMb("");
  expect(after).toBeGreaterThan(before);
  const held = grownMb(`(await import(${JSON.stringify(MODULE)})).holdYoungGeneration();`);
  expect(held[0]).toBeGreaterThanOrEqual(16);
  expect(held[1]).toBe(held[0]);
});
