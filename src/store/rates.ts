/**
 * Rate limits that processes share: what was started in the last moments, under the name of the limit.
 *
 * R1. Of all starts that were granted, at most `limit` lie in any window of `perMs`; those of processes that are gone count too.
 * R2. Time is that of the machine. A start in its future (the clock was set back) counts no more.
 */
export interface RateAsk {
  readonly rate: string;
  /** Starts in a window, at least 1. */
  readonly limit: number;
  readonly perMs: number;
  /** Starts that are wanted now, at least 1. */
  readonly want: number;
}

export interface RateGrant {
  /** Starts that may begin now; they count whether they do or not. */
  readonly granted: number;
  /** Ms until there are more; 0 when all that were wanted are granted. */
  readonly waitMs: number;
}

export interface RateStore {
  takeStarts(ask: RateAsk): Promise<RateGrant>;
}

/** Starts that were granted at one moment. */
export interface GrantedStarts {
  /** Epoch ms. */
  readonly at: number;
  readonly count: number;
}

/** @param before those of the last window, oldest first */
export function grantStarts({ limit, perMs, want }: RateAsk, before: readonly GrantedStarts[], now: number): RateGrant {
  const taken = before.reduce((sum, { count }) => sum + count, 0);
  const granted = Math.max(0, Math.min(want, limit - taken));
  if (granted === want) return { granted, waitMs: 0 };
  const oldest = before[0]?.at ?? now;
  return { granted, waitMs: Math.max(1, oldest + perMs - now) };
}
