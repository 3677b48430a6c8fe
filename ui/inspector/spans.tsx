/**
 * The OpenTelemetry spans of a run, a call or an item, computed from its log: with the ids that an export gives them.
 *
 * R1. A span stands below the one it belongs to; its bar is on the clock of the topmost one shown.
 */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";
import { get } from "../api/client.ts";
import type { Page } from "../api/answers.ts";
import { useSelection } from "../run/selection.ts";
import { count, counted, duration } from "../shell/format.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";

interface Span {
  readonly spanId: string;
  readonly parentId?: string;
  readonly kind: string;
  readonly name: string;
  readonly runId: string;
  readonly address: string;
  readonly startMs: number;
  readonly endMs?: number;
  readonly status: "ok" | "error" | "unset";
  readonly message?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface SpanPage extends Page {
  readonly traceId: string;
  readonly spans: readonly Span[];
}

export function SpansPart({ place, revision }: { readonly place: string; readonly revision: string }): ReactElement {
  const { choose } = useSelection();
  const [open, setOpen] = useState<string | undefined>();
  const answer = useInfiniteQuery({
    queryKey: ["spans", place, revision.startsWith("live") ? "live" : revision],
    queryFn: ({ pageParam, signal }) =>
      get<SpanPage>(`/api/runs/${place}/spans`, { limit: 200, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
  });
  if (answer.error) return <Refusal error={answer.error} />;
  if (!answer.data) return <Nothing>Loading</Nothing>;
  const pages = answer.data.pages;
  const spans = pages.flatMap((page) => page.spans);
  if (spans.length === 0) return <Nothing>Nothing was attempted here: there is no span.</Nothing>;
  const depth = new Map<string, number>();
  for (const { spanId, parentId } of spans)
    depth.set(spanId, parentId === undefined ? 0 : (depth.get(parentId) ?? -1) + 1);
  const zeroMs = spans[0]!.startMs;
  const endOf = (span: Span): number => span.endMs ?? span.startMs;
  const wholeMs = Math.max(0.001, ...spans.map((span) => endOf(span) - zeroMs));
  const chosen = spans.find(({ spanId }) => spanId === open);
  return (
    <>
      <p className="faint span-head">
        trace <code>{pages[0]!.traceId}</code>
      </p>
      <ul className="spans">
        {spans.map((span) => (
          <li key={span.spanId}>
            <button
              aria-expanded={open === span.spanId}
              title={`${span.kind} ${span.address}${span.message === undefined ? "" : `\n${span.message}`}`}
              onClick={() => {
                setOpen(open === span.spanId ? undefined : span.spanId);
                const [runId, call, item] = span.address.split(".");
                if (runId === place.split(".")[0] && call !== undefined && item !== undefined)
                  choose({ call: Number(call), item: Number(item), tab: "spans" }, "move");
              }}
            >
              <span className="cut" style={{ paddingLeft: Math.min(9, depth.get(span.spanId) ?? 0) * 9 }}>
                {span.name} <span className="faint">{span.kind}</span>
              </span>
              <span className="span-track">
                <i
                  style={{
                    left: `${(100 * (span.startMs - zeroMs)) / wholeMs}%`,
                    width: `max(2px, ${(100 * (endOf(span) - span.startMs)) / wholeMs}%)`,
                    background: `var(${span.status === "error" ? "--s-failed" : span.endMs === undefined ? "--s-running" : "--s-completed"})`,
                  }}
                />
              </span>
              <span className="number">{span.endMs === undefined ? "open" : duration(span.endMs - span.startMs)}</span>
            </button>
            {chosen === span && (
              <dl className="pairs span-attributes">
                <div>
                  <dt>span</dt>
                  <dd>
                    <code>{span.spanId}</code>
                  </dd>
                </div>
                {Object.entries(span.attributes).map(([name, value]) => (
                  <div key={name}>
                    <dt>{name}</dt>
                    <dd>
                      <code>{typeof value === "string" ? value : JSON.stringify(value)}</code>
                    </dd>
                  </div>
                ))}
              </dl>
            )}
          </li>
        ))}
      </ul>
      {answer.hasNextPage && (
        <button className="button quiet small" onClick={() => void answer.fetchNextPage()}>
          more: {count(spans.length)} of {counted(pages[0]!.total ?? spans.length, "span")}
        </button>
      )}
    </>
  );
}
