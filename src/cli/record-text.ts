/** Error records and log lines as people read them. */
import type { ErrorEntry } from "../app/operations/list-errors.ts";
import type { LogEntry } from "../app/operations/list-logs.ts";
import type { Colors } from "./terminal.ts";
import { oneLine, printable, siteText } from "./text-width.ts";

const MAX_STACK_LINES = 8;

/** Frames of this package say nothing about the author's code. */
const OWN_CODE = new URL("..", import.meta.url).href;

/** An error of ours begins with its code, which is shown beside it. */
export function bareMessage({ code, message }: { readonly code: string; readonly message: string }): string {
  return message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message;
}

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
    `  ${colors.red(oneLine(error.name))} ${error.code}: ${printable(bareMessage(error)).replace(/\n/g, "\n  ")}`,
  ];
  if (error.hint !== undefined) lines.push(`  ${printable(error.hint).replace(/\n/g, "\n  ")}`);
  if (error.address !== undefined && error.path !== undefined) lines.push(`  item ${error.address}`);
  for (const issue of error.issues ?? []) lines.push(`  ${oneLine(issue.path.join("."))}: ${oneLine(issue.message)}`);
  if (error.site !== undefined) lines.push(`  at ${siteText(error.site)}`);
  for (const cause of error.causes ?? []) lines.push(`  caused by ${oneLine(`${cause.name}: ${cause.message}`)}`);
  if (stack === "shown" && error.stack !== undefined) {
    const frames = printable(error.stack)
      .split("\n")
      .filter((line) => /^\s*at /.test(line) && !line.includes(OWN_CODE));
    for (const frame of frames.slice(0, MAX_STACK_LINES))
      lines.push(colors.dim(`    ${frame.trim().replaceAll(`${process.cwd()}/`, "")}`));
  }
  return `${lines.join("\n")}\n`;
}

export function logText(line: LogEntry, colors: Colors): string {
  const [, call, item] = /\.(\d+)\.(\d+)$/.exec(line.address) ?? [];
  const where = `${line.node} ${call}.${item}`;
  const fields = line.fields === undefined ? "" : ` ${JSON.stringify(line.fields)}`;
  const text = `${line.text}${fields}`;
  const shown = line.level === "error" ? colors.red(printable(text)) : printable(text);
  return `${colors.dim(line.time.slice(11, 23))}  ${line.level.padEnd(8)}  ${oneLine(where)}  ${shown.replace(/\n+$/, "")}\n`;
}
