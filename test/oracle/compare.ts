/**
 * Where a real run differs from what the oracle expects, one sentence each; nothing when they agree.
 *
 * R1. Everything expected has to be there and nothing else: variables, cells in order, executed items (as a bag).
 * R2. A label "*" in an expected path fits any label; keys and depth always count.
 */
import type { Actual, Executed, Expected, SettledCell, Variable } from "./expected.ts";

export interface CompareOptions {
  /** Which reading of the status holds: did the observer call `settled()` on every list? */
  readonly observer: "only watched" | "settled every list";
}

export const compare = (expected: Expected, actual: Actual, options: CompareOptions): string[] => {
  const status = options.observer === "only watched" ? expected.status : expected.statusIfAllSettled;
  const names = new Set([...Object.keys(expected.variables), ...Object.keys(actual.variables)]);
  return [
    ...[...names].flatMap((name) => compareVariable(name, expected.variables[name], actual.variables[name])),
    ...compareExecuted(expected.executed, actual.executed),
    ...(status === undefined || status === actual.status ? [] : [`the run is ${actual.status}, expected ${status}`]),
  ];
};

const compareVariable = (name: string, expected: Variable | undefined, actual: Variable | undefined): string[] => {
  if (expected === undefined) return [`${name} should not be there`];
  if (actual === undefined) return [`${name} is missing`];
  if (expected.kind !== "list" || actual.kind !== "list") {
    const [want, got] = [describe(expected), describe(actual)];
    return want === got ? [] : [`${name} is ${got}, expected ${want}`];
  }
  const out: string[] = [];
  if (expected.one !== actual.one) out.push(`${name} is ${one(actual.one)}, expected ${one(expected.one)}`);
  if (expected.cells.length !== actual.cells.length) {
    out.push(`${name} has ${actual.cells.length} cells, expected ${expected.cells.length}`);
  }
  for (const [i, want] of expected.cells.entries()) {
    const got = actual.cells[i];
    if (got !== undefined && !sameCell(want, got))
      out.push(`${name}[${i}] is ${cellText(got)}, expected ${cellText(want)}`);
  }
  return out;
};

const describe = (variable: Variable): string =>
  variable.kind === "list" ? `a list of ${variable.cells.length}` : `${variable.kind} with ${variable.code}`;

const one = (isOne: boolean): string => (isOne ? "one item" : "a list of items");

const sameCell = (want: SettledCell, got: SettledCell): boolean =>
  samePath(want.path, got.path) &&
  (want.status === "ok" ? got.status === "ok" && got.value === want.value : got.status === want.status);

const cellText = (cell: SettledCell): string =>
  `${cell.path} ${cell.status === "ok" ? JSON.stringify(cell.value) : cell.status}`;

/** Keys of generated programs hold neither "/" nor "[". */
export const samePath = (want: string, got: string): boolean => {
  const [wanted, found] = [want.split("/"), got.split("/")];
  return wanted.length === found.length && wanted.every((part, i) => samePart(part, found[i] as string));
};

const samePart = (want: string, got: string): boolean =>
  want.startsWith("*[") ? got.slice(got.indexOf("[")) === want.slice(1) && got.includes("[") : want === got;

const compareExecuted = (expected: readonly Executed[], actual: readonly Executed[]): string[] => {
  const left = [...actual];
  const out: string[] = [];
  // The most certain first: a star would take what only another expectation can be.
  for (const want of expected.toSorted((a, b) => stars(a) - stars(b))) {
    const at = left.findIndex((got) => sameExecuted(want, got));
    if (at < 0) out.push(`not executed: ${executedText(want)}`);
    else left.splice(at, 1);
  }
  return [...out, ...left.map((got) => `executed without need: ${executedText(got)}`)];
};

const stars = ({ path }: Executed): number =>
  path === undefined ? Number.MAX_SAFE_INTEGER : path.split("/").filter((part) => part.startsWith("*[")).length;

const sameExecuted = (want: Executed, got: Executed): boolean =>
  want.node === got.node &&
  want.input === got.input &&
  (want.path === undefined || got.path === undefined || samePath(want.path, got.path));

const executedText = ({ node, path, input }: Executed): string =>
  `${node}(${input})${path === undefined ? "" : ` at ${path}`}`;
