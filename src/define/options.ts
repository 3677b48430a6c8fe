/**
 * Options read: from what the author wrote to the definition the runtime executes.
 *
 * Owns: which option has which range, what excludes what, and the defaults. Leaves to option-checks.ts: single values;
 * to the runtime: what needs more than one definition (ids unique in a closure, names unique in a project).
 *
 * R1. Everything is checked where it is written, when the module loads: a bad option never waits for a run.
 * R2. Types erased, every option may be anything: nothing is believed because the compiler would have refused it.
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { parseDuration } from "../base/duration.ts";
import type { NodeDefinition, OnFailed, OnInvalid, WorkflowDefinition } from "../model/definition.ts";
import type { SourceSite } from "../model/workgraph-error.ts";
import { isWorkflow } from "./brand.ts";
import * as check from "./option-checks.ts";
import { isRecord, refuse, shown } from "./option-checks.ts";
import type { Subject } from "./option-checks.ts";
import { isStandardSchema } from "./schema.ts";
import { readSchedule, readWebhook } from "./trigger-options.ts";

const NODE_OPTIONS = (
  "id title description concurrency gather whole out key onFailed input output onInvalid retries timeout rateLimit pool " +
  "cache effect thread"
).split(" ");

const WORKFLOW_OPTIONS = (
  "name title description tags gather whole out input output onFailure durability model onRunFailed schedule webhook " +
  "retention effect"
).split(" ");

type Written = Readonly<Record<string, unknown>>;

/** The definition of a node, or an error WG1110 to WG1123. */
export function readNode(options: unknown, fn: unknown, site: SourceSite | undefined): NodeDefinition {
  const subject: Subject = { kind: "node", name: isRecord(options) ? options["id"] : undefined, site };
  const given = check.knownOptions(subject, options, NODE_OPTIONS);
  const id = check.name(subject, "id");
  const kind = functionKind(subject, fn);
  const { gather, whole } = ports(subject, given);
  const out = nodeOut(subject, given, kind);
  const output = schema(subject, "output", given["output"]);
  const onInvalid = readOnInvalid(subject, given["onInvalid"], output);
  return {
    kind: "node",
    id,
    ...texts(subject, given),
    concurrency: check.concurrency(subject, given["concurrency"]),
    gather,
    whole,
    out,
    ...present("key", readKey(subject, given["key"], out)),
    onFailed: readOnFailed(subject, given["onFailed"], gather),
    ...present("input", inputSchemas(subject, given["input"])),
    ...present("output", output),
    onInvalid,
    retries: check.retries(subject, given["retries"], onInvalid === "retry" ? 2 : 0),
    ...present(
      "timeoutMs",
      given["timeout"] === undefined
        ? undefined
        : check.duration(subject, given["timeout"], { code: "WG1113", option: "timeout", zero: "refused" }),
    ),
    ...present("rateLimit", check.rateLimit(subject, given["rateLimit"])),
    ...present("pool", check.optionalName(subject, "pool", given["pool"])),
    ...present("cache", check.cache(subject, given["cache"])),
    effect: check.flag(subject, "effect", given["effect"]),
    thread: check.flag(subject, "thread", given["thread"]),
    fn: fn as NodeDefinition["fn"],
    ...present("site", site),
  };
}

/** The definition of a workflow, or an error WG1110 to WG1123. */
export function readWorkflow(options: unknown, fn: unknown, site: SourceSite | undefined): WorkflowDefinition {
  const subject: Subject = { kind: "workflow", name: isRecord(options) ? options["name"] : undefined, site };
  const given = check.knownOptions(subject, options, WORKFLOW_OPTIONS);
  const name = check.name(subject, "name");
  if (functionKind(subject, fn) === "generator") {
    refuse(subject, {
      code: "WG1123",
      what: "its function is a generator",
      hint: "a workflow function returns its result: a value, a handle, or a flat object or tuple of these",
    });
  }
  return {
    kind: "workflow",
    name,
    ...texts(subject, given),
    tags: tags(subject, given["tags"]),
    ...ports(subject, given),
    out: check.choice(subject, given["out"], { code: "WG1116", option: "out", of: ["many", "one"] }) ?? "undeclared",
    ...present("input", inputSchemas(subject, given["input"])),
    ...present("output", schema(subject, "output", given["output"])),
    onFailure:
      check.choice(subject, given["onFailure"], { code: "WG1122", option: "onFailure", of: ["finish", "abort"] }) ??
      "finish",
    durability:
      check.choice(subject, given["durability"], {
        code: "WG1122",
        option: "durability",
        of: ["process", "power-loss"],
      }) ?? "process",
    ...present("schedule", readSchedule(subject, given["schedule"])),
    ...present("webhook", readWebhook(subject, given["webhook"])),
    ...present("onRunFailed", onRunFailed(subject, given["onRunFailed"])),
    ...present("model", modelName(subject, given["model"])),
    stored: stored(subject, given),
    fn: fn as WorkflowDefinition["fn"],
    ...present("site", site),
  };
}

function functionKind(subject: Subject, fn: unknown): "function" | "generator" {
  if (typeof fn !== "function") {
    return refuse(subject, {
      code: "WG1123",
      what: `its function is ${shown(fn)}`,
      hint: `write ${subject.kind}(options, async ({ url }: { url: string }) => ...)`,
    });
  }
  const tag = Object.prototype.toString.call(fn);
  if (tag === "[object GeneratorFunction]") {
    return refuse(subject, {
      code: "WG1123",
      what: "its function is a synchronous generator",
      hint: "write async function*: its items are recorded while it runs",
    });
  }
  return tag === "[object AsyncGeneratorFunction]" ? "generator" : "function";
}

function texts(subject: Subject, given: Written): { readonly title?: string; readonly description?: string } {
  return {
    ...present("title", check.optionalText(subject, "title", given["title"])),
    ...present("description", check.optionalText(subject, "description", given["description"])),
  };
}

function ports(
  subject: Subject,
  given: Written,
): { readonly gather: ReadonlySet<string>; readonly whole: ReadonlySet<string> } {
  const gather = check.portNames(subject, "gather", given["gather"]);
  const whole = check.portNames(subject, "whole", given["whole"]);
  const both = [...gather].find((param) => whole.has(param));
  if (both !== undefined) {
    refuse(subject, {
      code: "WG1115",
      what: `${shown(both)} is in gather and in whole`,
      hint: "keep gather if the parameter receives the whole set, whole if it is one value that is an array",
    });
  }
  return { gather, whole };
}

function nodeOut(subject: Subject, given: Written, kind: "function" | "generator"): NodeDefinition["out"] {
  const out = check.choice(subject, given["out"], { code: "WG1116", option: "out", of: ["many", "one"] });
  if (kind === "function") return out ?? "undeclared";
  if (out === "one") {
    refuse(subject, {
      code: "WG1116",
      what: 'out is "one" for a generator',
      hint: "a generator yields many: take out away",
    });
  }
  return "stream";
}

function readKey(subject: Subject, value: unknown, out: NodeDefinition["out"]): NodeDefinition["key"] {
  if (value === undefined) return undefined;
  if (typeof value !== "function") {
    return refuse(subject, {
      code: "WG1116",
      what: `key is ${shown(value)}`,
      hint: "write a function of one item: (page) => page.url",
    });
  }
  if (out === "one" || out === "undeclared") {
    refuse(subject, {
      code: "WG1116",
      what: `key names the items of many, and out is ${out === "one" ? '"one"' : "not given"}`,
      hint: 'declare out: "many", or take key away',
    });
  }
  return value as NonNullable<NodeDefinition["key"]>;
}

function readOnFailed(subject: Subject, value: unknown, gather: ReadonlySet<string>): OnFailed {
  if (value === undefined) return "fail";
  const words = ["fail", "drop", "settled"];
  const tolerate = isRecord(value) && Object.keys(value).join() === "tolerate" ? value["tolerate"] : undefined;
  const isShare = typeof tolerate === "number" && tolerate >= 0 && tolerate < 1;
  const isCount = Number.isSafeInteger(tolerate) && (tolerate as number) >= 1;
  if (!words.includes(value as string) && !isShare && !isCount) {
    refuse(subject, {
      code: "WG1117",
      what: tolerate === undefined ? `onFailed is ${shown(value)}` : `onFailed.tolerate is ${shown(tolerate)}`,
      hint: 'write "fail", "drop", "settled", { tolerate: 3 } (a count from 1) or { tolerate: 0.1 } (a share below 1)',
    });
  }
  if (gather.size === 0) {
    refuse(subject, {
      code: "WG1117",
      what: "onFailed is given, and no parameter gathers",
      hint: "onFailed is about what a gather parameter receives: declare gather, or take onFailed away",
    });
  }
  return typeof value === "string" ? (value as OnFailed) : { tolerate: tolerate as number };
}

function readOnInvalid(subject: Subject, value: unknown, output: StandardSchemaV1 | undefined): OnInvalid {
  if (value === undefined) return "fail";
  const isFallback = isRecord(value) && Object.keys(value).join() === "fallback";
  if (value !== "fail" && value !== "retry" && !isFallback) {
    refuse(subject, {
      code: "WG1118",
      what: `onInvalid is ${shown(value)}`,
      hint: 'write "fail", "retry" or { fallback: value }',
    });
  }
  if (output === undefined) {
    refuse(subject, {
      code: "WG1118",
      what: "onInvalid is given without output",
      hint: "give the schema of the result as output, or take onInvalid away",
    });
  }
  return isFallback ? { fallback: value["fallback"] } : (value as OnInvalid);
}

function schema(subject: Subject, option: string, value: unknown): StandardSchemaV1 | undefined {
  if (value === undefined || isStandardSchema(value)) return value;
  return refuse(subject, {
    code: "WG1121",
    what: `${option} is ${shown(value)}, which is no Standard Schema`,
    hint: "write a schema of zod 4, valibot, arktype or another library of standardschema.dev",
  });
}

function inputSchemas(subject: Subject, value: unknown): NodeDefinition["input"] {
  if (value === undefined || isStandardSchema(value)) return value;
  if (!isRecord(value)) return schema(subject, "input", value);
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries.map(([param, entry]) => [param, schema(subject, `input.${param}`, entry)!]));
}

function tags(subject: Subject, value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((tag) => typeof tag === "string" && tag !== ""))
    return [...(value as string[])];
  return refuse(subject, { code: "WG1122", what: `tags is ${shown(value)}`, hint: 'write texts: tags: ["nightly"]' });
}

function onRunFailed(subject: Subject, value: unknown): WorkflowDefinition | undefined {
  if (value === undefined) return undefined;
  if (isWorkflow(value)) return value.definition;
  return refuse(subject, {
    code: "WG1122",
    what: `onRunFailed is ${shown(value)}`,
    hint: "write a workflow: what workflow() returned",
  });
}

function modelName(subject: Subject, value: unknown): string | undefined {
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  return refuse(subject, {
    code: "WG1122",
    what: `model is ${shown(value)}`,
    hint: 'name an entry of "models" in workgraph.config.ts; what it is and how it is set stands there only',
  });
}

/** Options that are kept for later versions. */
function stored(subject: Subject, given: Written): WorkflowDefinition["stored"] {
  const { retention } = given;
  return {
    ...present(
      "retention",
      retention === undefined || isRecord(retention) ? retention : retentionMs(subject, retention),
    ),
    ...present("effect", check.flag(subject, "effect", given["effect"]) || undefined),
  };
}

/** No timer waits for it, so it may be years. */
function retentionMs(subject: Subject, value: unknown): number {
  try {
    const durationMs = parseDuration(value as string | number);
    if (durationMs > 0) return durationMs;
  } catch {
    // Told below.
  }
  return refuse(subject, {
    code: "WG1122",
    what: `retention is ${shown(value)}`,
    hint: 'write above 0: a number of ms, or text such as "90d"',
  });
}

function present<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
}
