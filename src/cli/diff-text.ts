/** What differs between two runs or versions, in words: the first divergence and its cause, then the rest, bounded. */
import { assertNever } from "../base/assert.ts";
import type { DiffCause, DiffFirst, DiffOutput, DiffedSide } from "../app/operations/diff.ts";
import { countsText, counted, shortVersion, statusText } from "./run-text.ts";
import { table } from "./table.ts";
import type { Colors } from "./terminal.ts";
import { cut, oneLine, printable } from "./text-width.ts";

const SHOWN_CHANGES = 10;
const SHOWN_HUNKS = 5;
const SHOWN_LINES = 12;
const SHOWN_FILES = 10;

export function diffText(answer: DiffOutput, colors: Colors): string {
  const { a, b, first, isSame } = answer;
  const lines = [sideLine("a", a, colors), sideLine("b", b, colors), ""];
  if (first) lines.push(...firstLines(first, colors), "");
  else if (isSame) lines.push("nothing differs but time", "");
  lines.push(...codeLines(answer, colors), ...inputLines(answer, colors), ...shapeLines(answer));
  lines.push(...nodeLines(answer), ...itemLines(answer, colors));
  return `${lines.join("\n").trimEnd()}\n`;
}

function sideLine(name: string, side: DiffedSide, colors: Colors): string {
  const { kind, runId, workflow, version, status, durationMs } = side;
  const run = kind === "version" ? "" : ` ${runId}`;
  const end = status === undefined ? "" : ` ${statusText(status, colors)}`;
  const time = durationMs === undefined ? "" : ` ${durationMs}ms`;
  return `${colors.bold(name)}${run} ${oneLine(workflow)}@${shortVersion(version)}${end}${time}`;
}

function firstLines(first: DiffFirst, colors: Colors): readonly string[] {
  const where = first.b ?? first.a ?? "";
  const node = first.node === undefined ? "" : ` ${colors.bold(oneLine(first.node))}`;
  const lines = [`${colors.bold("first divergence")}: ${whatText(first)}${node}${where === "" ? "" : ` ${where}`}`];
  if (first.a !== undefined && first.b !== undefined) lines.push(colors.dim(`  ${first.a} -> ${first.b}`));
  lines.push(...sidesLines(first, colors, "  "));
  return [...lines, ...causeLines(first.cause, colors)];
}

function sidesLines(
  sides: { readonly before?: string; readonly now?: string },
  colors: Colors,
  indent: string,
): readonly string[] {
  return [
    ...(sides.before === undefined ? [] : [colors.red(`${indent}- ${printable(sides.before)}`)]),
    ...(sides.now === undefined ? [] : [colors.green(`${indent}+ ${printable(sides.now)}`)]),
  ];
}

function whatText({ what, param }: DiffFirst): string {
  switch (what) {
    case "result":
      return "another result of";
    case "arguments":
      return `"${param ?? ""}" given to`;
    case "only in a":
      return "a call that only a made, of";
    case "only in b":
      return "a call that only b made, of";
    case "winner":
      return "another winner of";
    case "output":
      return "the output";
    case "none":
      return "none: every result is equal";
    default:
      return assertNever(what);
  }
}

function causeLines(cause: DiffCause, colors: Colors): readonly string[] {
  const head = (text: string): string => `${colors.bold("cause")}: ${text}`;
  switch (cause.kind) {
    case "code": {
      const lines = [
        head(`code${cause.node === undefined ? " of the workflow function" : ` of ${oneLine(cause.node)}`}`),
      ];
      for (const { file, line, name, before, after } of cause.hunks.slice(0, SHOWN_HUNKS)) {
        lines.push(`  ${oneLine(file)}:${line}${name === "" ? "" : ` ${colors.dim(oneLine(name))}`}`);
        lines.push(...shown(before).map((text) => colors.red(`    - ${text}`)));
        lines.push(...shown(after).map((text) => colors.green(`    + ${text}`)));
      }
      if (cause.hunks.length > SHOWN_HUNKS) lines.push(`  and ${cause.hunks.length - SHOWN_HUNKS} more places`);
      for (const { name, before, after } of cause.packages)
        lines.push(`  package "${oneLine(name)}" ${before ?? "none"} -> ${after ?? "none"}`);
      return lines;
    }
    case "input":
      return [
        head("input"),
        ...cause.changes
          .slice(0, SHOWN_CHANGES)
          .flatMap((change) => [`  ${printable(change.path)}`, ...valueLines(change, colors)]),
      ];
    case "outside answer":
      return [head(`outside answer: ${printable(cause.because)}`)];
    case "clock or chance":
      return [
        head(`clock or chance: ${printable(cause.because)}`),
        ...cause.places
          .slice(0, SHOWN_HUNKS)
          .map(({ file, line, name }) => `  ${oneLine(file)}:${line} ${oneLine(name)}`),
      ];
    case "by hand":
      return [head("somebody gave the result by hand (--set)")];
    case "unknown":
      return [head(`unknown: ${printable(cause.because)}`)];
    default:
      return assertNever(cause);
  }
}

function valueLines(change: { readonly before?: unknown; readonly now?: unknown }, colors: Colors): readonly string[] {
  const text = (value: unknown): string => cut(JSON.stringify(value) ?? "", 160);
  return sidesLines(
    {
      ...("before" in change ? { before: text(change.before) } : {}),
      ...("now" in change ? { now: text(change.now) } : {}),
    },
    colors,
    "    ",
  );
}

function shown(lines: readonly string[]): readonly string[] {
  const texts = lines.slice(0, SHOWN_LINES).map((line) => cut(printable(line), 160));
  return lines.length > SHOWN_LINES ? [...texts, `(${lines.length - SHOWN_LINES} more lines)`] : texts;
}

function codeLines({ code, first }: DiffOutput, colors: Colors): readonly string[] {
  if (!code?.isOther && (code?.files.length ?? 0) === 0) return [];
  const lines = [colors.bold("code")];
  const told = [
    ...(code!.isFunctionOther ? ["the workflow function"] : []),
    ...code!.nodes.map(({ node, change }) => `${oneLine(node)} (${change})`),
  ];
  lines.push(
    code!.isOther ? `  changed: ${told.join(", ") || "what it stands on"}` : "  nothing that executes changed",
  );
  for (const { name, before, after } of code!.packages)
    lines.push(`  package "${oneLine(name)}" ${before ?? "none"} -> ${after ?? "none"}`);
  if (code!.runtimes) lines.push(`  Node ${code!.runtimes.before} -> ${code!.runtimes.now}`);
  if (code!.isHashedAnew) lines.push("  the two versions were hashed by other rules");
  // What the cause shows already is not shown twice.
  const isShown = first?.cause.kind === "code" && code!.files.length === 1 && code!.files[0]!.hunks.length === 1;
  for (const { file, change, hunks } of isShown ? [] : code!.files.slice(0, SHOWN_FILES)) {
    lines.push(`  ${oneLine(file)}${change === "changed" ? "" : ` (${change})`}`);
    for (const hunk of hunks.slice(0, SHOWN_HUNKS)) {
      const { beforeLine, beforeCount, nowLine, nowCount } = hunk;
      lines.push(colors.dim(`  @@ -${beforeLine},${beforeCount} +${nowLine},${nowCount} @@`));
      lines.push(...shown(hunk.lines).map((line) => `  ${hunkLine(line, colors)}`));
    }
    if (hunks.length > SHOWN_HUNKS) lines.push(`  and ${hunks.length - SHOWN_HUNKS} more hunks`);
  }
  if (code!.files.length > SHOWN_FILES) lines.push(`  and ${code!.files.length - SHOWN_FILES} more files`);
  return [...lines, ""];
}

function hunkLine(line: string, colors: Colors): string {
  return line.startsWith("-") ? colors.red(line) : line.startsWith("+") ? colors.green(line) : line;
}

function inputLines({ input, first }: DiffOutput, colors: Colors): readonly string[] {
  if (!input || input.total === 0 || first?.cause.kind === "input") return [];
  const shownChanges = input.changes.slice(0, SHOWN_CHANGES);
  const more = input.total - shownChanges.length;
  return [
    colors.bold("input"),
    ...shownChanges.flatMap((change) => [`  ${printable(change.path)}`, ...valueLines(change, colors)]),
    ...(more > 0 ? [`  and ${more} more places`] : []),
    "",
  ];
}

function shapeLines({ shape }: DiffOutput): readonly string[] {
  if (!shape || shape.onlyATotal + shape.onlyBTotal === 0) return [];
  const { calls, onlyA, onlyB, onlyATotal, onlyBTotal } = shape;
  const told = (name: string, of: typeof onlyA, total: number): readonly string[] =>
    total === 0
      ? []
      : [
          `  only ${name}: ${of.map(({ node, address }) => `${oneLine(node)} ${address}`).join(", ")}${total > of.length ? ` and ${total - of.length} more` : ""}`,
        ];
  return [
    `shape: ${counted(calls.a, "call")} -> ${counted(calls.b, "call")}`,
    ...told("a", onlyA, onlyATotal),
    ...told("b", onlyB, onlyBTotal),
    "",
  ];
}

function nodeLines({ nodes = [] }: DiffOutput): readonly string[] {
  if (nodes.length === 0) return [];
  const both = (a: string, b: string): string => (a === b ? a : `${a} -> ${b}`);
  return [
    table(
      [{ title: "NODE" }, { title: "CALLS", align: "right" }, { title: "ITEMS" }, { title: "MS", align: "right" }],
      nodes.map(({ node, calls, items, ms }) => [
        node,
        both(String(calls.a), String(calls.b)),
        both(countsText(items.a), countsText(items.b)),
        `${ms.a} -> ${ms.b}`,
      ]),
    ),
  ];
}

function itemLines({ items = [], itemsTotal = 0 }: DiffOutput, colors: Colors): readonly string[] {
  if (itemsTotal === 0) return [];
  const lines = [`${colors.bold("items that differ")}: ${itemsTotal}`];
  for (const { a, b, node, path, change, isSameInput, before, now } of items) {
    const given = isSameInput === undefined ? "" : isSameInput ? ", given the same" : ", given something else";
    lines.push(`  ${oneLine(node)} ${oneLine(path)} ${colors.dim(`${a ?? "-"} -> ${b ?? "-"}`)} ${change}${given}`);
    lines.push(
      ...sidesLines(
        { ...(before === undefined ? {} : { before }), ...(now === undefined ? {} : { now }) },
        colors,
        "    ",
      ),
    );
  }
  if (itemsTotal > items.length) lines.push(`  and ${itemsTotal - items.length} more; --limit N or --json`);
  return lines;
}
