/** What a case is: a workflow that goes well, what goes wrong then, and where that is. */

export type Files = Readonly<Record<string, string>>;
export type Input = Readonly<Record<string, unknown>>;

/** Where the fault is, by construction. */
export interface Truth {
  readonly node: string;
  readonly call: number;
  /** Undefined: the call as a whole, where one more or one fewer was made. */
  readonly item?: number;
  /** Item of call 1 whose child run it is in. */
  readonly child?: number;
  /** It is in the run that went well: something was not done any more. */
  readonly missing?: true;
  readonly file: string;
  readonly line: number;
}

export interface FaultCase {
  readonly name: string;
  readonly kind: string;
  /** What the strategy can compare with: the run before an edit; a run before the world, the clock or the input changed; nothing. */
  readonly before: "the edit" | "the change" | "nothing";
  readonly well: { readonly files: Files; readonly input: Input; readonly outside?: Files };
  readonly wrong: { readonly files?: Files; readonly input?: Input; readonly outside?: Files };
  /** Ms that pass between the two runs. */
  readonly waitMs?: number;
  readonly truth: Truth;
}

/** The line, from 1, that has this text; it must stand there once. */
export function lineOf(text: string, part: string): number {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => line.includes(part));
  if (at === -1 || lines.findIndex((line, index) => index > at && line.includes(part)) !== -1)
    throw new Error(`"${part}" stands not once in the text`);
  return at + 1;
}

export function replaced(text: string, part: string, by: string): string {
  if (text.split(part).length !== 2) throw new Error(`"${part}" stands not once in the text`);
  return text.replace(part, () => by);
}
