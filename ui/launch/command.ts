/** The command that does what a dialog is about to do: pasted into a terminal, it starts the same run. */
import { shellWord } from "../../src/model/command-line.ts";

export type AgainKind = "fork" | "rerun" | "resume";

export interface LaunchOrder {
  readonly target: string;
  readonly input: unknown;
  readonly tags: Readonly<Record<string, string>>;
}

export interface AgainOrder {
  readonly kind: AgainKind;
  readonly run: string;
  readonly code: "current" | "recorded";
  /** Absent: the recorded one. */
  readonly input?: unknown;
  /** Nodes and addresses that execute whatever is known. */
  readonly from: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

export function launchCommand({ target, input, tags }: LaunchOrder): string {
  return words(["run", target, ...(isEmpty(input) ? [] : [JSON.stringify(input)]), ...tagWords(tags)]);
}

export function againCommand(order: AgainOrder): string {
  const { kind, run } = order;
  if (kind === "resume") return words(["resume", run]);
  return words([
    kind,
    run,
    ...(order.code === "recorded" ? ["--pinned"] : []),
    ...(order.input === undefined ? [] : ["-i", JSON.stringify(order.input)]),
    ...(kind === "fork" ? order.from.flatMap((one) => ["--from", one]) : []),
    ...tagWords(order.tags),
  ]);
}

function words(all: readonly string[]): string {
  return ["npx", "workgraph", ...all.map(shellWord)].join(" ");
}

function tagWords(tags: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(tags).flatMap(([key, value]) => ["--tag", `${key}=${value}`]);
}

function isEmpty(input: unknown): boolean {
  return typeof input === "object" && input !== null && Object.keys(input).length === 0;
}

/** `key=value`, one a line or apart by commas; a word without "=" is a key without a value. */
export function readTags(text: string): Readonly<Record<string, string>> {
  const pairs = text
    .split(/[\n,]/)
    .map((one) => one.trim())
    .filter((one) => one !== "")
    .map((one) => {
      const at = one.indexOf("=");
      return at < 0 ? ([one, ""] as const) : ([one.slice(0, at).trim(), one.slice(at + 1).trim()] as const);
    });
  return Object.fromEntries(pairs);
}
