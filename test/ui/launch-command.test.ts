import { expect, test } from "vitest";
import { againCommand, launchCommand, readTags } from "../../ui/launch/command.ts";

test("a launch is written so that a shell gives the input back as it is", () => {
  expect(launchCommand({ target: "hello", input: { name: "it's" }, tags: { team: "a b" } })).toBe(
    `npx workgraph run hello '{"name":"it'\\''s"}' --tag 'team=a b'`,
  );
  expect(launchCommand({ target: "hello", input: {}, tags: {} })).toBe("npx workgraph run hello");
});

test("a fork names its code, its input and what executes anyway; a resume takes nothing", () => {
  const order = { run: "01R", code: "recorded", input: { n: 1 }, from: ["draw"], tags: {} } as const;
  expect(againCommand({ ...order, kind: "fork" })).toBe(`npx workgraph fork 01R --pinned -i '{"n":1}' --from draw`);
  expect(againCommand({ ...order, kind: "rerun" })).toBe(`npx workgraph rerun 01R --pinned -i '{"n":1}'`);
  expect(againCommand({ ...order, kind: "resume" })).toBe("npx workgraph resume 01R");
});

test("tags are read by comma and line, with and without values", () => {
  expect(readTags("team=x, urgent\n a = b=c ")).toEqual({ team: "x", urgent: "", a: "b=c" });
});
