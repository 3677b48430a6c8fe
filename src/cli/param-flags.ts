/**
 * Parameters of a workflow as flags: `--prompt-text "a b"` is `promptText`.
 *
 * R1. The command line's own flags win; a parameter of the same name goes through `-i name=value`.
 * R2. `--name value`, `--name=value`; a flag at the end or before another flag is `true`, `--no-name` is `false`.
 * R3. Values stay text: the workflow's signature or schema says what they become.
 */
import { WorkgraphError } from "../model/workgraph-error.ts";

export interface Flags {
  readonly args: Readonly<Record<string, string>>;
  /** What is no flag and no value of one, in order. */
  readonly rest: readonly string[];
}

/** @param words what the command line did not understand itself, in order */
export function readFlags(words: readonly string[]): Flags {
  const args: Record<string, string> = {};
  const rest: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    const flag = /^--([A-Za-z][\w-]*)(?:=([\s\S]*))?$/.exec(word);
    if (!flag) {
      if (/^-[A-Za-z]/.test(word)) {
        throw new WorkgraphError("WG5050", `unknown option "${word}"`, {
          hint: 'Parameters are written "--name value" or "-i name=value".',
        });
      }
      rest.push(word);
      continue;
    }
    const [, name = "", inline] = flag;
    const next = words[index + 1];
    if (inline !== undefined) add(args, camelCase(name), inline);
    else if (next !== undefined && !/^--[A-Za-z]/.test(next)) {
      add(args, camelCase(name), next);
      index++;
    } else if (name.startsWith("no-")) add(args, camelCase(name.slice(3)), "false");
    else add(args, camelCase(name), "true");
  }
  return { args, rest };
}

/** Reads `key=value` texts, of -i and --tag. */
export function readPairs(pairs: readonly string[], option: string): Readonly<Record<string, string>> {
  const read: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1) {
      throw new WorkgraphError("WG5050", `"${option} ${pair}" has no key and value`, {
        hint: `Write ${option} key=value.`,
      });
    }
    add(read, pair.slice(0, at), pair.slice(at + 1));
  }
  return read;
}

function add(target: Record<string, string>, name: string, value: string): void {
  if (Object.hasOwn(target, name)) {
    throw new WorkgraphError("WG5050", `"${name}" is given twice`, { hint: "Give it once." });
  }
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

function camelCase(name: string): string {
  return name.replace(/-+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
