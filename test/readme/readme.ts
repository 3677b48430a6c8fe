/** README.md as tests read it: its sections, its blocks of code, and its transcripts. The page is the only source of what they run. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));
const FILE = `${ROOT}README.md`;

export interface Command {
  readonly command: string;
  /** What the page shows after it. */
  readonly shown: readonly string[];
}

/** Lines of a section, without its heading. */
function sectionLines(title: string): {
  readonly lines: readonly string[];
  readonly first: number;
  readonly end: number;
} {
  const lines = readFileSync(FILE, "utf8").split("\n");
  const heading = lines.indexOf(`## ${title}`);
  if (heading === -1) throw new Error(`README.md has no section "${title}"`);
  const next = lines.findIndex((line, index) => index > heading && line.startsWith("## "));
  return { lines, first: heading + 1, end: next === -1 ? lines.length : next };
}

/** The code blocks of one language in a section. */
export function blocks(title: string, language: string): readonly string[] {
  const { lines, first, end } = sectionLines(title);
  return [
    ...lines
      .slice(first, end)
      .join("\n")
      .matchAll(/^```(\w+)\n(.*?)\n```$/gms),
  ]
    .filter(([, written]) => written === language)
    .map(([, , text = ""]) => `${text}\n`);
}

/** The 20-line workflow. */
export function twentyLines(): string {
  const [code, ...more] = blocks("Twenty lines", "ts");
  if (code === undefined || more.length > 0) throw new Error('"Twenty lines" has one block of ts');
  return code;
}

/** What the `console` blocks of a section show: lines with "$ " are typed, the others are answers. */
export function transcript(title: string): readonly Command[] {
  const commands: { command: string; shown: string[] }[] = [];
  for (const block of blocks(title, "console")) {
    for (const line of block.split("\n").slice(0, -1)) {
      if (line.startsWith("$ ")) commands.push({ command: line.slice(2), shown: [] });
      else commands.at(-1)?.shown.push(line);
    }
  }
  return commands;
}

/** Puts new answers behind the commands of a section, which stay as they are. */
export function rewriteTranscript(title: string, answers: readonly (readonly string[])[]): void {
  const { lines, first, end } = sectionLines(title);
  const written: string[] = [];
  let inside = false;
  let next = 0;
  for (const line of lines.slice(first, end)) {
    if (line === "```console") inside = true;
    else if (line === "```") inside = false;
    if (!inside || line === "```console") written.push(line);
    else if (line.startsWith("$ ")) written.push(line, ...(answers[next++] ?? []));
  }
  writeFileSync(FILE, [...lines.slice(0, first), ...written, ...lines.slice(end)].join("\n"));
}
