/**
 * Options that start runs: `schedule` and `webhook`.
 *
 * Owns: their shape and ranges. Leaves to triggers/cron.ts: whether a cron expression is one, which is told where workflows are
 * registered: the package that knows is not loaded where workflows are written.
 */
import { nearestName } from "../base/nearest-name.ts";
import type { ScheduleDefinition, WebhookDefinition } from "../model/trigger.ts";
import { choice, duration, isRecord, refuse, shown, type Subject } from "./option-checks.ts";

const CRON = /^(?:@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)|\S+(?:\s+\S+){4,5})$/i;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const MAX_BODY_BYTES = 1024 * 1024;
const DEFAULT_BODY_BYTES = 256 * 1024;
const DEFAULT_WINDOW_MS = 5 * 60_000;
const MAX_WINDOW_MS = 60 * 60_000;
const MAX_INPUT_LENGTH = 256 * 1024;

type Written = Readonly<Record<string, unknown>>;

export function readSchedule(subject: Subject, value: unknown): ScheduleDefinition | undefined {
  if (value === undefined) return undefined;
  const given = fields(subject, "schedule", {
    value: typeof value === "string" ? { cron: value } : value,
    known: ["cron", "timeZone", "missed", "input"],
    hint: 'write a cron expression: schedule: "0 6 * * *", or { cron: "0 6 * * *", timeZone: "Europe/Berlin", missed: "once" }',
  });
  const { cron, timeZone } = given;
  if (typeof cron !== "string" || !CRON.test(cron.trim())) {
    refuse(subject, {
      code: "WG1122",
      what: `${typeof value === "string" ? "schedule" : "schedule.cron"} is ${shown(cron)}`,
      hint: 'write five fields: minute hour day month weekday, such as "0 6 * * 1-5"; six begin with seconds; or "@daily"',
    });
  }
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    refuse(subject, {
      code: "WG1122",
      what: `schedule.timeZone is ${shown(timeZone)}`,
      hint: 'write a time zone such as "Europe/Berlin" or "UTC"',
    });
  }
  const missed = choice(subject, given["missed"], {
    code: "WG1122",
    option: "schedule.missed",
    of: ["skip", "once", "all"],
  });
  const input = plainInput(subject, given["input"]);
  return {
    cron: cron.trim().replaceAll(/\s+/g, " "),
    ...(timeZone === undefined ? {} : { timeZone }),
    missed: missed ?? "skip",
    ...(input === undefined ? {} : { input }),
  };
}

export function readWebhook(subject: Subject, value: unknown): WebhookDefinition | undefined {
  if (value === undefined || value === false) return undefined;
  const given = fields(subject, "webhook", {
    value: value === true ? {} : value,
    known: ["secretEnv", "parameter", "maxBytes", "window"],
    hint: 'write webhook: true, or { secretEnv: "HOOK_SECRET", parameter: "event" }',
  });
  const { secretEnv, parameter, maxBytes } = given;
  if (secretEnv !== undefined && !(typeof secretEnv === "string" && ENV_NAME.test(secretEnv))) {
    refuse(subject, {
      code: "WG1122",
      what: `webhook.secretEnv is ${shown(secretEnv)}`,
      hint: 'write the name of an environment variable, such as "HOOK_SECRET"; the secret itself does not belong into code',
    });
  }
  if (parameter !== undefined && !(typeof parameter === "string" && parameter !== "")) {
    refuse(subject, {
      code: "WG1122",
      what: `webhook.parameter is ${shown(parameter)}`,
      hint: "write the parameter that receives the whole body, or take it away: the fields of the body are then the parameters",
    });
  }
  if (maxBytes !== undefined && !(Number.isSafeInteger(maxBytes) && inRange(maxBytes as number, MAX_BODY_BYTES))) {
    refuse(subject, {
      code: "WG1122",
      what: `webhook.maxBytes is ${shown(maxBytes)}`,
      hint: `write a whole number from 1 to ${MAX_BODY_BYTES}`,
    });
  }
  return {
    ...(typeof secretEnv === "string" ? { secretEnv } : {}),
    ...(typeof parameter === "string" ? { parameter } : {}),
    maxBytes: (maxBytes as number | undefined) ?? DEFAULT_BODY_BYTES,
    windowMs: windowMs(subject, given["window"]),
  };
}

function windowMs(subject: Subject, value: unknown): number {
  if (value === undefined) return DEFAULT_WINDOW_MS;
  const ms = duration(subject, value, { code: "WG1122", option: "webhook.window", zero: "refused" });
  if (ms <= MAX_WINDOW_MS) return ms;
  return refuse(subject, {
    code: "WG1122",
    what: `webhook.window is ${shown(value)}`,
    hint: "write at most an hour: for so long a request that somebody has seen could be sent again",
  });
}

function inRange(value: number, most: number): boolean {
  return value >= 1 && value <= most;
}

function fields(
  subject: Subject,
  option: string,
  about: { readonly value: unknown; readonly known: readonly string[]; readonly hint: string },
): Written {
  const { value, known, hint } = about;
  if (!isRecord(value)) return refuse(subject, { code: "WG1122", what: `${option} is ${shown(value)}`, hint });
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const near = nearestName(key, known);
    refuse(subject, {
      code: "WG1122",
      what: `${option} has no ${shown(key)}`,
      hint: near === undefined ? `it has ${known.join(", ")}` : `did you mean "${near}"?`,
    });
  }
  return value;
}

function isTimeZone(value: unknown): value is string {
  if (typeof value !== "string") return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

/** A copy: what the author changes later changes no fire. */
function plainInput(subject: Subject, value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (value === undefined) return undefined;
  if (isRecord(value)) {
    try {
      const text = JSON.stringify(value);
      if (text.length <= MAX_INPUT_LENGTH) return JSON.parse(text) as Record<string, unknown>;
    } catch {
      // Told below.
    }
  }
  return refuse(subject, {
    code: "WG1122",
    what: `schedule.input is ${shown(value)}`,
    hint: "write an object of parameters that is plain JSON, at most 256 KB",
  });
}
