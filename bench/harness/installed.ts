/**
 * The built package as npm would lay it out, in a folder elsewhere, and workflow files beside it.
 *
 * In a checkout `bin/workgraph.js` runs the source; without `src/` it runs `dist/`, which is what a user has.
 */
import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inTemporaryFolder } from "./folder.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Installed {
  /** The folder of a project that has the package installed. */
  readonly dir: string;
  /** `bin/workgraph.js` of the installed package. */
  readonly bin: string;
}

export function inInstalledProject<T>(use: (project: Installed) => Promise<T>): Promise<T> {
  return inTemporaryFolder((dir) => {
    const modules = join(dir, "node_modules");
    const own = join(modules, "agentic-workgraph");
    mkdirSync(own, { recursive: true });
    for (const part of ["bin", "package.json"]) cpSync(join(ROOT, part), join(own, part), { recursive: true });
    build(join(own, "dist"));
    for (const name of readdirSync(join(ROOT, "node_modules"))) {
      if (!name.startsWith(".") && name !== "agentic-workgraph")
        symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
    }
    writeFileSync(join(dir, "package.json"), '{ "name": "bench", "type": "module" }\n');
    for (const name of readdirSync(join(ROOT, "bench/workflows")))
      cpSync(join(ROOT, "bench/workflows", name), join(dir, name));
    return use({ dir, bin: join(own, "bin/workgraph.js") });
  });
}

/** As `npm run build` does, but beside the checkout's own `dist/`. Whether the types are right is for `npm run check` to say. */
function build(outDir: string): void {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", outDir], { cwd: ROOT });
  for (const path of globSync("**/*.sql", { cwd: join(ROOT, "src") }))
    cpSync(join(ROOT, "src", path), join(outDir, path));
}
