/** One item: what went in, what came out, every attempt that failed, what it logged. */
import { formatAddress, type CallNo, type ItemNo } from "../../model/ids.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { RunRow } from "../../store/store.ts";
import { allRuns, childEntry, type ChildEntry } from "../child-runs.ts";
import { findRun, unknownCall, unknownItem } from "../find-run.ts";
import { modelCallsOf, type ModelCallEntry } from "../model-calls.ts";
import { shownNotes, type NoteEntry } from "../run-notes.ts";
import { plainValue, previewOf, type Json } from "../plain-json.ts";
import type { Workspace } from "../workspace.ts";
import { errorEntries, withPlaces, type ErrorEntry } from "../error-entries.ts";
import { itemInputs, MAX_VALUE_LENGTH, type ItemInput } from "./item-inputs.ts";
import { listItems, type ItemEntry } from "./list-items.ts";
import { listLogs, type LogEntry } from "./list-logs.ts";

export interface ShowItemOutput extends Omit<ItemEntry, "value" | "error"> {
  readonly runId: string;
  readonly workflow: string;
  readonly inputs: readonly ItemInput[];
  /** The result; absent while there is none, or when it is longer than MAX_VALUE_LENGTH. */
  readonly value?: Json;
  /** One line, cut, when the result is too long for `value`. */
  readonly preview?: string;
  /** Characters of the recorded result. */
  readonly valueLength?: number;
  /** The first elements of a `many` result, one line each, cut; `size` says how many there are. */
  readonly elements?: readonly string[];
  /** The child run that stands for it, where it is an item of a call of a workflow. */
  readonly child?: ChildEntry;
  readonly errors: readonly ErrorEntry[];
  /** Calls of language models, those of failed attempts included, at most 100; absent where there are none. */
  readonly modelCalls?: readonly ModelCallEntry[];
  readonly logs: readonly LogEntry[];
  /** Of it and of its node, newest first; absent where there are none. */
  readonly notes?: readonly NoteEntry[];
}

const PREVIEW_LENGTH = 1_000;
const SHOWN_LOGS = 50;
const SHOWN_MODEL_CALLS = 100;
const SHOWN_ELEMENTS = 10;
const ELEMENT_LENGTH = 200;

export interface ShowItemInput {
  /** `RUN.CALL.ITEM`. */
  readonly item: string;
  /** "whole": the result however long it is. */
  readonly value?: "whole";
}

export async function showItem(workspace: Workspace, input: ShowItemInput): Promise<ShowItemOutput> {
  const { store } = workspace;
  const { run, call, item } = await findRun(store, input.item);
  if (call === undefined || item === undefined) {
    throw new WorkgraphError("WG5041", `"${input.item}" names no item`, { hint: "Write an address: RUN.CALL.ITEM." });
  }
  const row = (await store.calls(run.runId)).find((candidate) => candidate.call === call);
  if (row === undefined) throw unknownCall(run, call);
  const address = formatAddress(run.runId, call, item);
  const [entry] = (await listItems(workspace, { run: address })).items;
  if (entry === undefined) throw unknownItem(run, call, item);
  const [encoded] = await store.values(run.runId, [{ call, item }]);
  const fits = encoded !== undefined && (input.value === "whole" || encoded.length <= MAX_VALUE_LENGTH);
  const child = row.event.kind === "subgraph" ? await childAt(workspace, run, { call, item }) : undefined;
  const modelCalls = await modelCallsOf(store, { runId: run.runId, call, item });
  const { error, ...rest } = entry;
  void error;
  return {
    runId: run.runId,
    workflow: run.workflow,
    ...rest,
    inputs: await itemInputs(workspace, { run, call, item }),
    ...(fits ? { value: plainValue(encoded) } : {}),
    ...(encoded === undefined || fits ? {} : { preview: previewOf(encoded, PREVIEW_LENGTH) }),
    ...(encoded === undefined ? {} : { valueLength: encoded.length }),
    ...(encoded !== undefined || entry.size === undefined
      ? {}
      : { elements: await firstElements(workspace, { runId: run.runId, call, item }) }),
    ...(child === undefined ? {} : { child }),
    errors: await withPlaces(
      workspace,
      run,
      await errorEntries(store, run, {
        limit: 20,
        attempts: "all",
        matches: (failed) => failed.call === call && failed.item === item,
      }),
    ),
    ...(modelCalls.length === 0 ? {} : { modelCalls: modelCalls.slice(0, SHOWN_MODEL_CALLS) }),
    logs: (await listLogs(workspace, { run: address, limit: SHOWN_LOGS })).lines,
    ...(await shownNotes(store, { run, node: row.event.node, call, item })),
  };
}

async function childAt(
  { store }: Workspace,
  run: RunRow,
  at: { readonly call: CallNo; readonly item: ItemNo },
): Promise<ChildEntry | undefined> {
  const rows = await allRuns(store, { parent: run.runId });
  const child = rows.find(({ parent }) => parent?.call === at.call && parent.item === at.item);
  return child && childEntry(store, run, child);
}

interface ItemKey {
  readonly runId: string;
  readonly call: CallNo;
  readonly item: ItemNo;
}

async function firstElements({ store }: Workspace, { runId, call, item }: ItemKey): Promise<readonly string[]> {
  const { values } = await store.list(runId, { call, item }, { first: 0, count: SHOWN_ELEMENTS });
  return values.map((value) => previewOf(value, ELEMENT_LENGTH));
}
