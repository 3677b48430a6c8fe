/**
 * The pages that travel with the package, and their headings.
 *
 * Owns: which pages there are and where a section begins and ends. Leaves to operations/read-docs.ts: finding one and cutting it.
 *
 * R1. The pages are the files as they lie beside the code: nothing is asked of a network, and no copy is kept.
 * R2. A line that begins with `#` inside a block of code is no heading.
 */
import { readdir, readFile } from "node:fs/promises";
import { WorkgraphError } from "../model/workgraph-error.ts";

const ROOT = new URL("../../", import.meta.url);

/** Pages outside of docs/, by the name they are asked for with. */
const BESIDE: Readonly<Record<string, string>> = { readme: "README.md", "for-agents": "AGENTS.md" };

export interface DocPage {
  /** "authoring". */
  readonly name: string;
  /** From the package's root: "docs/authoring.md". */
  readonly path: string;
  /** Its first heading. */
  readonly title: string;
  readonly text: string;
  readonly sections: readonly DocSection[];
}

export interface DocSection {
  /** "authoring#handles", as in a link. */
  readonly topic: string;
  readonly title: string;
  /** 2 for `##`. */
  readonly level: number;
  /** Markdown, with its heading, up to the next heading of its level or above. */
  readonly text: string;
}

export async function docPages(): Promise<readonly DocPage[]> {
  const names = await readdir(new URL("docs/", ROOT)).catch((cause: unknown) => {
    throw unreadable("docs", cause);
  });
  const paths = new Map(Object.entries(BESIDE));
  for (const name of names.toSorted()) if (name.endsWith(".md")) paths.set(name.slice(0, -3), `docs/${name}`);
  const pages = await Promise.all([...paths].map(([name, path]) => readPage(name, path)));
  return pages.filter((page) => page !== undefined);
}

export async function errorsPage(): Promise<string> {
  return readFile(new URL("docs/errors.md", ROOT), "utf8").catch((cause: unknown) => {
    throw unreadable("docs/errors.md", cause);
  });
}

async function readPage(name: string, path: string): Promise<DocPage | undefined> {
  const text = await readFile(new URL(path, ROOT), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const [, title = name] = /^# (.+)$/m.exec(text) ?? [];
  return { name, path, title, text, sections: sectionsOf(name, text) };
}

function sectionsOf(page: string, text: string): readonly DocSection[] {
  const lines = text.split("\n");
  const headings: { readonly at: number; readonly level: number; readonly title: string }[] = [];
  let inCode = false;
  for (const [at, line] of lines.entries()) {
    if (line.startsWith("```")) inCode = !inCode;
    const match = inCode ? undefined : /^(#{2,4}) (.+)$/.exec(line);
    if (match) headings.push({ at, level: match[1]!.length, title: match[2]! });
  }
  return headings.map(({ at, level, title }, index) => {
    const next = headings.slice(index + 1).find((one) => one.level <= level);
    const end = next?.at ?? lines.length;
    return { topic: `${page}#${slug(title)}`, title, level, text: `${lines.slice(at, end).join("\n").trim()}\n` };
  });
}

/** As links within pages write a heading. */
export function slug(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
}

function unreadable(path: string, cause: unknown): WorkgraphError {
  return new WorkgraphError("WG5046", `${path} of the package cannot be read: ${(cause as Error).message}`, {
    hint: "Install the package again.",
    cause,
  });
}
