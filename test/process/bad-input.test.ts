/**
 * Bad input: a code, what is wrong and where, what to do now, the right exit code; nothing is started, nothing lost.
 *
 * R1. Each row is one command with one mistake. With --json stdout is one document `{ error: { code, message, hint } }`.
 * R2. Commands that are refused follow each other in one process; one of them is asked in a process of its own, too.
 */
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CommandProcess, type DocumentEnded } from "../../src/cli/fixtures/workgraph-process.ts";
import type { WorkgraphError } from "../../src/model/workgraph-error.ts";
import { Place } from "./place.ts";
import { endPrograms } from "./program.ts";

const HEAD = `import { node, workflow } from "agentic-workgraph";
const a = node({ id: "a" }, async ({ x }: { x: number }) => x);
const two = node({ id: "two" }, async ({ x, y }: { x: number; y: number }) => x + y);
`;
const GOOD = `${HEAD}export const good = workflow({ name: "good" }, ({ promptText, times = 1 }: { promptText: string; times?: number }) => a({ x: times }));`;

interface Wrong {
  readonly name: string;
  readonly code: string;
  readonly exitCode: number;
  /** Parts of the message, the hint and the place. */
  readonly says: readonly string[];
}

const commands = new CommandProcess();
let place: Place;
beforeAll(() => {
  place = new Place();
  place.write("good.ts", GOOD);
});
afterAll(async () => {
  await commands.end();
  await endPrograms();
  place.remove();
});

/** R2. */
const refused = (...words: readonly string[]): Promise<DocumentEnded> => commands.json(words, { cwd: place.dir });

interface Seen {
  readonly code: string;
  readonly exitCode: number | null;
  /** Of the parts that were looked for, those that are there. */
  readonly says: readonly string[];
}

/** What was told of `wrong`: equal to it when all is well. Places in a bundle are no help, and make it unequal. */
function told({ document, exitCode }: Pick<DocumentEnded, "document" | "exitCode">, wrong: Seen): Seen {
  const { code, message, hint, site } = document.error as { code: string; message: string } & Partial<WorkgraphError>;
  const text = `${message}\n${hint ?? ""}\n${site?.file ?? ""}`;
  const says = wrong.says.filter((part) => text.includes(part));
  return { code, exitCode, says: /workgraph:[0-9a-f]{64}/.test(text) ? [text] : says };
}

describe("a file that is wrong starts no run", () => {
  const option = (text: string): string =>
    `${HEAD}const b = node({ id: "b", ${text} }, async () => 1); export const t = workflow({ name: "t" }, () => b({}));`;

  test.each<Wrong & { readonly text: string }>([
    {
      name: "a bad node id",
      text: `${HEAD}const b = node({ id: "Bad Id!" }, async () => 1); export const t = workflow({ name: "t" }, () => b({}));`,
      code: "WG1110",
      exitCode: 4,
      says: ['"Bad Id!"', "bad.ts:4", "lower-case"],
    },
    {
      name: "a bad workflow name",
      text: `${HEAD}export const t = workflow({ name: "Bad Name" }, () => a({ x: 1 }));`,
      code: "WG1110",
      exitCode: 4,
      says: ['"Bad Name"', "bad.ts:4"],
    },
    { name: "concurrency 0", text: option("concurrency: 0"), code: "WG1112", exitCode: 4, says: ["is 0", "bad.ts:4"] },
    { name: "concurrency NaN", text: option("concurrency: NaN"), code: "WG1112", exitCode: 4, says: ["is NaN"] },
    {
      name: 'concurrency "8"',
      text: option('concurrency: "8" as never'),
      code: "WG1112",
      exitCode: 4,
      says: ['is "8"', "whole number from 1"],
    },
    { name: "timeout 2^31", text: option("timeout: 2 ** 31"), code: "WG1113", exitCode: 4, says: ["24.8 days"] },
    { name: "negative retries", text: option("retries: -1"), code: "WG1114", exitCode: 4, says: ["is -1"] },
    {
      name: "a node called outside a run",
      text: `${HEAD}export const early = a({ x: 1 }); export const t = workflow({ name: "t" }, () => a({ x: 1 }));`,
      code: "WG3001",
      exitCode: 4,
      says: ["outside a workflow function", "bad.ts:4", ".run(input)"],
    },
    {
      name: "a syntax error",
      text: `${HEAD}export const t = workflow({ name: "t" }, () => { ;`,
      code: "WG4002",
      exitCode: 4,
      says: ["bad.ts:4"],
    },
    {
      name: "a throw while it is loaded",
      text: `${HEAD}if (process.env.NOTHING === undefined) throw new TypeError("no config for you");\nexport const t = workflow({ name: "t" }, () => a({ x: 1 }));`,
      code: "WG4005",
      exitCode: 4,
      says: ["TypeError: no config for you", "bad.ts:4"],
    },
    {
      name: "a package that is not installed",
      text: `import x from "no-such-package-here";\n${HEAD}export const t = workflow({ name: "t" }, () => a({ x }));`,
      code: "WG4003",
      exitCode: 4,
      says: ["npm install no-such-package-here", "bad.ts:1"],
    },
    { name: "no workflow", text: "export const t = 1;", code: "WG4004", exitCode: 3, says: ["exports no workflow"] },
    {
      name: "two workflows",
      text: `${HEAD}export const t = workflow({ name: "t" }, () => a({ x: 1 })); export const u = workflow({ name: "u" }, () => a({ x: 1 }));`,
      code: "WG4004",
      exitCode: 3,
      says: ['"t", "u"', "bad.ts#t"],
    },
  ])("$name", async ({ text, code, exitCode, says }) => {
    const wrong: Seen = { code, exitCode, says };
    place.write("bad.ts", text);
    const left = await refused("run", "bad.ts");
    expect(told(left, wrong), left.stdout).toEqual(wrong);
    expect((await refused("runs")).document).toMatchObject({ total: 0 });
  });

  test("in a process of its own just so", async () => {
    place.write("bad.ts", option("retries: -1"));
    const wrong: Seen = { code: "WG1114", exitCode: 4, says: ["is -1", "bad.ts:4"] };
    for (const left of [await place.json(["run", "bad.ts"]), await refused("run", "bad.ts")])
      expect(told(left, wrong), left.stdout).toEqual(wrong);
  });
});

describe("a workflow function that is wrong fails its run, and says what to write", () => {
  test.each<Wrong & { readonly body: string }>([
    {
      name: "lists that are not related",
      body: "() => two({ x: a({ x: [1, 2] }), y: a({ x: [3, 4] }) })",
      code: "WG1001",
      exitCode: 1,
      says: ['"two"', '"x"', '"y"', "cross"],
    },
    {
      name: "a handle in a text",
      body: "() => { const h = a({ x: 1 }); return `${h as never}`; }",
      code: "WG3002",
      exitCode: 1,
      says: ['"a"', "await"],
    },
    {
      name: "a promise as an argument",
      body: "() => a({ x: Promise.resolve(1) as never })",
      code: "WG3003",
      exitCode: 1,
      says: ['"x"', "await"],
    },
  ])("$name", async ({ body, code, exitCode, says }) => {
    const wrong: Seen = { code, exitCode, says };
    place.write(
      "bad.ts",
      `${HEAD}const again = node({ id: "a" }, async ({ x }: { x: number }) => -x);\nexport const t = workflow({ name: "t" }, ${body});`,
    );
    // What the check finds in the source is refused before anything runs: below.
    const left = await place.json(["run", "bad.ts", "--no-check"]);
    expect(left.document).toMatchObject({ status: "failed" });
    expect(told(left, wrong), left.stdout).toEqual(wrong);
    const { site } = left.document.error as { site?: { file: string } };
    expect(site?.file).toBe(join(place.dir, "bad.ts"));
  });

  test.each([
    { name: "two nodes with one id", body: "() => { a({ x: 1 }); return again({ x: 1 }); }", says: "WG1004" },
    { name: "a handle as a condition", body: "() => (a({ x: 1 }) ? 1 : 2)", says: "WG3010" },
    { name: "a handle in a text", body: "() => `${a({ x: 1 }) as never}`", says: "WG3002" },
  ])("$name starts nothing; --no-check runs it all the same", async ({ body, says }) => {
    place.write(
      "bad.ts",
      `${HEAD}const again = node({ id: "a" }, async ({ x }: { x: number }) => -x);\nexport const t = workflow({ name: "t" }, ${body});`,
    );
    const runs = async (): Promise<unknown> => (await refused("runs")).document.runs;
    const before = await runs();
    const left = await refused("run", "bad.ts");
    expect(left.document.error).toMatchObject({ code: "WG3032", message: expect.stringContaining(says) as unknown });
    expect(await runs()).toEqual(before);
    expect((await place.json(["run", "bad.ts", "--no-check"])).document).toHaveProperty("runId");
  });

  test("a node called inside a node fails the item", async () => {
    place.write(
      "bad.ts",
      `${HEAD}const b = node({ id: "b" }, async () => { const h = a({ x: 1 }); return 1; });\nexport const t = workflow({ name: "t" }, () => b({}));`,
    );
    const { document, exitCode } = await place.json(["run", "bad.ts"]);
    expect([document.status, exitCode]).toEqual(["failed", 1]);
    const errors = (await refused("errors", "latest")).document.errors as { code: string; message: string }[];
    expect(errors[0]).toMatchObject({ code: "WG3001", message: expect.stringContaining('inside node "b"') as unknown });
  });
});

describe("input that is wrong starts no run", () => {
  beforeAll(() => {
    place.write("empty.json", "");
    place.write("broken.json", '{ "promptText": ');
    // 5 GB on paper: a sparse file.
    const file = openSync(place.write("big.json", ""), "r+");
    ftruncateSync(file, 5 * 2 ** 30);
    closeSync(file);
  });

  test.each<Wrong & { readonly words: readonly string[] }>([
    { name: "nothing", words: [""], code: "WG5053", exitCode: 4, says: ["promptText: string, times?: number"] },
    { name: "an empty file", words: ["@empty.json"], code: "WG5053", exitCode: 4, says: ['"empty.json"'] },
    { name: "half a file", words: ["@broken.json"], code: "WG5052", exitCode: 4, says: ["line 1"] },
    { name: "5 GB", words: ["@big.json"], code: "WG5051", exitCode: 4, says: ["5120 MB", "let a node read the file"] },
    { name: "no file", words: ["@nowhere.json"], code: "WG5054", exitCode: 3, says: ['"nowhere.json"'] },
    { name: "a list", words: ["[1]"], code: "WG1014", exitCode: 4, says: ["an array"] },
    {
      name: "a missing parameter",
      words: ["{}"],
      code: "WG1014",
      exitCode: 4,
      says: ['"promptText" is required (string)'],
    },
    {
      name: "a misspelt parameter",
      words: ["--promt-text", "x"],
      code: "WG1014",
      exitCode: 4,
      says: ['"promtText" is no parameter', 'did you mean "promptText"?', "describe good.ts"],
    },
    {
      name: "a parameter of another type",
      words: ['{"promptText":"x","times":"2"}'],
      code: "WG1014",
      exitCode: 4,
      says: ['"times" must be number, not "2"'],
    },
    {
      name: "several mistakes at once",
      words: ['{"times":null}'],
      code: "WG1014",
      exitCode: 4,
      says: ['"promptText" is required', '"times" must be number, not null'],
    },
  ])("$name", async ({ words, code, exitCode, says }) => {
    const wrong: Seen = { code, exitCode, says };
    const left = await refused("run", "good.ts", ...words);
    expect(told(left, wrong), left.stdout).toEqual(wrong);
    expect((await refused("runs", "--workflow", "good")).document).toMatchObject({ total: 0 });
  });

  test("an unknown name: the nearest is told; a name in two files: both are", async () => {
    mkdirSync(join(place.dir, "workflows"));
    for (const name of ["one", "other"]) place.write(`workflows/${name}.ts`, GOOD);
    const near: Seen = { code: "WG4010", exitCode: 3, says: ['did you mean "good"?'] };
    expect(told(await refused("run", "god", "--prompt-text", "x"), near)).toEqual(near);
    const both: Seen = { code: "WG4012", exitCode: 3, says: ["workflows/one.ts", "workflows/other.ts"] };
    expect(told(await refused("run", "good", "--prompt-text", "x"), both)).toEqual(both);
  });
});

describe("a data folder that is wrong is refused by name and left as it is", () => {
  const words = (data: string): readonly string[] => ["run", "good.ts", "--prompt-text", "x", "--data", data];
  const run = (data: string): ReturnType<Place["json"]> => place.json(words(data));

  test("a file in its place", async () => {
    place.write("a-file", "mine");
    const wrong: Seen = { code: "WG5005", exitCode: 7, says: ["a-file"] };
    expect(told(await refused(...words("a-file")), wrong)).toEqual(wrong);
    expect(readFileSync(join(place.dir, "a-file"), "utf8")).toBe("mine");
  });

  test.each<Wrong & { readonly make: (file: string) => void }>([
    { name: "an empty file", make: (file) => writeFileSync(file, ""), code: "WG5002", exitCode: 7, says: ["is empty"] },
    {
      name: "text",
      make: (file) => writeFileSync(file, "not a database\n".repeat(500)),
      code: "WG5002",
      exitCode: 7,
      says: [],
    },
    { name: "a folder", make: (file) => mkdirSync(file), code: "WG5002", exitCode: 7, says: ["is a folder"] },
    {
      name: "another program's database",
      make: (file) => change(file, "CREATE TABLE theirs (a)"),
      code: "WG5002",
      exitCode: 7,
      says: ["not a store of workgraph"],
    },
  ])("$name as its database", async ({ name, make, ...wrong }) => {
    const data = name.replaceAll(/[^a-z]/g, "-");
    mkdirSync(join(place.dir, data));
    const file = join(place.dir, data, "workgraph.db");
    make(file);
    const left = await refused(...words(data));
    const named: Seen = { ...wrong, says: [...wrong.says, file] };
    expect(told(left, named), left.stdout).toEqual(named);
    expect(told(await refused("runs", "--data", data), named), "reading").toEqual(named);
  });

  test("a newer schema", async () => {
    expect((await run("newer")).exitCode).toBe(0);
    change(join(place.dir, "newer", "workgraph.db"), "PRAGMA user_version = 99");
    const wrong: Seen = { code: "WG5003", exitCode: 7, says: ["version 99", "update the package"] };
    expect(told(await refused(...words("newer")), wrong)).toEqual(wrong);
  });

  test("none, read: nothing is made", async () => {
    expect((await refused("runs", "--data", "none")).document).toMatchObject({ runs: [], total: 0 });
    const wrong: Seen = { code: "WG5001", exitCode: 3, says: [] };
    expect(told(await refused("show", "latest", "--data", "none"), wrong)).toEqual(wrong);
    expect(existsSync(join(place.dir, "none"))).toBe(false);
  });

  test("a lock that is let go is waited for", async () => {
    expect((await run("locked")).exitCode).toBe(0);
    const database = new DatabaseSync(join(place.dir, "locked", "workgraph.db"));
    database.exec("BEGIN IMMEDIATE");
    const waiting = run("locked");
    await sleep(1_000);
    expect((await refused("runs", "--data", "locked")).document, "reading does not wait").toMatchObject({
      total: 1,
    });
    database.close();
    expect((await waiting).document).toMatchObject({ status: "completed" });
  });
});

function change(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}
