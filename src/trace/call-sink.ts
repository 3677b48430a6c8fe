/**
 * What a call asks of the run it is made in. `runtime/` implements it; `define/` calls it.
 *
 * R1. Nothing starts inside the call expression itself: a sink records the call and returns a handle.
 */
import type { NodeDefinition, WorkflowDefinition } from "../model/definition.ts";

export type CombineRequest =
  | { readonly kind: "filter"; readonly source: unknown; readonly predicate: (value: never) => boolean }
  | { readonly kind: "merge"; readonly sources: readonly unknown[] }
  | { readonly kind: "zip"; readonly sources: readonly unknown[] }
  | { readonly kind: "zipBy"; readonly sources: readonly unknown[]; readonly key: (value: never) => string | number }
  | { readonly kind: "cross"; readonly sources: readonly unknown[] }
  | { readonly kind: "race"; readonly entrants: readonly unknown[] }
  | { readonly kind: "sleep"; readonly ms: number };

/** `runSubgraph`: a child run for each item of the call. */
export interface SubgraphRequest {
  readonly workflow: WorkflowDefinition;
  /** Name of the call in this run; default the name of the workflow. */
  readonly id: string;
  /** Child runs of the call at once. */
  readonly concurrency?: number;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface CallSink {
  /** Adds a call of the node to the graph; gives a handle (`Item` or `Items`). */
  callNode(definition: NodeDefinition, args: Readonly<Record<string, unknown>>): unknown;
  /** Adds a combinator; gives a handle, or an array of handles (zip, zipBy, cross). */
  combine(request: CombineRequest): unknown;
  /** Adds a call whose items are child runs; gives a handle. */
  callSubgraph(request: SubgraphRequest): unknown;
  /** The run's clock in epoch ms; moves only when a result is delivered. */
  now(): number;
  /** Uniform in [0, 1), from the run's seed. */
  random(): number;
  /** A version 4 UUID from the run's seed. */
  uuid(): string;
}
