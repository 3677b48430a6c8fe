/** How long to wait before the next attempt. */
import type { RetryPolicy } from "./definition.ts";

/**
 * Exponential backoff with full jitter.
 *
 * @param failedBefore failed attempts before this one, from 0
 * @param draw uniform in [0, 1)
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelay(policy: RetryPolicy, failedBefore: number, draw: number): number {
  const base = policy.backoff === "exponential" ? policy.delayMs * 2 ** Math.min(failedBefore, 40) : policy.delayMs;
  const capped = Math.min(base, policy.maxDelayMs);
  return Math.round(policy.jitter === "full" ? capped * draw : capped);
}
