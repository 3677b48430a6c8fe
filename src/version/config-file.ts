/** The configuration of a project is code: loaded by a plain import, by the process that opens the project and by its threads. */
import { pathToFileURL } from "node:url";
import { notingAsked } from "./asked-packages.ts";

/** @param file absolute */
export async function importConfig(file: string): Promise<{ readonly default?: unknown }> {
  return notingAsked(() => import(pathToFileURL(file).href) as Promise<{ readonly default?: unknown }>);
}
