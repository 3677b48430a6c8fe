/**
 * Results that need not be made again: the one question for all of them, whoever answers.
 *
 * Owns: the shape of a question, of an answer, and the digest of what an item is given. Leaves to reuse-lookup.ts: when a call
 * asks; to source-run.ts and memo.ts: answers; to runner/: which code holds.
 *
 * R1. Memo key = closure hash of the node + digest of its inputs. Equal keys, equal results.
 * R2. An answer is copied into the run that asked, so that its log stands alone.
 * R3. A failed item, a fallback, and what read more than its inputs are never an answer, nor is an effect; only a run that
 *     "continues" another takes the last two.
 */
import { sha256Hex } from "../base/hash.ts";
import { parseJson } from "../base/primordials.ts";
import type { NodeDefinition } from "../model/definition.ts";
import type { RunOrigin } from "../model/events.ts";
import type { CallNo, ItemNo, RunId } from "../model/ids.ts";

export interface ReuseQuestion {
  readonly definition: NodeDefinition;
  /** Digest of the inputs by parameter. */
  readonly digest: string;
  /** Identity of the call, and which of its items. */
  readonly identity: string;
  readonly item: ItemNo;
  /** Of a cached node: what its result stands under for other runs. */
  readonly memoKey?: string | undefined;
}

interface Answered {
  /** Where it was recorded; absent for a value that somebody gave by hand. */
  readonly source?: readonly [RunId, CallNo, ItemNo];
  /** Why cache and fork never take it. */
  readonly impure?: readonly string[];
}

export type ReuseAnswer =
  | (Answered & { readonly value: string })
  | (Answered & { readonly list: readonly string[]; readonly keys?: readonly string[]; readonly scalar?: true });

/** What a reused result is copied from, as a resumed run finds it in its own log. */
export type ReuseSource = readonly [RunId, CallNo, ItemNo];

export interface Reuse {
  /** Seed and first time of the run that it is taken from. */
  readonly chance?: { readonly seed: string; readonly clock: number } | undefined;
  /** Whether items of this node are asked about. */
  asks(definition: NodeDefinition): boolean;
  /** An answer per question, in order; undefined: it has to be made. */
  find(questions: readonly ReuseQuestion[]): Promise<readonly (ReuseAnswer | undefined)[]>;
  /** The item executes whatever is known, and so does everything that depends on it. */
  forces(question: ReuseQuestion): boolean;
  /** Some items are forced. */
  readonly hasForced: boolean;
  /** Key under which a result is offered to other runs. */
  memoKey(definition: NodeDefinition, digest: string): string | undefined;
  /** Entrant that won the race of this identity. */
  winner(identity: string): number | undefined;
  /** Where a sleep of this identity was slept before. */
  slept(identity: string): ReuseSource | undefined;
  /** The child run that stood for this item, and how its results are taken over. */
  child(of: { readonly identity: string; readonly node: string; readonly item: ItemNo }): RunOrigin | undefined;
  /** Epoch ms at which the call of this identity closed. */
  closedAt(identity: string): number | undefined;
  /** A resumed run has taken this already. */
  taken(source: ReuseSource): void;
}

export interface DigestedInputs {
  readonly inputs: Readonly<Record<string, string>>;
  readonly missing: number;
}

/** Digits kept: 128 bits. */
const DIGEST_LENGTH = 32;
const ARTIFACT_MARK = '"sha256":"';
const FAILURE_MARK = '"status":"';

/**
 * Digest of what an item is given, by parameter in order of their names.
 *
 * An artifact counts by its content, wherever its folder is. Of a settled failure, run, time and attempt do not count.
 */
export function inputsDigest({ inputs, missing }: DigestedInputs, of: { readonly settled: boolean }): string {
  let text = missing === 0 ? "" : `missing ${missing}\n`;
  const params = Object.keys(inputs);
  if (params.length > 1) params.sort();
  for (const param of params) {
    const value = inputs[param]!;
    text += `${param}\t${isPlain(value, of) ? value : plainText(value)}\n`;
  }
  return sha256Hex(text).slice(0, DIGEST_LENGTH);
}

export function memoKey(nodeHash: string, digest: string): string {
  return sha256Hex(`${nodeHash}\n${digest}`).slice(0, DIGEST_LENGTH);
}

function isPlain(text: string, { settled }: { readonly settled: boolean }): boolean {
  return !(text.includes(ARTIFACT_MARK) || (settled && text.includes(FAILURE_MARK)));
}

/** Text that is equal where the values are, though folders, runs and times differ. */
function plainText(text: string): string {
  return JSON.stringify(parseJson(text), (_key, value: unknown) => {
    if (typeof value !== "object" || value === null) return value;
    const fields = value as Readonly<Record<string, unknown>>;
    if (isArtifactRef(fields)) return { artifact: fields["sha256"] };
    return isFailure(fields) ? withoutPlace(fields) : value;
  });
}

function isArtifactRef(fields: Readonly<Record<string, unknown>>): boolean {
  return (
    typeof fields["sha256"] === "string" && typeof fields["selector"] === "string" && typeof fields["path"] === "string"
  );
}

function isFailure(fields: Readonly<Record<string, unknown>>): boolean {
  return typeof fields["code"] === "string" && typeof fields["kind"] === "string" && typeof fields["at"] === "string";
}

function withoutPlace(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { at: _at, address: _address, attempt: _attempt, stack: _stack, site: _site, ...rest } = fields;
  return rest;
}
