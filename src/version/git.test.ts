import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TempProject } from "../../test/versions/temp-project.ts";
import { gitFacts } from "./git.ts";

let project: TempProject;

beforeEach(() => {
  project = new TempProject({ "a.txt": "a", ".gitignore": "node_modules\nignored\n" });
});

afterEach(() => project[Symbol.dispose]());

function git(...args: readonly string[]): string {
  const identity = ["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false"];
  return execFileSync("git", ["-C", project.folder, ...identity, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
}

function commitAll(): void {
  git("init", "-q", "-b", "trunk");
  git("add", "-A");
  git("commit", "-q", "-m", "first");
}

describe("git facts", () => {
  test("are none without a repository", async () => {
    expect(await gitFacts(project.folder)).toBeUndefined();
    expect(await gitFacts(project.path("absent"))).toBeUndefined();
  });

  test("are none without git", async () => {
    commitAll();
    const path = process.env["PATH"];
    process.env["PATH"] = "";
    try {
      expect(await gitFacts(project.folder)).toBeUndefined();
    } finally {
      process.env["PATH"] = path;
    }
  });

  test("name commit and branch, from a folder below too", async () => {
    commitAll();
    mkdirSync(project.path("below"));
    const expected = { commit: git("rev-parse", "HEAD"), branch: "trunk", dirty: false };
    expect(await gitFacts(project.folder)).toEqual(expected);
    expect(await gitFacts(project.path("below"))).toEqual(expected);
  });

  test("an edit and a new file make it dirty, an ignored one does not", async () => {
    commitAll();
    project.write({ ignored: "x" });
    expect((await gitFacts(project.folder))?.dirty).toBe(false);
    project.write({ "new.txt": "x" });
    expect((await gitFacts(project.folder))?.dirty).toBe(true);
    project.remove("new.txt");
    project.write({ "a.txt": "b" });
    expect((await gitFacts(project.folder))?.dirty).toBe(true);
  });

  test("before the first commit and without a branch some are absent", async () => {
    git("init", "-q", "-b", "trunk");
    expect(await gitFacts(project.folder)).toEqual({ commit: undefined, branch: "trunk", dirty: true });
    commitAll();
    git("checkout", "-q", "--detach");
    expect(await gitFacts(project.folder)).toMatchObject({
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      branch: undefined,
    });
  });
});
