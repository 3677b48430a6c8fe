/**
 * Workflows as data: a few known nodes put together in any way, for properties that should hold of every workflow.
 *
 * Owns: the program, the workflow that it stands for, and what comes out of it where nothing fails. Leaves to arbitraries.ts: drawing one.
 *
 * R1. Every statement makes one call, by a node of its own: `s0`, `s1`, ... so that a failure can be placed at any call.
 * R2. A statement refers to earlier ones by number. Whatever the numbers are, the program is one that runs: shrinking cannot break it.
 * R3. Nodes do on text what can be told without a run: `list` makes three of one, `mark` one of one, `join` one of many.
 */
import { node, type NodeFunction } from "../define/node.ts";
import type { Ports } from "../define/ports.ts";
import { workflow, type Workflow } from "../define/workflow.ts";
import type { Items } from "../model/handle.ts";

/** What a statement does with the result of an earlier one (`of`, taken modulo the statements before it; the first takes the input). */
export interface ProgramStatement {
  /** "list": each text becomes several. "mark": each text is marked. "join": all texts become one. "await": as "mark", of what was
   *  awaited: a graph break. */
  readonly does: "list" | "mark" | "join" | "await";
  readonly of: number;
}

/** A workflow as data. It returns every result, as lists of texts. */
export interface Program {
  readonly statements: readonly ProgramStatement[];
}

/** How many texts `list` makes of one. */
const LIST_SIZE = 2;
/** Beyond it "list" marks instead: programs stay small. */
const MAX_TEXTS = 16;

type AnyNode = NodeFunction<Record<string, unknown> & object, string, Ports>;
type Source = Items<string> | readonly string[];

/** Id of the node of a statement. */
export const statementNode = (index: number): string => `s${index}`;

function nodeOf({ does }: ProgramStatement, index: number, width: number): AnyNode {
  const id = statementNode(index);
  if (does === "join") {
    return node({ id, gather: ["texts"], onFailed: "drop" }, async ({ texts }: { texts: string[] }) =>
      joined(texts, index),
    ) as unknown as AnyNode;
  }
  if (listsOf(does, width) > 1) {
    return node({ id, out: "many" }, async ({ text }: { text: string }) => listed(text, index)) as unknown as AnyNode;
  }
  return node({ id }, async ({ text }: { text: string }) => marked(text, index)) as unknown as AnyNode;
}

const marked = (text: string, index: number): string => `${text}.${index}`;
const joined = (texts: readonly string[], index: number): string => `(${texts.join("+")}).${index}`;
const listed = (text: string, index: number): string[] =>
  Array.from({ length: LIST_SIZE }, (_, place) => `${text}.${index}${"abc"[place]}`);
const listsOf = (does: ProgramStatement["does"], width: number): number =>
  does === "list" && width * LIST_SIZE <= MAX_TEXTS ? LIST_SIZE : 1;

/** Which earlier result a statement takes; undefined: the input. */
function sourceOf({ of }: ProgramStatement, index: number): number | undefined {
  const place = of % (index + 1);
  return place === 0 ? undefined : place - 1;
}

/** Texts that each statement gives, where nothing fails: its items are as many as those of its source, or one for "join". */
export function programResults({ statements }: Program): readonly (readonly string[])[] {
  const results: string[][] = [];
  for (const [index, statement] of statements.entries()) {
    const source = sourceOf(statement, index);
    const texts = source === undefined ? ["x"] : results[source]!;
    if (statement.does === "join") results.push([joined(texts, index)]);
    else if (listsOf(statement.does, texts.length) > 1) results.push(texts.flatMap((text) => listed(text, index)));
    else results.push(texts.map((text) => marked(text, index)));
  }
  return results;
}

/** Items that each statement has, where nothing fails. */
export function programItems(program: Program): readonly number[] {
  const results = programResults(program);
  return program.statements.map((statement, index) => {
    const source = sourceOf(statement, index);
    return statement.does === "join" || source === undefined ? 1 : results[source]!.length;
  });
}

/** The workflow that a program stands for: real nodes, real calls. Made anew at each call. */
export function programWorkflow(program: Program): Workflow<object, readonly (readonly string[])[]> {
  const results = programResults(program);
  const nodes = program.statements.map((statement, index) => {
    const source = sourceOf(statement, index);
    return nodeOf(statement, index, source === undefined ? 1 : results[source]!.length);
  });
  const flow = workflow({ name: "program" }, async () => {
    const made: Source[] = [];
    for (const [index, statement] of program.statements.entries()) {
      const source = sourceOf(statement, index);
      const of: Source = source === undefined ? ["x"] : made[source]!;
      const call = nodes[index] as unknown as (args: object) => Items<string>;
      if (statement.does === "join") made.push(call({ texts: of }));
      else if (statement.does === "await") made.push(call({ text: await present(of) }));
      else made.push(call({ text: of }));
    }
    return Promise.all(made.map(present));
  });
  return flow as unknown as Workflow<object, readonly (readonly string[])[]>;
}

/** The texts that are there: what failed is left out, and handled by that. */
async function present(source: Source): Promise<readonly string[]> {
  if (Array.isArray(source)) return source as readonly string[];
  const texts: string[] = [];
  for (const cell of await (source as Items<string>).settled()) if (cell.status === "ok") texts.push(cell.value);
  return texts;
}
