import { describe, expect, test } from "vitest";
import { docPages } from "../documentation.ts";
import { listTopics, readDocs } from "./read-docs.ts";

test("the pages that travel with the package are listed by their first headings", async () => {
  const topics = await listTopics();
  expect(topics).toContainEqual({ topic: "authoring", title: "Writing workflows" });
  expect(topics.map(({ topic }) => topic)).toEqual(expect.arrayContaining(["readme", "errors", "cli", "server"]));
});

describe("a topic is", () => {
  test.each([
    ["WG1001", "WG1001"],
    ["1001", "WG1001"],
    ["glossary", "glossary"],
    ["docs/authoring.md", "authoring"],
    ["authoring#handles", "authoring#handles"],
    ["authoring.handles", "authoring#handles"],
    ["Combinators", "authoring#combinators"],
    ["bounded loop", "authoring#pattern-a-bounded-loop"],
  ])("%s", async (asked, topic) => {
    const answer = await readDocs({ topic: asked });
    expect(answer.topic).toBe(topic);
    expect(answer.text).toMatch(/^#/);
  });

  test("nothing else: the nearest one is named", async () => {
    await expect(readDocs({ topic: "authorin" })).rejects.toMatchObject({
      code: "WG5046",
      hint: 'Did you mean "authoring"?',
    });
    await expect(readDocs({ topic: "WG0001" })).rejects.toMatchObject({ code: "WG5046" });
    await expect(readDocs({ topic: "../../package.json" })).rejects.toMatchObject({ code: "WG5046" });
    await expect(readDocs({ topic: "pattern" })).rejects.toMatchObject({
      code: "WG5126",
      message: expect.stringContaining("authoring#pattern-a-branch"),
    });
  });
});

test("every page and section is answered within bounds, and parts give all of it", async () => {
  for (const page of await docPages()) {
    const answer = await readDocs({ topic: page.name });
    expect(answer.text.length).toBeLessThanOrEqual(6_000);
    expect(answer.text === page.text || (answer.sections?.length ?? 0) > 0, page.name).toBe(true);
    for (const { topic, text, level } of page.sections) {
      // Two sections of one page may have the same heading: the first page that has is not this test's.
      if (level !== 2) continue;
      const first = await readDocs({ topic });
      const parts = [first.text];
      for (let part = 2; part <= (first.parts ?? 1); part += 1) parts.push((await readDocs({ topic, part })).text);
      expect(parts.join("").replaceAll(/\s+/g, ""), topic).toBe(text.replaceAll(/\s+/g, ""));
      expect(Math.max(...parts.map((part) => part.length))).toBeLessThanOrEqual(6_000);
    }
  }
});

test("a heading in a block of code is none", async () => {
  const readme = (await docPages()).find(({ name }) => name === "readme")!;
  expect(readme.text).toContain("# Glass");
  expect(readme.sections.map(({ title }) => title)).not.toContain("Glass");
});
