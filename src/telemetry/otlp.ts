/**
 * Spans as OTLP in its JSON form: what an OpenTelemetry collector takes at /v1/traces.
 *
 * Owns: the mapping. It is a plain rewriting of fields: a library for it brings a second span model and a tracer of its own, whose
 * ids would not be ours. Leaves to otlp-exporter.ts: sending.
 *
 * R1. Ids are hexadecimal and 64-bit numbers are text, as the JSON form wants them.
 * R2. Only spans that have ended: the protocol knows no others.
 */
import type { Span } from "./span.ts";

interface KeyValue {
  readonly key: string;
  readonly value: OtlpValue;
}

type OtlpValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number };

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: 1;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
  readonly status: { readonly code: 0 | 1 | 2; readonly message?: string };
}

export interface OtlpTraces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string };
      readonly spans: readonly OtlpSpan[];
    }[];
  }[];
}

const STATUS = { unset: 0, ok: 1, error: 2 } as const;

export function otlpTraces(spans: readonly Span[], resource: Readonly<Record<string, string>>): OtlpTraces {
  const ended = spans.flatMap((span) => (span.endMs === undefined ? [] : [otlpSpan(span, span.endMs)]));
  const scopeSpans = [{ scope: { name: "agentic-workgraph" }, spans: ended }];
  return { resourceSpans: [{ resource: { attributes: attributesOf(resource) }, scopeSpans }] };
}

function otlpSpan(span: Span, endMs: number): OtlpSpan {
  const { traceId, spanId, parentId, name, startMs, status, message, attributes, address, kind } = span;
  return {
    traceId,
    spanId,
    ...(parentId === undefined ? {} : { parentSpanId: parentId }),
    name,
    kind: 1,
    startTimeUnixNano: nanos(startMs),
    endTimeUnixNano: nanos(Math.max(startMs, endMs)),
    attributes: attributesOf({ "workgraph.address": address, "workgraph.span": kind, ...attributes }),
    status: { code: STATUS[status], ...(message === undefined ? {} : { message }) },
  };
}

/** Microseconds are what an epoch time in a double still holds. */
function nanos(ms: number): string {
  return `${Math.round(ms * 1000)}000`;
}

function attributesOf(attributes: Readonly<Record<string, string | number | boolean>>): readonly KeyValue[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));
}

function valueOf(value: string | number | boolean): OtlpValue {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
