/** Errors of all runs with one reason together, as they are told to whoever asks. */

export interface ErrorGroupEntry {
  readonly fingerprint: string;
  readonly workflow: string;
  readonly code: string;
  readonly node?: string;
  /** Code, node and message, with what differs masked. */
  readonly pattern: string;
  /** As the newest error says it. */
  readonly message: string;
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** Attempts that ended so, those that were retried included. */
  readonly count: number;
  readonly finalCount: number;
  readonly runs: number;
  readonly versions: readonly { readonly version: string; readonly runs: number; readonly lastSeen: string }[];
  /** Where it was seen last. */
  readonly last: { readonly runId: string; readonly address: string; readonly seq: number };
}
