/** Leaves a note on a run, a call, an item or a node. It follows the code it is about (run-notes.ts). */
import { nearestName } from "../../base/nearest-name.ts";
import { systemClock } from "../../base/clock.ts";
import { commandLine } from "../../model/command-line.ts";
import { parseAddress } from "../../model/ids.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { RunRow, Store } from "../../store/store.ts";
import { findRun, LATEST, unknownCall, unknownItem } from "../find-run.ts";
import type { Caller } from "../launcher.ts";
import { codeHashIn, MAX_NOTE_LENGTH, notesOf, type NoteEntry, type NotePlace } from "../run-notes.ts";
import type { Workspace } from "../workspace.ts";

export interface AddNoteInput {
  /** RUN, RUN.CALL, RUN.CALL.ITEM, NODE or WORKFLOW/NODE. */
  readonly on: string;
  /** 1 to MAX_NOTE_LENGTH characters. */
  readonly text: string;
}

/** Runs that a node is looked for in, newest first. */
const LOOKED_AT = 200;

/** What is asked over MCP is asked by an agent. */
export function authorOf({ kind, id }: Caller): Caller {
  return { kind: kind === "mcp" ? "agent" : kind, id };
}

/** @throws WorkgraphError WG5123 for a text of no fitting length, WG5124 and WG5125 for a node that no or several workflows have */
export async function addNote({ store }: Workspace, { on, text }: AddNoteInput, author: Caller): Promise<NoteEntry> {
  const said = text.trim();
  if (said === "" || said.length > MAX_NOTE_LENGTH) {
    throw new WorkgraphError("WG5123", `a note of ${said.length} characters on "${on}"`, {
      hint: `Write 1 to ${MAX_NOTE_LENGTH.toLocaleString("en")} characters; publish what is longer as an artifact.`,
    });
  }
  const place = await placeOf(store, on);
  const { run, node, call, item } = place;
  const nodeHash = await codeHashIn(store, run, node);
  const id = await store.addNote({
    runId: run.runId,
    ...(node === undefined ? {} : { node }),
    ...(nodeHash === undefined ? {} : { nodeHash }),
    ...(call === undefined ? {} : { call }),
    ...(item === undefined ? {} : { item }),
    author: { kind: author.kind, id: author.id },
    text: said,
    at: systemClock.now(),
  });
  return (await notesOf(store, place)).find((note) => note.id === id)!;
}

/** @param on as of a note; what is no run, nor the beginning of one, is a node */
export async function placeOf(store: Store, on: string): Promise<NotePlace> {
  const asNode = /^(?:([a-z][a-z0-9_-]*)\/)?([a-z][a-z0-9_-]*)$/.exec(on.trim());
  if (asNode && on.trim() !== LATEST && (asNode[1] !== undefined || !(await isRun(store, on)))) {
    return nodePlace(store, { workflow: asNode[1], node: asNode[2] ?? "" });
  }
  const { run, call, item } = await findRun(store, on);
  if (call === undefined) return { run };
  const row = (await store.calls(run.runId)).find((one) => one.call === call);
  if (!row) throw unknownCall(run, call);
  const { node } = row.event;
  if (item === undefined) return { run, node, call };
  const { items } = await store.items(run.runId, { call, item, limit: 1 });
  if (items.length === 0) throw unknownItem(run, call, item);
  return { run, node, call, item };
}

async function isRun(store: Store, text: string): Promise<boolean> {
  if (parseAddress(text.trim()) === undefined) return false;
  const ids = await Promise.all([text, text.toUpperCase()].map((prefix) => store.runsByPrefix(prefix, 1)));
  return ids.flat().length > 0;
}

async function nodePlace(
  store: Store,
  { workflow, node }: { readonly workflow: string | undefined; readonly node: string },
): Promise<NotePlace> {
  const { runs } = await store.runs({
    level: "all",
    limit: LOOKED_AT,
    ...(workflow === undefined ? {} : { workflow }),
  });
  const found = new Map<string, RunRow>();
  const known = new Set<string>();
  for (const run of runs) {
    if (found.has(run.workflow) || run.forgottenAt !== undefined) continue;
    const calls = await store.calls(run.runId);
    for (const { event } of calls) known.add(event.node);
    if (calls.some(({ event }) => event.node === node)) found.set(run.workflow, run);
  }
  if (found.size > 1) {
    // A node that was run by itself is still the node of its workflow.
    const { aloneName } = await import("../../version/alone.ts");
    for (const name of found.keys()) found.delete(aloneName(name, node));
  }
  const [first, ...others] = found.values();
  if (first === undefined) throw unknownNode({ workflow, node, known });
  if (others.length > 0) {
    const names = [...found.keys()].toSorted().map((name) => `${name}/${node}`);
    throw new WorkgraphError("WG5125", `several workflows have a node "${node}": ${names.join(", ")}`, {
      hint: `Write which: "${names[0]}".`,
    });
  }
  return { run: first, node };
}

function unknownNode(asked: {
  readonly workflow: string | undefined;
  readonly node: string;
  readonly known: ReadonlySet<string>;
}): WorkgraphError {
  const near = nearestName(asked.node, [...asked.known]);
  const where = asked.workflow === undefined ? "" : ` of "${asked.workflow}"`;
  return new WorkgraphError("WG5124", `no run${where} has called a node "${asked.node}"`, {
    hint:
      near === undefined
        ? `A note is about code that ran: "${commandLine("runs")}" lists runs, RUN.CALL and RUN.CALL.ITEM name their parts.`
        : `Did you mean "${near}"?`,
  });
}
