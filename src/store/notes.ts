/** Notes that people and agents leave on runs, nodes, calls and items. They stay when a run is forgotten. */
import type { CallNo, ItemNo, RunId } from "../model/ids.ts";

export interface NewNote {
  readonly runId?: RunId;
  readonly node?: string;
  /** Closure hash of the node as it was when the note was made. */
  readonly nodeHash?: string;
  readonly call?: CallNo;
  readonly item?: ItemNo;
  readonly author: { readonly kind: string; readonly id: string };
  readonly text: string;
  /** Epoch ms. */
  readonly at: number;
}

export interface Note extends NewNote {
  /** Increases; may have gaps. */
  readonly id: number;
}

export interface NoteFilter {
  readonly runId?: RunId;
  readonly node?: string;
  readonly nodeHash?: string;
  readonly call?: CallNo;
  readonly item?: ItemNo;
  /** Notes with ids below this one: pages go from newest to oldest. */
  readonly before?: number;
  /** 1 to 1000, default 50. */
  readonly limit?: number;
}

export interface NoteStore {
  /** WG5001 for a run that is not here. */
  addNote(note: NewNote): Promise<number>;
  notes(filter?: NoteFilter): Promise<{ readonly notes: readonly Note[]; readonly total: number }>;
}
