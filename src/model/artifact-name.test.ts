import { describe, expect, test } from "vitest";
import { badArtifactName, badFilePath, badLabel, foldName } from "./artifact-name.ts";

describe("names of artifacts", () => {
  test.each(["dataset", "page-17", "A", "v1.2", "a_b", "0", "x".repeat(128)])("may be %j", (name) => {
    expect(badArtifactName(name)).toBeUndefined();
  });

  test.each([
    ["", "empty"],
    ["..", "letters"],
    ["a..b", '".."'],
    ["a.", '".."'],
    [".hidden", "letters"],
    ["-flag", "letters"],
    ["a/b", "path"],
    ["/etc", "path"],
    ["a\\b", "path"],
    ["a\0b", "letters"],
    ["a b", "letters"],
    ["a\n", "letters"],
    ["é", "letters"],
    ["CON", "Windows"],
    ["nul.txt", "Windows"],
    ["x".repeat(129), "129"],
  ])("may not be %j", (name, reason) => {
    expect(badArtifactName(name)).toContain(reason);
  });

  test("a label is none that selectors use", () => {
    expect(badLabel("nightly")).toBeUndefined();
    expect(badLabel("Latest")).toContain("newest run");
  });
});

describe("paths of files", () => {
  test.each(["a", "a/b/c.txt", "ä/日本語 🙂.png", "with space.txt", ".config/x", "12:30.png", "-x"])(
    "may be %j",
    (path) => {
      expect(badFilePath(path)).toBeUndefined();
    },
  );

  test.each([
    ["", "empty"],
    ["/etc/passwd", "absolute"],
    ["C:/x", "absolute"],
    ["../x", '".."'],
    ["a/../../x", '".."'],
    ["a//b", "empty part"],
    ["a/", "empty part"],
    ["./a", '"."'],
    ["a\\b", "separated"],
    ["a\0b", "control"],
    ["a\nb", "control"],
    ["a\u007fb", "control"],
    ["a/COM1.txt", "Windows"],
    ["aux", "Windows"],
    ["x.", "ends with"],
    ["x /y", "ends with"],
    ["\ud800", "well-formed"],
    ["x".repeat(256), "255"],
    ["ä".repeat(128), "255"],
    [`${"x/".repeat(600)}x`, "1024"],
  ])("may not be %j", (path, reason) => {
    expect(badFilePath(path)).toContain(reason);
  });

  test("twins fold to one text: case, composed and decomposed accents", () => {
    expect(foldName("Ä.TXT")).toBe(foldName("a\u0308.txt"));
    expect(foldName("a")).not.toBe(foldName("b"));
  });
});
