/** What the server answers, as far as the pages read it. Fields may be added: what is not known here is ignored. */
import type { ErrorRecord } from "../../src/model/error-record.ts";
import type { RunEvent } from "../../src/model/events.ts";
import type { ModelCall, ModelTotals } from "../../src/model/llm.ts";
import type { ItemCounts, ItemStatus, RunStatus } from "../../src/model/status.ts";
import type { SourceSite } from "../../src/model/workgraph-error.ts";

export interface Page {
  readonly total?: number;
  readonly truncated: boolean;
  readonly cursor?: string;
}

export interface RunSummary {
  readonly runId: string;
  readonly workflow: string;
  readonly version: string;
  readonly status: RunStatus;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly durationMs?: number;
  readonly calls: number;
  readonly counts: ItemCounts;
  /** What its calls of language models come to; absent where there were none. */
  readonly models?: ModelTotals;
  readonly git?: { readonly commit?: string; readonly branch?: string; readonly dirty?: boolean };
  readonly tags: Readonly<Record<string, string>>;
  readonly caller: { readonly kind: string; readonly id: string };
  readonly parent?: { readonly run: string; readonly call: number; readonly item: number };
  readonly origin?: { readonly kind: string; readonly run: string };
  readonly owner?: { readonly pid: number; readonly alive: boolean };
}

export interface RunList extends Page {
  readonly runs: readonly RunSummary[];
  /** Of a text that very many runs have: that older ones are missing, and what to do. */
  readonly incomplete?: string;
}

export interface RunDetail extends RunSummary {
  readonly input?: unknown;
  readonly output?: unknown;
  readonly errors?: readonly RunError[];
  readonly notes?: readonly Note[];
}

/** Of people and agents; it follows the code it is about. */
export interface Note {
  readonly id: number;
  readonly text: string;
  readonly author: { readonly kind: string; readonly id: string };
  readonly at: string;
  readonly workflow: string;
  readonly node?: string;
  readonly code: "same" | "older" | "unknown";
}

export interface RunError extends ErrorRecord {
  readonly seq: number;
  readonly final: boolean;
  readonly attempt?: number;
  /** The line of the stored source, and the file to edit. */
  readonly place?: {
    readonly file: string;
    readonly line: number;
    readonly text?: string;
    readonly onDisk: string;
    readonly now: "same" | "changed" | "missing";
  };
}

export interface ItemRow {
  readonly address: string;
  readonly call: number;
  readonly node: string;
  readonly path: string;
  readonly status: ItemStatus;
  readonly attempts: number;
  readonly ms?: number;
  readonly size?: number;
  readonly value?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface ItemList extends Page {
  readonly items: readonly ItemRow[];
}

export interface ItemDetail extends ItemRow {
  readonly runId: string;
  readonly workflow: string;
  readonly inputs: readonly {
    readonly param: string;
    readonly value?: unknown;
    readonly from?: string;
    readonly preview?: string;
  }[];
  readonly preview?: string;
  readonly valueLength?: number;
  readonly elements?: readonly string[];
  /** The child run that stands for it. */
  readonly child?: { readonly runId: string; readonly workflow: string; readonly status: RunStatus };
  readonly errors: readonly RunError[];
  /** Calls of language models, those of failed attempts included. */
  readonly modelCalls?: readonly (ModelCall & { readonly attempt: number })[];
  readonly logs: readonly LogEntry[];
  readonly notes?: readonly Note[];
}

export interface LogEntry {
  readonly id: number;
  readonly time: string;
  readonly address: string;
  readonly node: string;
  readonly attempt: number;
  readonly level: string;
  readonly text: string;
  readonly fields?: unknown;
}

export interface EventEntry {
  readonly seq: number;
  readonly time: string;
  readonly type: RunEvent["type"];
  readonly event: RunEvent;
  readonly value?: string;
}

export interface EventList extends Page {
  readonly events: readonly EventEntry[];
}

export interface SourceFiles {
  readonly version: string;
  readonly files: readonly {
    readonly path: string;
    readonly text: string;
    readonly now: "same" | "changed" | "missing";
  }[];
  readonly site?: SourceSite;
}

export interface WorkflowEntry {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly target: string;
  readonly file: string;
  readonly line: number;
}

export interface WorkflowList extends Page {
  readonly workflows: readonly WorkflowEntry[];
  readonly problems?: readonly { readonly file: string; readonly message: string }[];
}
