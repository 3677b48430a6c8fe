/**
 * The input of a run, from the command line, a file or stdin.
 *
 * R1. More than MAX_INPUT_BYTES is refused before it is read: by the size of a file, by counting what stdin gives.
 * R2. JSON that cannot be parsed names line and column.
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { badJsonAt } from "./json-place.ts";

export const MAX_INPUT_BYTES: number = 64 * 2 ** 20;

/** @param text JSON, `@file`, or `-` for stdin */
export async function readInput(text: string): Promise<unknown> {
  if (text === "-") return parse(await readAll(process.stdin, "stdin"), "stdin");
  if (!text.startsWith("@")) return parse(text, "the input");
  const file = text.slice(1);
  const name = `"${file}"`;
  try {
    const { size } = await stat(file);
    if (size > MAX_INPUT_BYTES) throw tooLarge(name, size);
    return parse(await readAll(createReadStream(file), name), name);
  } catch (cause) {
    if (cause instanceof WorkgraphError) throw cause;
    throw new WorkgraphError("WG5054", `the input file ${name} cannot be read: ${(cause as Error).message}`, {
      hint: "Check the path after the @.",
      cause,
    });
  }
}

async function readAll(stream: AsyncIterable<unknown>, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > MAX_INPUT_BYTES) throw tooLarge(name, undefined);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function tooLarge(name: string, sizeBytes: number | undefined): WorkgraphError {
  const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`;
  const size = sizeBytes === undefined ? "longer" : `${megabytes(sizeBytes)}, more`;
  return new WorkgraphError("WG5051", `the input of ${name} is ${size} than ${megabytes(MAX_INPUT_BYTES)}`, {
    hint: "Pass the path as a parameter and let a node read the file.",
    details: { limitBytes: MAX_INPUT_BYTES, ...(sizeBytes === undefined ? {} : { sizeBytes }) },
  });
}

function parse(text: string, name: string): unknown {
  const json = text.startsWith("\ufeff") ? text.slice(1) : text;
  if (json.trim() === "") throw new EmptyInput(name);
  try {
    return JSON.parse(json) as unknown;
  } catch (cause) {
    const at = badJsonAt(json);
    const { line, column } = placeOf(json, at);
    const what = at === json.length ? "it ends too early" : `${JSON.stringify(json[at])} cannot stand there`;
    throw new WorkgraphError("WG5052", `${name} is not JSON: ${what}, line ${line}, column ${column}`, {
      hint: `Near ${JSON.stringify(json.slice(Math.max(0, at - 20), at + 20))}.`,
      cause,
      details: { line, column },
    });
  }
}

/** Says only that there is nothing: the command that knows the workflow says what it takes. */
export class EmptyInput extends WorkgraphError {
  constructor(name: string) {
    super("WG5053", `${name} is empty`);
  }
}

function placeOf(text: string, position: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, position);
  const line = before.split("\n").length;
  return { line, column: position - before.lastIndexOf("\n") };
}
