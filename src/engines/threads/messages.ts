/**
 * What an attempt in a thread and its owner say to each other: plain data over one MessagePort per attempt.
 *
 * R1. One port carries everything, the outcome last: what was said before the outcome is heard before it.
 */
import type { AttemptOutcome, AttemptRequest } from "../../runtime/engine.ts";
import type { MessagePort } from "node:worker_threads";
import type { FolderArtifactsOptions } from "../../artifacts/folder-artifacts.ts";
import type { BundleToLoad } from "../../version/loader.ts";

/** What a thread is given with an attempt. */
export interface ThreadWork {
  readonly request: AttemptRequest;
  /** Names loaded code; a thread asks for it when it does not have it. */
  readonly code: string;
  /** Where the node is written, in loaded code. Ids may be taken twice in a file whose workflows share none of its nodes. */
  readonly node: { readonly line: number; readonly column: number };
  /** Secrets that are known already. */
  readonly secrets: readonly (readonly [name: string, value: string])[];
  /** Where folders are published; absent: nodes have no artifacts. */
  readonly artifacts?: FolderArtifactsOptions;
  /** The configuration whose models `ctx.llm` asks: model objects cross no thread, so each loads them. */
  readonly configFile?: string;
}

export interface ThreadCall {
  readonly work: ThreadWork;
  readonly port: MessagePort;
}

/** Members of the AttemptChannel that answer, and the code by its name. */
export const ASKED = [
  "code",
  "yield",
  "recorded",
  "scratchpadGet",
  "scratchpadSet",
  "scratchpadCas",
  "onceGet",
  "oncePut",
  "errors",
  "artifacts.run",
  "artifacts.claim",
  "artifacts.release",
  "artifacts.pinned",
  "artifacts.pin",
  "artifacts.counts",
  "models.preset",
  "models.enter",
] as const;

export type Asked = (typeof ASKED)[number];

/** Members that answer nothing, and secrets that were read. */
export type Told = "log" | "emit" | "secret" | "models.leave" | "models.called";

export type FromThread =
  | { readonly kind: "ask"; readonly id: number; readonly what: Asked; readonly args: readonly unknown[] }
  | { readonly kind: "tell"; readonly what: Told; readonly args: readonly unknown[] }
  | { readonly kind: "outcome"; readonly outcome: AttemptOutcome };

export type ToThread =
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "refusal"; readonly id: number; readonly error: SentError }
  | { readonly kind: "abort"; readonly name: string; readonly message: string };

/** An error on its way between threads: structured clone keeps neither codes nor classes. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Loaded code as it is sent. */
export type SentCode = BundleToLoad;
