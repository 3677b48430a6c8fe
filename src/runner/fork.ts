/**
 * A run made from another one: which code, which input, what is taken over.
 *
 * Owns: reading what was asked for into the facts of a new run. Leaves to reuse.ts: what it reuses; to runner.ts: executing it.
 *
 * R1. The source run is only read.
 * R2. Current code is that of the file that the run came from. Where that is gone, it is the run's own version.
 * R3. What was asked is recorded with the new run, so that whoever goes on with it does the same.
 */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { nearestName } from "../base/nearest-name.ts";
import { encodeInput } from "../define/workflow-input.ts";
import { decode, encode } from "../model/codec.ts";
import { commandLine } from "../model/command-line.ts";
import type { Project } from "../model/config.ts";
import type { RunOrigin } from "../model/events.ts";
import { parseAddress } from "../model/ids.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { NewRunFacts } from "../runtime/start.ts";
import { ownedElsewhere } from "../store/refusals.ts";
import type { RunRow, Store } from "../store/store.ts";
import { aloneOf } from "../version/alone.ts";
import { loadVersion } from "../version/stored-version.ts";
import { UNVERSIONED, type CodeLoader, type LoadedCode } from "./code.ts";
import { readInput } from "./input.ts";

export interface ForkRequest {
  readonly run: string;
  readonly kind: RunOrigin["kind"];
  /** Which code it executes; default "current". */
  readonly code?: "current" | "recorded";
  /** In place of the recorded input. */
  readonly input?: unknown;
  /** Single parameters, as text, in place of those of the input. */
  readonly args?: Readonly<Record<string, string>>;
  /** Nodes and addresses of the source run that execute whatever is known, with everything that depends on them. */
  readonly from?: readonly string[];
  /** Results of items of the source run, given by hand. */
  readonly set?: readonly { readonly address: string; readonly value: unknown }[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly caller?: { readonly kind: string; readonly id: string };
}

export interface PreparedFork {
  readonly code: LoadedCode;
  readonly facts: NewRunFacts;
  readonly origin: RunOrigin;
}

export interface ForkHost {
  readonly store: Store;
  readonly project: Project;
  readonly code: CodeLoader;
}

export async function prepareFork(host: ForkHost, request: ForkRequest): Promise<PreparedFork> {
  const { store, project } = host;
  const row = await store.run(request.run);
  if (!row) {
    throw new WorkgraphError("WG5001", `there is no run "${request.run}"`, {
      hint: `"${commandLine("runs")}" lists them`,
    });
  }
  if (row.forgottenAt !== undefined) {
    throw new WorkgraphError("WG4040", `run ${row.runId} was forgotten: its input and results are gone`, {
      hint: `"${commandLine("runs")}" lists the others`,
    });
  }
  if (request.kind === "continues" && row.owner?.alive === true)
    throw ownedElsewhere({ runId: row.runId, pid: row.owner.pid });
  const code = await codeOf(host, row, request.code ?? "current");
  if (code.version === UNVERSIONED) throw unversioned(row);
  const origin = await originOf(store, row, request);
  const input = await inputOf({ store, row, code, request });
  return {
    code,
    origin,
    facts: {
      version: code.version,
      input,
      project: project.name,
      origin,
      ...(code.manifest === undefined ? {} : { manifest: code.manifest }),
      ...(code.origin ? { code: code.origin } : {}),
      tags: { ...row.tags, ...request.tags },
      ...(request.caller ? { caller: request.caller } : {}),
    },
  };
}

/** R2. */
async function codeOf(host: ForkHost, row: RunRow, which: "current" | "recorded"): Promise<LoadedCode> {
  if (row.manifest === undefined) throw unversioned(row);
  if (which === "recorded") return host.code.loadRecorded(row);
  const version = await loadVersion(host.store, row.manifest);
  const file = resolve(host.project.root, row.code?.root ?? "", version.path);
  const there = await stat(file).catch(() => undefined);
  if (there?.isFile() !== true) return host.code.loadRecorded(row);
  const alone = aloneOf(version);
  return alone
    ? host.code.load({ file, exportName: alone.exportName }, { node: alone.node })
    : host.code.load({ file, exportName: version.exportName });
}

function unversioned(row: RunRow): WorkgraphError {
  return new WorkgraphError(
    "WG4041",
    `run ${row.runId} is unversioned: its code was in no file, so nothing says which of its results still hold`,
    { hint: "define the workflow in a file and export it; start a run from the program that has it" },
  );
}

async function inputOf(from: {
  readonly store: Store;
  readonly row: RunRow;
  readonly code: LoadedCode;
  readonly request: ForkRequest;
}): Promise<string> {
  const { store, row, code, request } = from;
  const recorded = (await store.eventValue(row.runId, 1)) ?? "{}";
  const isChanged = request.input !== undefined || request.args !== undefined;
  if (!isChanged && code.version === row.version) return recorded;
  const { definition, facts } = code;
  const given = { input: request.input ?? decode(recorded), ...(request.args ? { args: request.args } : {}) };
  return encodeInput(await readInput(definition, facts?.signature, given), definition.name);
}

async function originOf(store: Store, row: RunRow, request: ForkRequest): Promise<RunOrigin> {
  const { kind, from = [], set = [] } = request;
  const origin = { kind, run: row.runId };
  if (from.length === 0 && set.length === 0) return origin;
  const nodes = new Set((await store.calls(row.runId)).map(({ event }) => event.node));
  const names: string[] = [];
  for (const name of from) names.push(nodes.has(name) ? name : await addressOf(store, row, { name, nodes }));
  const values: { readonly call: number; readonly item: number; readonly value: string }[] = [];
  for (const { address, value } of set) {
    const { call, item } = parseAddress(await addressOf(store, row, { name: address }))!;
    if (call === undefined || item === undefined) throw noItem(row, address);
    const [known] = (await store.items(row.runId, { call, item, limit: 1 })).items;
    if (known?.size !== undefined && known.size !== 1 && !Array.isArray(value)) throw noList(address);
    values.push({ call, item, value: encode(value) });
  }
  return {
    ...origin,
    ...(names.length > 0 ? { from: names } : {}),
    ...(values.length > 0 ? { set: values } : {}),
  };
}

/** `RUN.CALL` or `RUN.CALL.ITEM` with the whole id of the run, which is there. */
async function addressOf(
  store: Store,
  row: RunRow,
  named: { readonly name: string; readonly nodes?: ReadonlySet<string> },
): Promise<string> {
  const { name, nodes } = named;
  const address = parseAddress(name);
  const isOfRun =
    address?.call !== undefined && (address.run === "latest" || row.runId.startsWith(address.run.toUpperCase()));
  if (!isOfRun) throw nodes ? noPlace(row, name, nodes) : noItem(row, name);
  const { call, item } = address;
  const { items } = await store.items(row.runId, { call: call!, ...(item === undefined ? {} : { item }), limit: 1 });
  if (items.length === 0) throw noItem(row, name);
  return item === undefined ? `${row.runId}.${call}` : `${row.runId}.${call}.${item}`;
}

function noList(address: string): WorkgraphError {
  return new WorkgraphError("WG4043", `the value given for ${address} is no array, and that item gave a list`, {
    hint: `write the elements: --set ${address}='["a", "b"]'`,
  });
}

function noPlace(row: RunRow, name: string, nodes: ReadonlySet<string>): WorkgraphError {
  const near = nearestName(name, [...nodes]);
  return new WorkgraphError("WG4042", `"${name}" is no node and no address of run ${row.runId}`, {
    hint: near === undefined ? `its nodes: ${[...nodes].join(", ")}` : `did you mean "${near}"?`,
    details: { nodes: [...nodes] },
  });
}

function noItem(row: RunRow, name: string): WorkgraphError {
  return new WorkgraphError("WG4042", `"${name}" is no item of run ${row.runId}`, {
    hint: `write ${row.runId}.CALL.ITEM; "${commandLine(`items ${row.runId}`)}" lists its items`,
  });
}
