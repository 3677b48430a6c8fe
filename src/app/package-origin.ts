/**
 * Where the package that runs came from, as another project would ask for it.
 *
 * R1. A package that was installed from a file or a folder is asked for there again: its version alone may be in no registry.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { packageVersion } from "./package-version.ts";

const NAME = "agentic-workgraph";
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What stands behind its name under `dependencies` of a package.json in `folder` (absolute). */
export async function packageSpecifier(folder: string): Promise<string> {
  const modules = dirname(ROOT.replace(/[/\\]$/, ""));
  // A checkout, or a link to one.
  if (!/[/\\]node_modules$/.test(modules)) return asFile(folder, ROOT);
  const resolved = await lockedAs(modules);
  if (resolved?.startsWith("file:")) return asFile(folder, resolve(dirname(modules), resolved.slice("file:".length)));
  return `^${await packageVersion()}`;
}

/** Whether programs in `folder` can import the package, without installing anything. */
export function isInstalledFor(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, "node_modules", NAME, "package.json"))) return true;
    if (dirname(at) === at) return false;
  }
}

/** What npm remembers of an installed package. */
async function lockedAs(modules: string): Promise<string | undefined> {
  try {
    const lock = JSON.parse(await readFile(join(modules, ".package-lock.json"), "utf8")) as {
      readonly packages?: Readonly<Record<string, { readonly resolved?: string }>>;
    };
    return lock.packages?.[`node_modules/${NAME}`]?.resolved;
  } catch {
    // Other package managers keep other files; the version serves them.
    return undefined;
  }
}

function asFile(folder: string, path: string): string {
  return `file:${relative(folder, path).replaceAll("\\", "/").replace(/\/$/, "")}`;
}
