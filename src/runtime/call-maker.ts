/**
 * Turns a call expression into a call of the graph: alignment, and what its arguments stand for.
 *
 * Owns: everything that happens inside the call expression. Leaves to draft.ts: edges; to call-log.ts: identity and taking
 * over what is recorded; to the calls: doing their work.
 *
 * R1. Nothing starts here.
 * R2. A node of plain JavaScript that declares nothing gives a list of its own under each item. Where that does not align and
 *     single values would, they are taken as such; an array among them fails its item (WG1015).
 */
import { jsonText } from "../base/primordials.ts";
import { countsArrayAsMany } from "../define/undeclared.ts";
import type { NodeDefinition } from "../model/definition.ts";
import type { CallKind } from "../model/events.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { createHandle, type HandleTarget } from "../trace/handle.ts";
import { originalSite, type CapturedSite } from "../trace/site.ts";
import { align, filtered, joined, Space, type MappedArgument, type Placed } from "../trace/space.ts";
import { ArgumentReader, type Argument } from "./arguments.ts";
import type { Awaiter } from "./await.ts";
import type { CallState } from "./call.ts";
import { CallLog } from "./call-log.ts";
import type { Source } from "./combine-call.ts";
import type { Delivery } from "./delivery.ts";
import type { Divergence } from "./divergence.ts";
import { Domain } from "./domain.ts";
import { addFlowEdges, addHandleEdge, newDraft, type Draft } from "./draft.ts";
import { FilterCall } from "./filter-call.ts";
import type { GatheredInput, MappedInput } from "./item-call.ts";
import { MergeCall } from "./merge-call.ts";
import { NodeCall } from "./node-call.ts";
import type { Origins } from "./origins.ts";
import type { Output } from "./output.ts";
import { RaceCall, SleepCall } from "./race-call.ts";
import type { Recorded, RecordedCall } from "./recorded.ts";
import type { RunCore } from "./run-core.ts";
import { SubgraphCall } from "./subgraph-call.ts";
import { TupleCall, type TupleKind } from "./tuple-call.ts";

export interface CallMakerParts {
  readonly run: RunCore & object;
  readonly delivery: Delivery;
  readonly origins: Origins;
  readonly awaiter: Awaiter;
  readonly recorded: Recorded | undefined;
  readonly maxCalls: number;
  readonly divergence: Divergence;
  readonly onOpenCall: (call: CallState) => void;
}

/** Which output of a call a handle stands for, and where its items stand. */
interface Handed extends Placed {
  readonly port: number;
  readonly many: boolean;
  readonly isSingle?: () => boolean;
}

const inputMark = ({ fromInput }: { readonly fromInput: boolean }): { readonly input?: true } =>
  fromInput ? { input: true } : {};

export class CallMaker {
  readonly #parts: CallMakerParts;
  readonly rootSpace: Space = new Space(0, "run");
  readonly rootDomain: Domain = Domain.root(this.rootSpace);
  readonly calls: Map<number, CallState> = new Map();
  readonly #reader: ArgumentReader;
  readonly #log: CallLog;
  readonly #concats: WeakMap<
    object,
    { readonly elements: readonly unknown[]; readonly made: CallState; readonly space: Space }
  > = new WeakMap();
  /** Calls of undeclared nodes, and where their items stand. */
  readonly #soft: WeakMap<CallState, Placed> = new WeakMap();

  constructor(parts: CallMakerParts) {
    this.#parts = parts;
    this.#reader = new ArgumentReader(parts.run, parts.origins, { space: this.rootSpace, domain: this.rootDomain });
    this.#log = new CallLog(parts);
  }

  /** Recorded calls that the function has not asked for (again). */
  unclaimed(): RecordedCall[] {
    return this.#log.unclaimed();
  }

  // ---- node calls

  node(definition: NodeDefinition, args: Readonly<Record<string, unknown>>, site: CapturedSite | undefined): object {
    this.#register(definition, site);
    const draft = this.#draft(definition.subgraph ? "subgraph" : "node", definition.id, site);
    if (definition.title !== undefined) draft.title = definition.title;
    if (definition.description !== undefined) draft.description = definition.description;
    const mapped: MappedInput[] = [];
    const aligned: MappedArgument[] = [];
    const gathered: GatheredInput[] = [];
    const plain = new Map<string, string>();
    const undeclared: string[] = [];

    for (const [param, value] of Object.entries(args)) {
      if (value === undefined) continue;
      const argument = this.#reader.read(definition, value, { node: definition.id, param, site });
      if (argument.kind === "plain") {
        plain.set(param, argument.text);
        draft.inputs[param] = { from: "value", digest: argument.digest, ...inputMark(argument) };
        draft.lineage.push(`${param} v:${argument.digest}`);
        addFlowEdges(draft, param, argument.flows);
        continue;
      }
      const how = definition.gather.has(param) ? "gather" : "item";
      const source = this.#source(draft, { param, how, argument });
      if (how === "gather") gathered.push({ param, output: source.output, source: source.call });
      else {
        mapped.push({ param, output: source.output });
        aligned.push({ param, space: source.space, subsets: source.subsets });
        if (argument.kind === "list" && definition.out === "undeclared") undeclared.push(param);
      }
    }
    const at = this.#align(draft, { mapped, aligned });
    const { space } = at;
    const base = this.#domainOf(space, mapped);
    const soft = countsArrayAsMany(definition);
    const many = soft || definition.out === "many" || definition.out === "stream";
    draft.space = space;
    draft.many = many || space !== this.rootSpace;
    if (definition.out === "undeclared") undeclared.push("out");
    if (undeclared.length > 0) draft.undeclared = undeclared;
    if (plain.size > 0) draft.value = `{${[...plain].map(([param, text]) => `${jsonText(param)}:${text}`).join(",")}}`;

    const { created, recorded } = this.#log.record(draft);
    const childSpace = many ? new Space(created.call, definition.id, { parent: space, over: at.subsets }) : undefined;
    const spec = { definition, base, mapped, gathered, plain, childSpace };
    const call = definition.subgraph
      ? new SubgraphCall(this.#parts.run, created, { ...spec, workflow: definition.subgraph })
      : new NodeCall(this.#parts.run, created, spec);
    if (soft) this.#soft.set(call, at);
    if (recorded) call.adopt(recorded);
    this.#adopt(call, recorded);
    const isSingle = (): boolean => space === this.rootSpace && call.isScalar(0);
    return this.#handle(call, {
      ...(childSpace ? { space: childSpace, subsets: [] } : at),
      port: 0,
      many: draft.many,
      ...(soft ? { isSingle } : {}),
    });
  }

  /** R2: what does not align as lists may align as single values. */
  #align(draft: Draft, args: { readonly mapped: MappedInput[]; readonly aligned: MappedArgument[] }): Placed {
    try {
      return align(draft.node, args.aligned, this.rootSpace);
    } catch (refusal) {
      let changed = false;
      for (const [i, { param }] of args.aligned.entries()) {
        const input = draft.inputs[param];
        const call = input?.from === "call" && input.port === 0 ? this.calls.get(input.call) : undefined;
        const above = call && this.#soft.get(call);
        if (!call || !above) continue;
        changed = true;
        args.aligned[i] = { param, ...above };
        args.mapped[i] = { param, output: call.outputs[1]! };
        draft.inputs[param] = { from: "call", call: call.no, port: 1, how: "item" };
        draft.lineage.push(`${param} single`);
      }
      if (!changed) throw refusal;
      return this.#align(draft, args);
    }
  }

  #register(definition: NodeDefinition, site: CapturedSite | undefined): void {
    const { definitions } = this.#parts.run;
    const known = definitions.get(definition.id);
    if (!known) definitions.set(definition.id, definition);
    else if (known !== definition) {
      throw new WorkgraphError("WG1004", `two nodes of this workflow have the id "${definition.id}"`, {
        hint: "give one of them another id; ids name nodes in the history",
        ...(site ? { site: originalSite(site) } : {}),
      });
    }
  }

  #domainOf(space: Space, mapped: readonly MappedInput[]): Domain {
    if (space === this.rootSpace) return this.rootDomain;
    return mapped.find((input) => input.output.domain.space === space)!.output.domain;
  }

  /** The output an argument stands for; notes its lineage and edge. */
  #source(
    draft: Draft,
    of: {
      readonly param: string;
      readonly how: "item" | "gather";
      readonly argument: Exclude<Argument, { kind: "plain" }>;
    },
  ): Source & Placed {
    const { param, how, argument } = of;
    if (argument.kind === "list") {
      draft.lists.set(param, argument);
      const size = argument.values.length;
      draft.inputs[param] = { from: "list", list: argument.output.list, how, size, ...inputMark(argument) };
      draft.lineage.push(`${param} l:${argument.digest}`);
      addFlowEdges(draft, param, argument.flows);
      return { output: argument.output, call: undefined, space: argument.output.domain.space, subsets: [] };
    }
    const target = argument.kind === "handle" ? argument.target : this.#concat(argument, { param, site: draft.site });
    const call = this.calls.get(target.call)!;
    call.uses++;
    draft.inputs[param] = { from: "call", call: target.call, port: target.port, how };
    draft.lineage.push(`${param} c:${call.created.identity}:${target.port}:${how}`);
    addHandleEdge(draft, param, target);
    return { output: call.outputs[target.port]!, call, space: target.space, subsets: target.subsets };
  }

  // ---- combinators

  filter(source: unknown, predicate: (value: never) => boolean, site: CapturedSite | undefined): object {
    const draft = this.#draft("filter", "filter", site);
    const input = this.#sourceOf(draft, { param: "items", value: source });
    draft.space = input.output.domain.space;
    draft.many = true;
    const { created, recorded } = this.#log.record(draft);
    const call = new FilterCall(this.#parts.run, created, { source: input.output, predicate });
    if (recorded) call.adopt(recorded);
    this.#adopt(call, recorded);
    return this.#handle(call, { ...filtered(created.call, input), port: 0, many: true });
  }

  tuple(
    how: Exclude<TupleKind, { kind: "concat" }>,
    values: readonly unknown[],
    site: CapturedSite | undefined,
  ): object[] {
    const draft = this.#draft(how.kind, how.kind, site);
    const sources = values.map((value, i) => this.#sourceOf(draft, { param: String(i), value }));
    const { created, recorded } = this.#log.record({ ...draft, many: true });
    const space = new Space(created.call, how.kind, { parent: this.rootSpace });
    const call = new TupleCall(this.#parts.run, created, {
      sources,
      domain: new Domain(space, this.rootDomain),
      how,
      noted: recorded?.joined ?? [],
    });
    this.#adopt(call, recorded);
    return call.outputs.map((_, port) => this.#handle(call, { space, subsets: [], port, many: true }));
  }

  merge(values: readonly unknown[], site: CapturedSite | undefined): object {
    const draft = this.#draft("merge", "merge", site);
    const sources = values.map((value, i) => this.#sourceOf(draft, { param: String(i), value }));
    const { space } = sources[0]!;
    if (space === this.rootSpace || !sources.every((source) => source.space === space))
      return this.#joined(draft, sources);
    draft.space = space;
    draft.many = true;
    const { created, recorded } = this.#log.record(draft);
    const call = new MergeCall(this.#parts.run, created, { sources, domain: sources[0]!.output.domain });
    this.#adopt(call, recorded);
    return this.#handle(call, { ...joined(created.call, sources), port: 0, many: true });
  }

  race(entrants: readonly unknown[], site: CapturedSite | undefined): object {
    const draft = this.#draft("race", "race", site);
    const sources = entrants.map((value, i) => this.#sourceOf(draft, { param: String(i), value }));
    const { created, recorded } = this.#log.record(draft);
    const call = new RaceCall(this.#parts.run, created, { entrants: sources, root: this.rootDomain });
    call.winner = recorded?.closed?.event.winner;
    this.#adopt(call, recorded);
    return this.#handle(call, { space: this.rootSpace, subsets: [], port: 0, many: false });
  }

  sleep(ms: number, site: CapturedSite | undefined): object {
    const draft = this.#draft("sleep", "sleep", site);
    draft.lineage.push(`ms:${ms}`);
    draft.until = this.#parts.run.clock.now() + ms;
    const { created, recorded } = this.#log.record(draft);
    const call = new SleepCall(this.#parts.run, created, this.rootDomain);
    this.#adopt(call, recorded);
    return this.#handle(call, { space: this.rootSpace, subsets: [], port: 0, many: false });
  }

  /** One argument of a combinator: a handle, or a plain array. */
  #sourceOf(draft: Draft, of: { readonly param: string; readonly value: unknown }): Source & Placed {
    const at = { node: draft.node, param: of.param, site: draft.site };
    const argument = this.#reader.read({ gather: new Set(), whole: new Set() }, of.value, at);
    if (argument.kind === "plain") {
      throw new WorkgraphError(
        "WG3002",
        `${draft.node} takes handles and arrays; argument ${Number(of.param) + 1 || ""} is neither`,
        {
          hint: "pass what a node returned, or an array of values",
          ...(draft.site ? { site: originalSite(draft.site) } : {}),
        },
      );
    }
    return this.#source(draft, { param: of.param, how: "item", argument });
  }

  #joined(draft: Draft, sources: readonly Source[]): object {
    const { created, recorded } = this.#log.record({ ...draft, many: true });
    const space = new Space(created.call, draft.node, { parent: this.rootSpace });
    const call = new TupleCall(this.#parts.run, created, {
      sources,
      domain: new Domain(space, this.rootDomain),
      how: { kind: "concat" },
      noted: recorded?.joined ?? [],
    });
    this.#adopt(call, recorded);
    return this.#handle(call, { space, subsets: [], port: 0, many: true });
  }

  /** An array of handles: the same array with the same elements is one list. */
  #concat(
    argument: Extract<Argument, { kind: "concat" }>,
    of: { readonly param: string; readonly site: CapturedSite | undefined },
  ): HandleTarget {
    const known = this.#concats.get(argument.array);
    const same =
      known &&
      known.elements.length === argument.array.length &&
      known.elements.every((element, i) => element === argument.array[i]);
    if (same) return this.#target(known.made, { space: known.space, subsets: [], port: 0, many: true });
    const draft = this.#draft("concat", of.param, of.site);
    draft.many = true;
    const sources = argument.parts.map((part, i) =>
      this.#source(draft, { param: String(i), how: "item", argument: part }),
    );
    const { created, recorded } = this.#log.record(draft);
    const space = new Space(created.call, of.param, { parent: this.rootSpace });
    const call = new TupleCall(this.#parts.run, created, {
      sources,
      domain: new Domain(space, this.rootDomain),
      how: { kind: "concat" },
      noted: recorded?.joined ?? [],
    });
    this.#adopt(call, recorded);
    this.#concats.set(argument.array, { elements: [...argument.array], made: call, space });
    return this.#target(call, { space, subsets: [], port: 0, many: true });
  }

  // ---- recording

  #draft(kind: CallKind, node: string, site: CapturedSite | undefined): Draft {
    const { maxCalls } = this.#parts;
    if (this.calls.size >= maxCalls) {
      throw new WorkgraphError("WG3007", `a run may make ${maxCalls} calls; this one would be one more`, {
        hint: "look for a loop without an end, pass lists instead of looping over items, or raise limits.calls in workgraph.config.ts",
        ...(site ? { site: originalSite(site) } : {}),
      });
    }
    return newDraft(kind, node, { site, space: this.rootSpace });
  }

  #adopt(call: CallState, recorded: RecordedCall | undefined): void {
    this.calls.set(call.no, call);
    this.#parts.onOpenCall(call);
    if (recorded) this.#parts.run.reuse?.adopt(recorded);
    if (recorded?.closed) {
      const { event, seq } = recorded.closed;
      call.closedAs(event.status, seq, event.clock ?? event.at);
    }
    call.begin();
  }

  #handle(call: CallState, of: Handed): object {
    return createHandle(this.#target(call, of));
  }

  #target(call: CallState, of: Handed): HandleTarget {
    const { awaiter, run } = this.#parts;
    const output: Output = call.outputs[of.port]!;
    const target: HandleTarget = {
      call: call.no,
      node: call.node,
      run,
      ...of,
      wait: () => awaiter.wait({ output, call, target }),
      settled: () => awaiter.settled({ output, call, target }),
      iterate: () => awaiter.iterate({ output, call, target }),
    };
    return target;
  }
}
