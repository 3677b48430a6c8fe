/**
 * Models that answer by script: what `ctx.llm` asks goes all the way, through schemas, corrections, retries and the stream of the run,
 * to an object that speaks for a provider.
 *
 * Owns: that object, and keeping what was asked. Leaves to llm/: everything between a node and a provider.
 *
 * R1. A script is found by the id of the node that asks, then by the name of the model it asks for. A model without a script is an error
 *     (WG1161): a test never reaches a provider.
 * R2. Nothing is said of usage or cost: they read unknown, as with a provider that says nothing.
 */
import { sha256Hex } from "../base/hash.ts";
import { nearestName } from "../base/nearest-name.ts";
import type { FoundModel, ModelCatalog } from "../llm/catalog.ts";
import type { LanguageModelObject } from "../model/llm.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { currentFrame } from "../trace/current.ts";
import { Player, type Answer, type Played, type Script, type Stage } from "./script.ts";

/** What a model was asked, once for each request that would have gone out. */
export interface ModelQuestion {
  /** Id of the node that asked. */
  readonly node: string;
  /** Name of the model: the request's, the workflow's, or "default". */
  readonly model: string;
  /** Text of the last message of the user. */
  readonly prompt: string;
  /** All of it, the instructions for a schema included. */
  readonly messages: readonly { readonly role: string; readonly text: string }[];
}

/** In place of a model: its text, an object that is answered as JSON, a function of what is asked, or an {@link Answer}. */
export type ModelScript = ((question: ModelQuestion) => unknown) | Answer | string | object;

const RETRIES = 2;
const DEFAULT_NAME = "default";

export class ScriptedModels implements Pick<ModelCatalog, "find"> {
  readonly asked: ModelQuestion[] = [];
  readonly #players: ReadonlyMap<string, Player>;

  constructor(scripts: Readonly<Record<string, ModelScript>>, stage: Stage) {
    this.#players = new Map(
      Object.entries(scripts).map(([name, script]) => [name, new Player(`model "${name}"`, script as Script, stage)]),
    );
  }

  /** R1. */
  async find(asked: string | undefined, preset?: string): Promise<FoundModel> {
    const frame = currentFrame();
    const node = frame?.kind === "node" ? frame.nodeId : "";
    const name = asked ?? preset ?? DEFAULT_NAME;
    const player = this.#players.get(node) ?? this.#players.get(name);
    if (!player) throw this.#unscripted(node, name);
    return {
      name,
      object: this.#object(player, { node, model: name }),
      settings: {},
      retries: RETRIES,
      identity: sha256Hex(`scripted ${name}`).slice(0, 32),
      secrets: [],
    };
  }

  #unscripted(node: string, name: string): WorkgraphError {
    const near = nearestName(name, [...this.#players.keys()]);
    return new WorkgraphError("WG1161", `node "${node}" asked model "${name}", which the test does not script`, {
      hint:
        near === undefined
          ? `give models: { ${JSON.stringify(name)}: "the answer" }, or { ${JSON.stringify(node)}: ... } for this node alone`
          : `did you mean "${near}"?`,
    });
  }

  #object(player: Player, of: Pick<ModelQuestion, "node" | "model">): LanguageModelObject {
    const answer = async ({ prompt, abortSignal }: ProviderRequest): Promise<readonly string[]> => {
      const messages = prompt.map(({ role, content }) => ({ role, text: textOf(content) }));
      const last = messages.findLast(({ role }) => role === "user");
      const question: ModelQuestion = { ...of, prompt: last?.text ?? "", messages };
      this.asked.push(question);
      const call = (fn: (...given: never[]) => unknown): unknown => (fn as (given: ModelQuestion) => unknown)(question);
      return chunksOf(await player.play(call, abortSignal ?? NEVER));
    };
    const speaking = {
      specificationVersion: "v4",
      provider: "scripted",
      modelId: of.model,
      supportedUrls: {},
      doGenerate: async (request: ProviderRequest) => ({
        content: [{ type: "text", text: (await answer(request)).join("") }],
        finishReason: FINISHED,
        usage: UNKNOWN_USAGE,
        warnings: [],
      }),
      doStream: async (request: ProviderRequest) => ({ stream: streamOf(await answer(request)) }),
    };
    return speaking;
  }
}

/** What `ai` asks a provider, as far as it is read here. */
interface ProviderRequest {
  readonly prompt: readonly { readonly role: string; readonly content: unknown }[];
  readonly abortSignal?: AbortSignal;
}

const NEVER: AbortSignal = new AbortController().signal;
const FINISHED = { unified: "stop", raw: "stop" } as const;
/** R2. */
const UNKNOWN_USAGE = {
  inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined },
} as const;

function chunksOf(played: Played): readonly string[] {
  if ("chunks" in played) return played.chunks;
  return [typeof played.value === "string" ? played.value : JSON.stringify(played.value)];
}

function streamOf(chunks: readonly string[]): ReadableStream<unknown> {
  const id = "text";
  return ReadableStream.from([
    { type: "stream-start", warnings: [] },
    { type: "text-start", id },
    ...chunks.map((delta) => ({ type: "text-delta", id, delta })),
    { type: "text-end", id },
    { type: "finish", finishReason: FINISHED, usage: UNKNOWN_USAGE },
  ]);
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: { readonly type?: string; readonly text?: string }) => (part.type === "text" ? (part.text ?? "") : ""))
    .join("");
}
