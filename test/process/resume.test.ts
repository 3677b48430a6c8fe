/** Going on with runs that failed, were cancelled, or whose source is not what it was. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { Place } from "./place.ts";
import { endPrograms } from "./program.ts";

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());
afterAll(endPrograms);

/** Item 2 of five fails as long as nobody mends it; what `answer` gives tells which code ran. */
function flow({ answer, head = "" }: { readonly answer: string; readonly head?: string }): string {
  return `${head}
import { appendFileSync, existsSync } from "node:fs";
import { node, workflow } from "agentic-workgraph";
const part = node({ id: "part", concurrency: 1 }, async ({ x }: { x: number }) => {
  appendFileSync(process.env.LEDGER!, x + "\\n");
  if (x === 2 && !existsSync("mended")) throw new RangeError("not yet");
  return x;
});
const answer = node({ id: "answer", gather: ["xs"] }, async ({ xs }: { xs: number[] }) => ${answer});
export const five = workflow({ name: "five" }, () => answer({ xs: part({ x: [0, 1, 2, 3, 4] }) }));
`;
}

const mend = (): string => place.write("mended", "");

async function failOnce(text: string): Promise<void> {
  place.write("flow.ts", text);
  const { document, exitCode } = await place.json(["run", "flow.ts"]);
  expect([document.status, exitCode], JSON.stringify(document)).toEqual(["failed", 1]);
  expect(place.lines()).toEqual(["0", "1", "2", "3", "4"]);
}

describe("a run in which one item of five failed", () => {
  test("is gone on with: that item runs again, the others do not", async () => {
    await failOnce(flow({ answer: "xs.length" }));
    const again = await place.json(["resume", "latest"]);
    expect([again.document.status, again.exitCode], "still broken").toEqual(["failed", 1]);
    mend();
    const { document, exitCode } = await place.json(["resume", "latest"]);
    expect([document.status, document.output, exitCode]).toEqual(["completed", 5, 0]);
    expect(place.lines()).toEqual(["0", "1", "2", "3", "4", "2", "2"]);
    const { items } = (await place.json(["items", "latest", "--all"])).document as {
      items: { node: string; attempts: number }[];
    };
    expect(items.filter((item) => item.node === "part").map((item) => item.attempts)).toEqual([1, 1, 3, 1, 1]);
  });

  test("executes 1, 1, 2, 1, 1 times when it is mended at once; gone on with after that, it answers what is recorded", async () => {
    await failOnce(flow({ answer: "xs.length" }));
    mend();
    for (const count of [6, 6]) {
      const { document, exitCode } = await place.json(["resume", "latest"]);
      expect([document.status, document.output, exitCode]).toEqual(["completed", 5, 0]);
      expect(place.lines()).toHaveLength(count);
    }
    const times = [0, 1, 2, 3, 4].map((x) => place.lines().filter((line) => line === String(x)).length);
    expect(times).toEqual([1, 1, 2, 1, 1]);
  });

  test("goes on with the code it was recorded with, though the file is another now", async () => {
    await failOnce(flow({ answer: '"the recorded code"' }));
    place.write("flow.ts", flow({ answer: '"the new code"' }));
    mend();
    const { document } = await place.json(["resume", "latest"]);
    expect(document).toMatchObject({ status: "completed", output: "the recorded code" });
    const fresh = await place.json(["run", "flow.ts"]);
    expect(fresh.document).toMatchObject({ output: "the new code" });
    expect(fresh.document.version).not.toBe(document.version);
  });

  test("goes on though its file, and the files that one imported, are gone", async () => {
    place.write("words.ts", 'export const words: string = "from a helper";\n');
    await failOnce(flow({ answer: "words", head: 'import { words } from "./words.ts";' }));
    for (const name of ["flow.ts", "words.ts"]) rmSync(join(place.dir, name));
    mend();
    const { document } = await place.json(["resume", "latest"]);
    expect(document).toMatchObject({ status: "completed", output: "from a helper" });
    const source = await place.json(["source", "latest"]);
    expect(source.document).toMatchObject({ files: [{ now: "missing" }, { now: "missing" }] });
  });

  test("is not mixed with other versions of its packages", async () => {
    const install = (version: string): void => {
      place.write(
        "node_modules/counting-words/package.json",
        JSON.stringify({ name: "counting-words", version, main: "index.js" }),
      );
      place.write("node_modules/counting-words/index.js", `module.exports.version = "${version}";\n`);
    };
    mkdirSync(join(place.dir, "node_modules/counting-words"), { recursive: true });
    install("1.2.0");
    await failOnce(flow({ answer: "words.version", head: 'import words from "counting-words";' }));
    mend();
    install("1.3.0");
    const refused = await place.json(["resume", "latest"]);
    expect(refused.document.error).toMatchObject({
      code: "WG4006",
      message: expect.stringContaining('"counting-words" 1.2.0 (now 1.3.0)') as unknown,
      hint: expect.stringContaining("install the recorded versions") as unknown,
    });
    expect(refused.exitCode).toBe(4);
    expect(place.lines(), "nothing was executed").toHaveLength(5);
    expect((await place.json(["show", "latest"])).document).toMatchObject({ status: "failed" });
    install("1.2.0");
    const { document } = await place.json(["resume", "latest"]);
    expect(document).toMatchObject({ status: "completed", output: "1.2.0" });
  });
});

test.each([
  ["no run", ["resume", "01AAAAAAAAAAAAAAAAAAAAAAAA"]],
  ["the item of a run", ["resume", "nothing.1.0"]],
])("%s cannot be gone on with", async (_, words) => {
  const { document, exitCode } = await place.json(words);
  expect(document.error).toMatchObject({ code: expect.stringMatching(/^WG50\d\d$/) as unknown });
  expect(exitCode).toBe(3);
});
