/**
 * What marks a node and a workflow, so that they are known again.
 *
 * Owns: the marks and the list of copies of this package in the process. Leaves to call.ts: refusing what comes from another.
 *
 * R1. Marks are keys of the global symbol registry: a node made by another copy of the package is still a node.
 * R2. A copy is named by its module URL. Two copies share no current run, so a node of one cannot be called in a run of
 *     the other; the list of copies is what turns that into an error that says so.
 */
import type { NodeDefinition, WorkflowDefinition } from "../model/definition.ts";

const NODE: unique symbol = Symbol.for("agentic-workgraph.node");
const WORKFLOW: unique symbol = Symbol.for("agentic-workgraph.workflow");
const COPIES: unique symbol = Symbol.for("agentic-workgraph.copies");

/** This copy of the package. */
export const OWN_COPY: string = import.meta.url;

/** A node, whatever its types. */
export interface AnyNode {
  readonly id: string;
  readonly definition: NodeDefinition;
}

/** A workflow, whatever its types. */
export interface AnyWorkflow {
  readonly name: string;
  readonly definition: WorkflowDefinition;
}

/** Whether `value` was made by `node()`, of this copy of the package or another. */
export function isNode(value: unknown): value is AnyNode {
  return copyOf(value, NODE) !== undefined;
}

/** Whether `value` was made by `workflow()`, of this copy of the package or another. */
export function isWorkflow(value: unknown): value is AnyWorkflow {
  return copyOf(value, WORKFLOW) !== undefined;
}

/** The copy of the package that made a node or a workflow; `undefined` for anything else. */
export function madeBy(value: unknown): string | undefined {
  return copyOf(value, NODE) ?? copyOf(value, WORKFLOW);
}

export function markNode(value: object): void {
  mark(value, NODE);
}

export function markWorkflow(value: object): void {
  mark(value, WORKFLOW);
}

/** Copies of the package that have made something in this process: one, unless something is wrong. */
export function copies(): readonly string[] {
  return [...registry()];
}

function mark(value: object, key: symbol): void {
  registry().add(OWN_COPY);
  Object.defineProperty(value, key, { value: OWN_COPY });
}

function registry(): Set<string> {
  const scope = globalThis as { [COPIES]?: Set<string> };
  scope[COPIES] ??= new Set();
  return scope[COPIES];
}

function copyOf(value: unknown, key: symbol): string | undefined {
  if (typeof value !== "function") return undefined;
  const copy = Object.getOwnPropertyDescriptor(value, key)?.value as unknown;
  return typeof copy === "string" ? copy : undefined;
}
