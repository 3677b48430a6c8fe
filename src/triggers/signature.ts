/**
 * Signed requests: who knows the secret of a webhook, and when they said so.
 *
 * Owns: the signed text, signing, and judging a signature. Leaves to app/: where secrets are kept.
 *
 * R1. What is signed is the time, the idempotency key where there is one, and the body as it was sent: `TIME.BODY` or `TIME.KEY.BODY`.
 *     A key holds no "{" and no "[", with which every body begins, so one text is never read in two ways.
 * R2. A signature is valid within a window around its time. Within it, the same request again is the same run (its signature stands
 *     in for a key that is not given), so who replays a request starts nothing.
 * R3. Signatures are compared in a time that says nothing about where they differ.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export interface SignedRequest {
  /** Seconds since 1970, as text. */
  readonly timestamp: string;
  readonly idempotencyKey?: string;
  readonly body: string;
}

export type Judgement = "valid" | "unsigned" | "wrong" | "out of time";

const TIMESTAMP = /^\d{1,12}$/;
const SIGNATURE = /^v1=([0-9a-f]{64})$/;
export const KEY_PATTERN: RegExp = /^[A-Za-z0-9_.:-]{1,200}$/;

/** "v1=" and the HMAC-SHA256 of the signed text in lowercase hex. */
export function sign(secret: string, { timestamp, idempotencyKey, body }: SignedRequest): string {
  const text = idempotencyKey === undefined ? `${timestamp}.${body}` : `${timestamp}.${idempotencyKey}.${body}`;
  return `v1=${createHmac("sha256", secret).update(text).digest("hex")}`;
}

export function judge(
  request: { readonly [K in keyof SignedRequest]: SignedRequest[K] | undefined } & {
    readonly signature: string | undefined;
  },
  by: { readonly secret: string; readonly nowMs: number; readonly windowMs: number },
): Judgement {
  const { timestamp, signature, idempotencyKey, body = "" } = request;
  if (timestamp === undefined || signature === undefined) return "unsigned";
  if (!TIMESTAMP.test(timestamp) || !SIGNATURE.test(signature)) return "wrong";
  if (idempotencyKey !== undefined && !KEY_PATTERN.test(idempotencyKey)) return "wrong";
  const signed = { timestamp, body, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) };
  // R3. Both have one length: the pattern says so.
  if (!timingSafeEqual(Buffer.from(sign(by.secret, signed)), Buffer.from(signature))) return "wrong";
  return Math.abs(by.nowMs - Number(timestamp) * 1_000) <= by.windowMs ? "valid" : "out of time";
}

/** R2. What one signature stands for, as an idempotency key. */
export function keyOfSignature(signature: string): string {
  return createHash("sha256").update(signature).digest("hex").slice(0, 32);
}
