/**
 * `text()`: prompts and other texts that stand beside the code.
 *
 * R1. The bundler replaces a literal call by the content, which so belongs to the version. This is what runs in plain Node.
 * R2. The only file of define/ that reads files.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { captureSite } from "../trace/site.ts";
import { shown } from "./option-checks.ts";
import { at } from "./place.ts";

/**
 * The content of a text file (UTF-8) that lies beside a module. It belongs to the version of the workflow: another prompt
 * is another version. Call it at the top level, with the path written out.
 *
 * @param meta `import.meta` of the calling module.
 * @param path relative to that module: `"./prompt.md"`, `"../prompts/system.md"`.
 * @throws WorkgraphError WG1126 when the path is not relative or the file cannot be read.
 * @example
 * const PROMPT = text(import.meta, "./prompt.md");
 */
export function text(meta: { readonly url: string }, path: string): string {
  if (typeof path !== "string" || !/^\.\.?\//.test(path)) {
    throw refusal(`text was given the path ${shown(path)}`, 'write it relative to the module: "./prompt.md"');
  }
  const base = (meta as { readonly url?: unknown } | undefined)?.url;
  if (typeof base !== "string" || !URL.canParse(path, base)) {
    throw refusal(`text was given ${shown(meta)} in place of import.meta`, 'write text(import.meta, "./prompt.md")');
  }
  const url = new URL(encodeURI(path).replaceAll("#", "%23").replaceAll("?", "%3F"), base);
  try {
    return readFileSync(url, "utf8");
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "unreadable";
    const file = url.protocol === "file:" ? fileURLToPath(url) : url.href;
    throw refusal(
      `text file "${file}" cannot be read (${reason})`,
      "check the path; it is relative to the module",
      cause,
    );
  }
}

function refusal(what: string, hint: string, cause?: unknown): WorkgraphError {
  const site = captureSite(text);
  return new WorkgraphError("WG1126", `${what}${at(site)}`, {
    hint,
    ...(cause === undefined ? {} : { cause }),
    ...(site === undefined ? {} : { site }),
  });
}
