/**
 * Checks of single options.
 *
 * Owns: the ranges, and how a refused option is told: what, where, what now. Leaves to options.ts: which option has which.
 *
 * R1. `undefined` is an option that was not given.
 * R2. Nothing is converted: "8" is no number, a duration alone may be text.
 */
import { parseDuration } from "../base/duration.ts";
import { nearestName } from "../base/nearest-name.ts";
import type { RateLimit, RetryPolicy } from "../model/definition.ts";
import { NAME_PATTERN } from "../model/ids.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { SourceSite } from "../model/workgraph-error.ts";
import { at } from "./place.ts";

/** What is being defined. */
export interface Subject {
  readonly kind: "node" | "workflow";
  /** As written, even if it is no valid name. */
  readonly name: unknown;
  readonly site: SourceSite | undefined;
}

/** Timers hold 31 bits of ms. */
export const MAX_DELAY_MS: number = 2 ** 31 - 1;
const MAX_RETRIES = 10_000;
const DEFAULT_DELAY_MS = 1_000;
const DEFAULT_MAX_DELAY_MS = 30_000;
const LONGEST_SHOWN = 60;

export interface Refusal {
  readonly code: string;
  /** What is wrong, e.g. `concurrency is "8"`. */
  readonly what: string;
  readonly hint: string;
}

export function refuse(subject: Subject, refusal: Refusal): never {
  const name = typeof subject.name === "string" ? ` ${shown(subject.name)}` : "";
  throw new WorkgraphError(refusal.code, `${subject.kind}${name}: ${refusal.what}${at(subject.site)}`, {
    hint: refusal.hint,
    ...(subject.site === undefined ? {} : { site: subject.site }),
  });
}

/** A value in a message: short, in one line, and never running the value's own code. */
export function shown(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}...` : value);
  }
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return value.length === 0 ? "an empty array" : "an array";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The options as a record, none of them unknown. */
export function knownOptions(
  subject: Subject,
  options: unknown,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  if (!isRecord(options)) {
    const key = subject.kind === "node" ? "id" : "name";
    refuse(subject, {
      code: "WG1123",
      what: `the options are ${shown(options)}`,
      hint: `write ${subject.kind}({ ${key}: "..." }, (input) => ...)`,
    });
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const near = nearestName(name, known);
    refuse(subject, {
      code: "WG1111",
      what: `there is no option ${shown(name)}`,
      hint: near === undefined ? `the options are ${known.join(", ")}` : `did you mean "${near}"?`,
    });
  }
  return options;
}

export function name(subject: Subject, option: "id" | "name"): string {
  if (typeof subject.name === "string" && NAME_PATTERN.test(subject.name)) return subject.name;
  return refuse(subject, {
    code: "WG1110",
    what: subject.name === undefined ? `it has no ${option}` : `${shown(subject.name)} is no ${option}`,
    hint: `write ${option}: 1 to 64 lower-case letters, digits, "_" and "-", starting with a letter`,
  });
}

export function optionalText(subject: Subject, option: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  return refuse(subject, {
    code: "WG1122",
    what: `${option} is ${shown(value)}`,
    hint: "write a text, or take it away",
  });
}

export function flag(subject: Subject, option: string, value: unknown): boolean {
  if (value === undefined || typeof value === "boolean") return value ?? false;
  return refuse(subject, { code: "WG1122", what: `${option} is ${shown(value)}`, hint: "write true or false" });
}

/** One of a set of words. */
export function choice<T extends string>(
  subject: Subject,
  value: unknown,
  about: { readonly code: string; readonly option: string; readonly of: readonly T[] },
): T | undefined {
  if (value === undefined || about.of.includes(value as T)) return value as T | undefined;
  return refuse(subject, {
    code: about.code,
    what: `${about.option} is ${shown(value)}`,
    hint: `write ${about.of.map((word) => `"${word}"`).join(" or ")}`,
  });
}

/** @returns ms in (0, MAX_DELAY_MS]; or from 0 where `zero` says so. */
export function duration(
  subject: Subject,
  value: unknown,
  about: { readonly code: string; readonly option: string; readonly zero: "allowed" | "refused" },
): number {
  let durationMs: number | undefined;
  try {
    durationMs = parseDuration(value as string | number);
  } catch {
    // Told below, with where and what now.
  }
  const least = about.zero === "allowed" ? "from 0" : "above 0";
  if (durationMs === undefined || durationMs > MAX_DELAY_MS || (durationMs === 0 && about.zero === "refused")) {
    return refuse(subject, {
      code: about.code,
      what: `${about.option} is ${shown(value)}`,
      hint: `write ${least} and below 2^31 ms (24.8 days): a number of ms, or text such as "250ms", "20s", "1.5h"`,
    });
  }
  return durationMs;
}

export function concurrency(subject: Subject, value: unknown): number {
  if (value === undefined) return 16;
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
  return refuse(subject, {
    code: "WG1112",
    what: `concurrency is ${shown(value)}`,
    hint: "write a whole number from 1: how many items of this node may run at once",
  });
}

export function retries(subject: Subject, value: unknown, defaultMax: number): RetryPolicy {
  const given = value === undefined ? { max: defaultMax } : typeof value === "number" ? { max: value } : value;
  if (!isRecord(given)) {
    return refuse(subject, {
      code: "WG1114",
      what: `retries is ${shown(value)}`,
      hint: 'write how many attempts may follow the first, or { max: 3, delay: "1s", maxDelay: "30s", backoff, jitter }',
    });
  }
  const known = ["max", "backoff", "delay", "maxDelay", "jitter"];
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const near = nearestName(key, known);
    refuse(subject, {
      code: "WG1114",
      what: `retries has no ${shown(key)}`,
      hint: near === undefined ? `it has ${known.join(", ")}` : `did you mean "${near}"?`,
    });
  }
  const { max } = given;
  if (!Number.isSafeInteger(max) || (max as number) < 0 || (max as number) > MAX_RETRIES) {
    refuse(subject, {
      code: "WG1114",
      what: isRecord(value) ? `retries.max is ${shown(max)}` : `retries is ${shown(value)}`,
      hint: `write a whole number from 0 to ${MAX_RETRIES}: how many attempts may follow the first`,
    });
  }
  const delayOf = (option: "delay" | "maxDelay", defaultMs: number): number =>
    given[option] === undefined
      ? defaultMs
      : duration(subject, given[option], { code: "WG1114", option: `retries.${option}`, zero: "allowed" });
  const delayMs = delayOf("delay", DEFAULT_DELAY_MS);
  const maxDelayMs = delayOf("maxDelay", Math.max(delayMs, DEFAULT_MAX_DELAY_MS));
  if (maxDelayMs < delayMs) {
    refuse(subject, {
      code: "WG1114",
      what: "retries.maxDelay is shorter than retries.delay",
      hint: "raise maxDelay, or take it away",
    });
  }
  const word = <T extends string>(option: string, of: readonly [T, T]): T =>
    choice(subject, given[option], { code: "WG1114", option: `retries.${option}`, of }) ?? of[0];
  return {
    max: max as number,
    backoff: word("backoff", ["exponential", "fixed"]),
    delayMs,
    maxDelayMs,
    jitter: word("jitter", ["full", "none"]),
  };
}

export function rateLimit(subject: Subject, value: unknown): RateLimit | undefined {
  if (value === undefined) return undefined;
  if (!isRecord(value) || Object.keys(value).some((key) => key !== "limit" && key !== "per")) {
    return refuse(subject, {
      code: "WG1119",
      what: `rateLimit is ${shown(value)}`,
      hint: 'write { limit: 10, per: "1s" }: at most 10 attempts start in any second',
    });
  }
  if (!Number.isSafeInteger(value["limit"]) || (value["limit"] as number) < 1) {
    refuse(subject, {
      code: "WG1119",
      what: `rateLimit.limit is ${shown(value["limit"])}`,
      hint: "write a whole number from 1",
    });
  }
  return {
    limit: value["limit"] as number,
    perMs: duration(subject, value["per"], { code: "WG1119", option: "rateLimit.per", zero: "refused" }),
  };
}

/** Fits `pool`, which names a limit of the project. */
export function optionalName(subject: Subject, option: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === "string" && NAME_PATTERN.test(value)))
    return value as string | undefined;
  return refuse(subject, {
    code: "WG1119",
    what: `${option} is ${shown(value)}`,
    hint: 'write a name: 1 to 64 lower-case letters, digits, "_" and "-", starting with a letter',
  });
}

export function cache(subject: Subject, value: unknown): true | number | undefined {
  if (value === undefined || value === false) return undefined;
  if (value === true) return true;
  return duration(subject, value, { code: "WG1120", option: "cache", zero: "refused" });
}

/** Names of parameters, each once. */
export function portNames(subject: Subject, option: "gather" | "whole", value: unknown): ReadonlySet<string> {
  const names = value ?? [];
  if (!Array.isArray(names) || !names.every((entry) => typeof entry === "string" && entry !== "")) {
    return refuse(subject, {
      code: "WG1115",
      what: `${option} is ${shown(value)}`,
      hint: `write the names of parameters: ${option}: ["summaries"]`,
    });
  }
  const set = new Set(names as string[]);
  if (set.size < names.length) {
    refuse(subject, { code: "WG1115", what: `${option} names a parameter twice`, hint: "name it once" });
  }
  return set;
}
