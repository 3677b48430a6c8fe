/** Why an item ran, in words. */
import { assertNever } from "../base/assert.ts";
import type { GatheredChanges } from "../app/gathered-changes.ts";
import type { WhyOutput, WhyReason } from "../app/operations/why.ts";
import { notesText } from "./note-text.ts";
import { statusText } from "./run-text.ts";
import type { Colors } from "./terminal.ts";
import { cut, oneLine, printable } from "./text-width.ts";

/** Lines of a piece of code that are shown of each side. */
const SHOWN_LINES = 12;
const SHOWN_HUNKS = 5;

export function whyText(answer: WhyOutput, colors: Colors): string {
  const { address, node, status, comparedWith, reasons } = answer;
  const compared = comparedWith === undefined ? "" : colors.dim(`  compared with ${comparedWith}`);
  const head = `${address} ${colors.bold(oneLine(node))} ${statusText(status, colors)}${compared}`;
  const notes = answer.notes === undefined ? "" : `\nnotes\n${notesText(answer.notes, colors)}`;
  return `${[head, ...reasons.flatMap((reason) => reasonLines(reason, colors))].join("\n")}\n${notes}`;
}

function reasonLines(reason: WhyReason, colors: Colors): readonly string[] {
  switch (reason.kind) {
    case "reused": {
      const [first, ...further] = reason.from;
      const made = further.at(-1);
      return [
        `reused: the same code, given the same; recorded as ${first}`,
        ...(made === undefined
          ? []
          : [`  made as ${made}${further.length > 1 ? `, taken over ${further.length} times since` : ""}`]),
      ];
    }
    case "set":
      return ["its value was given by hand when the run was forked (--set); nothing ran, and no run reuses it"];
    case "code":
      return codeLines(reason, colors);
    case "input":
      return [
        "it was given something else:",
        ...reason.changes.flatMap(({ param, before, now, from, node, gathered }) => [
          `  ${oneLine(param)}${node === undefined ? "" : ` from ${oneLine(node)}`}${from === undefined ? "" : colors.dim(` ${from}`)}`,
          ...(before === undefined ? [] : [colors.red(`    - ${printable(before)}`)]),
          ...(now === undefined ? [] : [colors.green(`    + ${printable(now)}`)]),
          ...(gathered === undefined ? [] : elementLines(gathered, colors)),
        ]),
      ];
    case "never reused":
      return [`its result is never reused: ${reason.reads.map(readText).join(", ")}`];
    case "model":
      return [modelText(reason)];
    case "failed before":
      return [`${reason.address} has no result that could be reused: it failed, fell back, or was not done`];
    case "named":
      return [`asked for by --from ${reason.names.join(", ")}: it was named, or depends on what was`];
    case "new":
      return ["the run before has no item that stands for it"];
    case "first run":
      return ["there is no earlier run of this workflow to reuse anything of"];
    case "not asked":
      return [
        "the same code, given the same: nobody asked for reuse (fork, or run --reuse latest, would take it over)",
      ];
    case "taken":
      return [
        "the same code, given the same: each recorded result is taken once and another item took it, or an artifact it opened, or a model it asked, is another now",
      ];
    default:
      return assertNever(reason);
  }
}

function elementLines({ elements, total }: GatheredChanges, colors: Colors): readonly string[] {
  const more = total - elements.length;
  return [
    ...elements.flatMap(({ address, path, index, before, now }) => [
      `    ${oneLine(path)}${index === undefined ? "" : `[${index}]`} ${colors.dim(address)}${now === undefined ? " is in it no more" : before === undefined ? " is new in it" : ""}`,
      ...(before === undefined ? [] : [colors.red(`      - ${printable(before)}`)]),
      ...(now === undefined ? [] : [colors.green(`      + ${printable(now)}`)]),
    ]),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ];
}

function modelText({ before, now }: Extract<WhyReason, { kind: "model" }>): string {
  const [was, is] = [before.join(", "), now.join(", ")];
  return was === is
    ? `the settings of the model that answers are others: ${is}`
    : `the model that answers is another: ${was}, now ${is}`;
}

function readText(what: string): string {
  if (what === "effect") return "its node has an effect";
  return what === "set" ? "it was given by hand" : `it read ctx.${what}`;
}

function codeLines(reason: Extract<WhyReason, { kind: "code" }>, colors: Colors): readonly string[] {
  const { hunks, packages, isHashedAnew } = reason;
  const lines = ["its code changed:"];
  for (const { file, line, name, before, after } of hunks.slice(0, SHOWN_HUNKS)) {
    lines.push(`  ${file}:${line}${name === "" ? "" : ` ${colors.dim(oneLine(name))}`}`);
    lines.push(...shown(before).map((text) => colors.red(`    - ${text}`)));
    lines.push(...shown(after).map((text) => colors.green(`    + ${text}`)));
  }
  if (hunks.length > SHOWN_HUNKS) lines.push(`  and ${hunks.length - SHOWN_HUNKS} more places`);
  for (const { name, before, after } of packages)
    lines.push(`  package "${name}" ${before ?? "none"} -> ${after ?? "none"}`);
  if (hunks.length === 0 && packages.length === 0)
    lines.push(
      isHashedAnew
        ? "  the two versions were hashed by other rules; nothing shows that the code is another"
        : "  the order in which its module runs statements, or a module that it loads",
    );
  return lines;
}

function shown(lines: readonly string[]): readonly string[] {
  const texts = lines.slice(0, SHOWN_LINES).map((line) => cut(printable(line), 160));
  return lines.length > SHOWN_LINES ? [...texts, `(${lines.length - SHOWN_LINES} more lines)`] : texts;
}
