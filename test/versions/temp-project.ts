/**
 * A project in a folder of its own, for tests that bundle and load.
 * The package itself is a stub where a test is about versions alone; then nothing depends on what `src/index.ts` exports.
 */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** Path relative to the project folder, and text; a path that ends in " -> " plus a target is a link. */
export type ProjectFiles = Readonly<Record<string, string>>;

const STUB: ProjectFiles = {
  "node_modules/agentic-workgraph/package.json": JSON.stringify({
    name: "agentic-workgraph",
    version: "0.0.0",
    type: "module",
    exports: "./index.js",
  }),
  "node_modules/agentic-workgraph/index.js": [
    "export const node = (options, fn) => Object.assign((input) => fn(input), { options });",
    "export const workflow = (options, fn) => Object.assign((input) => fn(input), { options });",
    'export const text = () => { throw new Error("text() was not inlined"); };',
  ].join("\n"),
};

export class TempProject {
  readonly folder: string;

  constructor(files: ProjectFiles = {}) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), "workgraph-version-")));
    this.write({ "package.json": JSON.stringify({ name: "sample", type: "module" }), ...STUB, ...files });
  }

  /** URL of the stub, for `setPackageEntry`. */
  get stubUrl(): string {
    return pathToFileURL(this.path("node_modules/agentic-workgraph/index.js")).href;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(files: ProjectFiles): void {
    for (const [name, text] of Object.entries(files)) {
      const [path = name, target] = name.split(" -> ");
      mkdirSync(dirname(this.path(path)), { recursive: true });
      if (target === undefined) writeFileSync(this.path(path), text);
      else symlinkSync(target, this.path(path), "dir");
    }
  }

  remove(name: string): void {
    rmSync(this.path(name), { recursive: true, force: true });
  }

  /** The same project at another place. */
  copy(): TempProject {
    const other = new TempProject();
    rmSync(other.folder, { recursive: true, force: true });
    cpSync(this.folder, other.folder, { recursive: true, verbatimSymlinks: true });
    return other;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
