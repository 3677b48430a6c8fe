/**
 * Scripts: what stands in for a node or a model in a test, and playing one.
 *
 * Owns: the answers there are, and which comes next. Leaves to scripted-engine.ts: where the answer goes.
 *
 * R1. A function is a script by itself; every other value is a fixed answer. What differs from both is made by a function here.
 * R2. A sequence gives its answers in the order in which attempts start, and none twice: one more attempt is an error, not a repeat.
 * R3. Scripts nest: an answer of a sequence, or of a function, may be a script itself.
 */
import { parseDuration } from "../base/duration.ts";
import type { DurationInput } from "../base/duration.ts";
import type { Ctx } from "../model/ctx.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";

const answer: unique symbol = Symbol("workgraph.testing.answer");

type AnswerKind =
  | { readonly kind: "sequence"; readonly answers: readonly Script[] }
  | { readonly kind: "failing"; readonly error: Error }
  | { readonly kind: "tokens"; readonly chunks: readonly string[] }
  | { readonly kind: "takes"; readonly ms: number; readonly then: Script }
  | { readonly kind: "hangs"; readonly signal: "obeyed" | "ignored" };

/** Made by {@link sequence}, {@link failing}, {@link tokens}, {@link takes} or {@link hangs}. */
export interface Answer {
  readonly [answer]: AnswerKind;
}

/** Called for each attempt with what the node would have been given; what it returns or throws is the answer. */
// oxlint-disable-next-line typescript/no-explicit-any -- what a node takes is known where the script is written; unknown would refuse every use
export type ScriptFunction = (input: any, ctx: Ctx) => unknown;

/** In place of a node: a fixed result, a function, or an {@link Answer}. */
export type Script = ScriptFunction | Answer | string | number | bigint | boolean | null | undefined | object;

/**
 * One answer per attempt, in the order in which attempts start.
 *
 * @param answers results, functions, or answers such as `failing("...")`. An attempt beyond the last fails with WG1153, which
 *   no retry repeats.
 * @example
 * nodes: { fetch_page: sequence(failing("503"), "second try") }
 */
export function sequence(...answers: readonly Script[]): Answer {
  return { [answer]: { kind: "sequence", answers } };
}

/**
 * The attempt throws.
 *
 * @param error thrown as it is; a text becomes an `Error` with that message. A `FatalError` is not retried.
 * @example
 * nodes: { fetch_page: ({ url }) => (url === "b" ? failing("404") : { url, body: "..." }) }
 */
export function failing(error: string | Error): Answer {
  return { [answer]: { kind: "failing", error: typeof error === "string" ? new Error(error) : error } };
}

/**
 * Text that comes in pieces. A node streams each with `ctx.stream` and gives the whole text; a generator node yields each; a model
 * streams them.
 *
 * @example
 * models: { default: tokens("The ", "end.") }
 */
export function tokens(...chunks: readonly string[]): Answer {
  return { [answer]: { kind: "tokens", chunks } };
}

/**
 * The answer takes time on the run's clock, which the test does not wait for.
 *
 * @param duration ms, or text such as "30s".
 * @param then the answer that comes after it; default `undefined`.
 * @example
 * nodes: { scrape_page: takes("30s", { body: "late" }) } // with `timeout: "20s"` the attempt times out
 */
export function takes(duration: DurationInput, then?: Script): Answer {
  return { [answer]: { kind: "takes", ms: parseDuration(duration), then } };
}

/**
 * The attempt never answers: it ends when it is aborted (a timeout, a cancel, a lost race).
 *
 * @param signal "ignored": not even then, so that it is abandoned after its grace. Default "obeyed".
 */
export function hangs(signal: "obeyed" | "ignored" = "obeyed"): Answer {
  return { [answer]: { kind: "hangs", signal } };
}

function kindOf(script: unknown): AnswerKind | undefined {
  return typeof script === "object" && script !== null ? (script as Partial<Answer>)[answer] : undefined;
}

/** What a script came to: a value, or text in pieces. */
export type Played = { readonly value: unknown } | { readonly chunks: readonly string[] };

/** Where a script is played. */
export interface Stage {
  /** Waits on the run's clock; the clock may move meanwhile. Rejects when the signal aborts, unless there is none. */
  wait(ms: number, signal: AbortSignal | undefined): Promise<void>;
}

/** The script of one node or model over one run. */
export class Player {
  readonly #name: string;
  readonly #script: Script;
  readonly #stage: Stage;
  /** Answers given, by sequence. */
  readonly #given: Map<AnswerKind, number> = new Map();

  /** @param name `node "fetch_page"`, for errors */
  constructor(name: string, script: Script, stage: Stage) {
    this.#name = name;
    this.#script = script;
    this.#stage = stage;
  }

  /** @param call calls a function that stands in */
  play(call: (fn: ScriptFunction) => unknown, signal: AbortSignal): Promise<Played> {
    return this.#play(this.#script, call, signal);
  }

  async #play(script: Script, call: (fn: ScriptFunction) => unknown, signal: AbortSignal): Promise<Played> {
    if (typeof script === "function") {
      const value: unknown = await call(script as ScriptFunction);
      return kindOf(value) ? this.#play(value as Script, call, signal) : { value };
    }
    const kind = kindOf(script);
    switch (kind?.kind) {
      case undefined:
        return { value: script };
      case "sequence":
        return this.#play(this.#next(kind), call, signal);
      case "failing":
        throw kind.error;
      case "tokens":
        return { chunks: kind.chunks };
      case "takes":
        await this.#stage.wait(kind.ms, signal);
        return this.#play(kind.then, call, signal);
      case "hangs":
        await this.#stage.wait(Infinity, kind.signal === "obeyed" ? signal : undefined);
        return { value: undefined };
    }
  }

  /** R2. */
  #next(kind: Extract<AnswerKind, { readonly kind: "sequence" }>): Script {
    const index = this.#given.get(kind) ?? 0;
    this.#given.set(kind, index + 1);
    const { answers } = kind;
    if (index < answers.length) return answers[index];
    throw new WorkgraphError(
      "WG1153",
      `the sequence for ${this.#name} has ${answers.length} answer${answers.length === 1 ? "" : "s"}, and attempt ${index + 1} was started`,
      { hint: "add an answer for each attempt (retries are attempts, too), or give a function" },
    );
  }
}
