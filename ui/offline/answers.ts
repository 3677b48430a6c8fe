/**
 * What the pages ask for, answered from the document that came with the page.
 *
 * Owns: filtering lists by what a query says. Leaves to model/page-document.ts: what the document holds.
 *
 * R1. What was recorded under an address is answered as it was. Lists are filtered and paged here, as the server does it.
 * R2. What the document does not hold is an error that says so, and what would.
 */
import { foldAll } from "../../src/model/fold.ts";
import { isAbout } from "../../src/model/event-place.ts";
import { spansBelow, type PageDocument, type PageLists } from "../../src/model/page-document.ts";
import { EMPTY_VIEW } from "../../src/model/view.ts";
import type { EventEntry, ItemRow, LogEntry, RunDetail } from "../api/answers.ts";

const DEFAULT_LIMIT = 200;

interface Asked {
  readonly path: string;
  readonly query: URLSearchParams;
}

export function answersOf(document: PageDocument): (url: string) => Response {
  // Whoever asks may write a query in any order.
  const recorded = new Map(Object.entries(document.answers).map(([url, answer]) => [keyOf(read(url)), answer]));
  return (url) => {
    const asked = read(url);
    const answer = recorded.get(keyOf(asked)) ?? listed(document, asked);
    return answer === undefined ? refusal(document, asked) : json(answer, 200);
  };
}

function read(url: string): Asked {
  const { pathname, searchParams } = new URL(url, "http://page");
  return { path: decodeURIComponent(pathname), query: searchParams };
}

function keyOf({ path, query }: Asked): string {
  const pairs = [...query].map(([name, value]) => `${name}=${value}`).toSorted();
  return `${path}?${pairs.join("&")}`;
}

function listed(document: PageDocument, asked: Asked): unknown {
  const { path, query } = asked;
  const parent = path === "/api/runs" ? query.get("parent") : null;
  if (parent !== null) {
    const runs = document.lists[parent]?.children ?? [];
    return { runs, truncated: false, total: runs.length };
  }
  const [, place = "", list = ""] = /^\/api\/runs\/([^/]+)\/(\w+)$/.exec(path) ?? [];
  const [runId = "", call, item] = place.split(".");
  const lists = document.lists[runId];
  if (!lists) return undefined;
  const at = {
    call: call === undefined ? undefined : Number(call),
    item: item === undefined ? undefined : Number(item),
  };
  switch (list) {
    case "items":
      return page("items", itemsOf(lists, place, query), query);
    case "events":
      return eventsOf(lists, at, query);
    case "logs":
      return logsOf(lists, place, query);
    case "spans": {
      const { traceId, spans } = lists.spans;
      const found = at.call === undefined ? spans : spansBelow(spans, place);
      return { traceId, ...page("spans", found, query) };
    }
    case "view":
      return query.has("at")
        ? viewAt(document, runId, Number(query.get("at")))
        : document.answers[`/api/runs/${runId}/view`];
    default:
      return undefined;
  }
}

function isAt({ address }: { readonly address: string }, place: string): boolean {
  return `${address}.`.startsWith(`${place}.`);
}

function itemsOf(lists: PageLists, place: string, query: URLSearchParams): readonly ItemRow[] {
  const [status, node] = [query.getAll("status"), query.get("node")];
  return (lists.items as readonly ItemRow[]).filter(
    (row) =>
      isAt(row, place) && (status.length === 0 || status.includes(row.status)) && (node === null || row.node === node),
  );
}

/** The cursor counts entries. */
function page(name: string, all: readonly unknown[], query: URLSearchParams): object {
  const limit = Number(query.get("limit") ?? DEFAULT_LIMIT);
  const from = Number(query.get("cursor") ?? 0);
  const truncated = from + limit < all.length;
  return {
    [name]: all.slice(from, from + limit),
    total: all.length,
    truncated,
    ...(truncated ? { cursor: String(from + limit) } : {}),
  };
}

/** The cursor is a seq. */
function eventsOf(
  lists: PageLists,
  { call, item }: { readonly call: number | undefined; readonly item: number | undefined },
  query: URLSearchParams,
): object {
  const types = query.getAll("types");
  const after = Number(query.get("cursor") ?? 0);
  const limit = Number(query.get("limit") ?? DEFAULT_LIMIT);
  const found = (lists.events as readonly EventEntry[]).filter(
    (entry) =>
      entry.seq > after &&
      (types.length === 0 || types.includes(entry.type)) &&
      (call === undefined || isAbout(entry.event, call, item)),
  );
  const events = found.slice(0, limit);
  const truncated = found.length > limit;
  return { events, truncated, ...(truncated ? { cursor: String(events.at(-1)!.seq) } : {}) };
}

/** The cursor is an id. */
function logsOf(lists: PageLists, place: string, query: URLSearchParams): object {
  const levels = query.getAll("levels");
  const after = Number(query.get("cursor") ?? 0);
  const limit = Number(query.get("limit") ?? DEFAULT_LIMIT);
  const found = (lists.logs as readonly LogEntry[]).filter(
    (line) => line.id > after && isAt(line, place) && (levels.length === 0 || levels.includes(line.level)),
  );
  const truncated = found.length > limit;
  const lines = found.slice(0, limit);
  return { lines, truncated, ...(truncated ? { cursor: String(lines.at(-1)!.id) } : {}) };
}

/** The run as it stood at an event: folded here, as the server does it. */
function viewAt(document: PageDocument, runId: string, at: number): object | undefined {
  const run = document.answers[`/api/runs/${runId}`] as RunDetail | undefined;
  if (!run || !(at > 0)) return undefined;
  const entries = (document.lists[runId]?.events ?? []) as readonly EventEntry[];
  const events = entries.filter(({ seq }) => seq <= at).map(({ seq, event }) => ({ seq, event }));
  return { runId, status: run.status, view: foldAll(EMPTY_VIEW, events) };
}

/** R2. */
function refusal(document: PageDocument, { path }: Asked): Response {
  const isItem = path.startsWith("/api/items/");
  const details = document.leftOut.itemDetails;
  const message =
    isItem && details > 0
      ? `this page does not tell this item: of ${details} items it only has the rows`
      : "this page does not hold that";
  return json(
    {
      error: {
        code: "WG6007",
        message,
        hint: `The project that ran it has all of it: npx workgraph show ${path.split("/")[3] ?? document.root}`,
      },
    },
    404,
  );
}

function json(document: unknown, status: number): Response {
  return new Response(JSON.stringify(document), { status, headers: { "content-type": "application/json" } });
}
