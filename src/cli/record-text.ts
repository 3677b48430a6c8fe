/** Error records and log lines as people read them. */
import type { ErrorEntry } from "../app/error-entries.ts";
import type { LogEntry } from "../app/operations/list-logs.ts";
import type { Colors } from "./terminal.ts";
import { oneLine, ownMessage, printable, siteText } from "./text-width.ts";

const MAX_STACK_LINES = 8;

/** Frames of this package say nothing about the author's code. */
const OWN_CODE = new URL("..", import.meta.url).href;

export function errorText(
  error: ErrorEntry,
  { colors, stack }: { readonly colors: Colors; readonly stack: "shown" | "none" },
): string {
  const where = [error.node, error.path ?? error.address].filter((part) => part !== undefined).join("  ");
  const attempt = error.attempt === undefined ? "" : `, attempt ${error.attempt}`;
  const retried = error.final ? "" : " (tried again)";
  const head = `${where === "" ? "run" : where}${attempt}${retried}`;
  const lines = [
    colors.bold(oneLine(head)),
    `  ${colors.red(oneLine(error.name))} ${error.code}: ${ownMessage(error).replace(/\n/g, "\n  ")}`,
  ];
  if (error.hint !== undefined) lines.push(`  ${printable(error.hint).replace(/\n/g, "\n  ")}`);
  if (error.address !== undefined && error.path !== undefined) lines.push(`  item ${error.address}`);
  for (const issue of error.issues ?? []) lines.push(`  ${oneLine(issue.path.join("."))}: ${oneLine(issue.message)}`);
  const frames = stack === "shown" ? framesOf(error) : [];
  // The first frame says it too, in most cases.
  if (error.site !== undefined && !frames[0]?.includes(siteText(error.site)))
    lines.push(`  at ${siteText(error.site)}`);
  lines.push(...causeLines(error));
  for (const frame of frames) lines.push(colors.dim(`  ${frame}`));
  return `${lines.join("\n")}\n`;
}

/** A cause whose words the message has already says nothing new. */
export function causeLines({ message, causes = [] }: Pick<ErrorEntry, "message" | "causes">): readonly string[] {
  const told = causes.filter((cause) => !message.includes(cause.message));
  return told.map((cause) => `  caused by ${oneLine(`${cause.name}: ${cause.message}`)}`);
}

function framesOf({ stack = "" }: ErrorEntry): readonly string[] {
  return printable(stack)
    .split("\n")
    .filter((line) => /^\s*at /.test(line) && !line.includes(OWN_CODE))
    .slice(0, MAX_STACK_LINES)
    .map((frame) => frame.trim().replaceAll(`${process.cwd()}/`, ""));
}

export function logText(line: LogEntry, colors: Colors): string {
  const [, call, item] = /\.(\d+)\.(\d+)$/.exec(line.address) ?? [];
  const where = `${line.node} ${call}.${item}`;
  const fields = line.fields === undefined ? "" : ` ${JSON.stringify(line.fields)}`;
  const text = `${line.text}${fields}`;
  const shown = line.level === "error" ? colors.red(printable(text)) : printable(text);
  return `${colors.dim(line.time.slice(11, 23))}  ${line.level.padEnd(8)}  ${oneLine(where)}  ${shown.replace(/\n+$/, "")}\n`;
}
