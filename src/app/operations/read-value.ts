/**
 * A value as JSON text, in parts: what previews and lists only show the beginning of.
 *
 * R1. Offsets count characters of the JSON text of one value. A recorded value never changes, so parts asked for at different
 *     times fit together.
 */
import { formatAddress } from "../../model/ids.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { findRun, unknownItem } from "../find-run.ts";
import { plainValue } from "../plain-json.ts";
import type { Workspace } from "../workspace.ts";
import { outputSeq } from "./read-output.ts";

export interface ReadValueInput {
  /** `RUN.CALL.ITEM` for a result; RUN for the input or the output of a run. */
  readonly address: string;
  /** Default: the result of an item, the output of a run. */
  readonly of?: "result" | "input" | "output";
  /** Of a result that is many: which element, from 0. */
  readonly element?: number;
  readonly offset?: number;
  readonly length?: number;
}

export interface ReadValueOutput {
  readonly address: string;
  readonly of: "result" | "input" | "output";
  readonly element?: number;
  readonly text: string;
  readonly offset: number;
  /** Of the whole text. */
  readonly length: number;
  readonly truncated: boolean;
}

const DEFAULT_LENGTH = 65_536;

export async function readValue(workspace: Workspace, input: ReadValueInput): Promise<ReadValueOutput> {
  const { address, of, encoded } = await find(workspace, input);
  const text = JSON.stringify(plainValue(encoded));
  const offset = Math.min(input.offset ?? 0, text.length);
  const part = text.slice(offset, offset + (input.length ?? DEFAULT_LENGTH));
  return {
    address,
    of,
    ...(input.element === undefined ? {} : { element: input.element }),
    text: part,
    offset,
    length: text.length,
    truncated: offset + part.length < text.length,
  };
}

interface FoundValue {
  readonly address: string;
  readonly of: ReadValueOutput["of"];
  readonly encoded: string;
}

async function find({ store }: Workspace, input: ReadValueInput): Promise<FoundValue> {
  const { run, call, item } = await findRun(store, input.address);
  const of = input.of ?? (call === undefined ? "output" : "result");
  if (of !== "result") {
    if (call !== undefined) throw misplaced(input.address, `"${of}" is a value of a run`, "Give the run id alone.");
    const seq = of === "input" ? 1 : await outputSeq(store, run);
    const encoded = seq === undefined ? undefined : await store.eventValue(run.runId, seq);
    if (encoded === undefined) throw missing(run.runId, `the run is ${run.status} and has no ${of}`);
    return { address: run.runId, of, encoded };
  }
  if (call === undefined || item === undefined) {
    throw misplaced(input.address, "a result belongs to an item", "Write an address: RUN.CALL.ITEM.");
  }
  const address = formatAddress(run.runId, call, item);
  const row = (await store.items(run.runId, { call, item })).items[0];
  if (row === undefined) throw unknownItem(run, call, item);
  if (input.element !== undefined) {
    const { values } = await store.list(run.runId, { call, item }, { first: input.element, count: 1 });
    if (values[0] !== undefined) return { address, of, encoded: values[0] };
    throw missing(address, `the result has ${row.size ?? 0} elements, no element ${input.element}`);
  }
  const [encoded] = await store.values(run.runId, [{ call, item }]);
  if (encoded !== undefined) return { address, of, encoded };
  throw missing(
    address,
    row.size === undefined
      ? `the item is ${row.status} and has no result`
      : `the result is ${row.size} elements: name one with "element"`,
  );
}

function misplaced(address: string, why: string, hint: string): WorkgraphError {
  return new WorkgraphError("WG5041", `"${address}" names no such value: ${why}`, { hint });
}

function missing(address: string, why: string): WorkgraphError {
  return new WorkgraphError("WG5044", `there is no value at "${address}": ${why}`);
}
