import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TempProject } from "../../test/versions/temp-project.ts";
import { installed } from "../../test/versions/sample-project.ts";
import { PackageReader, packageIdentity } from "./packages.ts";

let project: TempProject;

beforeEach(() => {
  project = new TempProject({
    ...installed("a", "1.0.0", { code: "", dependencies: { b: "*", "@s/c": "*" } }),
    ...installed("b", "2.0.0", { code: "", dependencies: { a: "*" } }),
    ...installed("@s/c", "3.0.0", { code: "" }),
  });
});

afterEach(() => project[Symbol.dispose]());

const read = (name: string): ReturnType<PackageReader["packageOf"]> =>
  new PackageReader().packageOf(project.path(`node_modules/${name}/index.js`));

const lock = (packages: Readonly<Record<string, unknown>>): void =>
  project.write({ "package-lock.json": JSON.stringify({ lockfileVersion: 3, packages }) });

describe("an installed package", () => {
  test("has the version of its own file and those below it", () => {
    expect(read("a")).toEqual({ name: "a", version: "1.0.0", below: ["@s/c@3.0.0", "b@2.0.0"] });
    expect(read("@s/c")).toEqual({ name: "@s/c", version: "3.0.0", below: [] });
  });

  test("below it the lockfile decides", () => {
    lock({ "node_modules/a": { version: "9.9.9", dependencies: { b: "*" } }, "node_modules/b": { version: "2.5.0" } });
    expect(read("a")).toEqual({ name: "a", version: "1.0.0", below: ["b@2.5.0"] });
  });

  test("a nested version is nearer than a hoisted one", () => {
    lock({
      "node_modules/a": { version: "1.0.0", dependencies: { b: "*" } },
      "node_modules/a/node_modules/b": { version: "2.7.0", dependencies: { "@s/c": "*" } },
      "node_modules/b": { version: "2.0.0" },
      "node_modules/@s/c": { version: "3.1.0" },
    });
    expect(read("a")?.below).toEqual(["@s/c@3.1.0", "b@2.7.0"]);
  });

  test("a circle of dependencies ends", () => {
    lock({
      "node_modules/a": { version: "1.0.0", dependencies: { b: "*" } },
      "node_modules/b": { version: "2.0.0", dependencies: { a: "*" } },
    });
    expect(read("a")?.below).toEqual(["b@2.0.0"]);
  });

  test("a package that the lockfile does not know is read from its folder", () => {
    lock({ "node_modules/other": { version: "1.0.0" } });
    expect(read("a")?.below).toEqual(["@s/c@3.0.0", "b@2.0.0"]);
  });

  test("a half-written lockfile is as good as none, and is an input", () => {
    project.write({ "package-lock.json": '{ "packages": {' });
    const reader = new PackageReader();
    expect(reader.packageOf(project.path("node_modules/a/index.js"))?.below).toEqual(["@s/c@3.0.0", "b@2.0.0"]);
    expect(reader.inputs).toContain(project.path("package-lock.json"));
  });

  test("a file outside of node_modules belongs to none", () => {
    expect(new PackageReader().packageOf(project.path("src/a.ts"))).toBeUndefined();
  });

  test("is identified by every version", () => {
    const base = { name: "a", version: "1.0.0", below: ["b@1.0.0"] };
    expect(packageIdentity(base)).toBe(packageIdentity({ ...base }));
    expect(packageIdentity(base)).not.toBe(packageIdentity({ ...base, version: "1.0.1" }));
    expect(packageIdentity(base)).not.toBe(packageIdentity({ ...base, below: ["b@1.0.1"] }));
  });
});
