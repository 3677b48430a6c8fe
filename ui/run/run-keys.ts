/** The keys of the debugger that belong to no single pane: along edges, through errors and time, into child runs and back. */
import { useNavigate } from "@tanstack/react-router";
import type { RunView } from "../../src/model/view.ts";
import { useItemEvents, findChild } from "../api/run-parts.ts";
import { useRun } from "../api/queries.ts";
import { useKeys } from "../shell/keys.ts";
import { useSelection, type Selection } from "./selection.ts";

export function useRunKeys(runId: string, view: RunView, revision: string): void {
  const selection = useSelection();
  const { choose, call } = selection;
  const enter = useDescent(runId, view);
  const leave = useAscent(runId);
  const time = useTimeSteps(runId, view, revision);
  const chosen = call === undefined ? undefined : view.calls[call - 1];
  const go = (to: number | undefined): void => {
    if (to !== undefined) choose({ call: to, item: undefined });
  };
  const step = (by: 1 | -1): void => {
    const real = view.calls.filter((one) => one.status !== "superseded").map((one) => one.call);
    const at = call === undefined ? -1 : real.indexOf(call);
    go(real[Math.max(0, Math.min(real.length - 1, at + by))]);
  };
  useKeys([
    {
      keys: "]",
      says: "downstream",
      group: "Graph",
      run: () => go(view.calls.find((one) => one.edges.some((edge) => edge.from === call))?.call),
    },
    { keys: "[", says: "upstream", group: "Graph", run: () => go(chosen?.edges[0]?.from) },
    { keys: "}", says: "next call", group: "Graph", run: () => step(1) },
    { keys: "{", says: "call before", group: "Graph", run: () => step(-1) },
    {
      keys: "u",
      says: "folded or unrolled",
      group: "Graph",
      run: () => choose({ shape: selection.shape === "unrolled" ? undefined : "unrolled" }),
    },
    {
      keys: "h",
      says: "what did not happen, shown or hidden",
      group: "Graph",
      run: () => choose({ ghosts: selection.ghosts === "shown" ? undefined : "shown" }),
    },
    {
      keys: " ",
      says: "graph or source",
      group: "Everywhere",
      run: () => choose({ left: selection.left === "source" ? "graph" : "source" }, "move"),
    },
    {
      keys: "b",
      says: "graph and source, both",
      group: "Everywhere",
      run: () => choose({ left: undefined }, "move"),
    },
    { keys: "Enter", says: "open: the child run, or an item of the call", group: "Everywhere", run: enter },
    { keys: "o", says: "down into the child run", group: "Go", run: enter },
    { keys: "p", says: "up to the parent run", group: "Go", run: leave },
    {
      keys: "x",
      says: "what it came from, and what came from it",
      group: "Everywhere",
      run: () => choose({ tab: "lineage" }, "move"),
    },
    { keys: "n", says: "next error", group: "Errors", run: () => failing(view, selection, 1) },
    { keys: "N", says: "error before", group: "Errors", run: () => failing(view, selection, -1) },
    { keys: ".", says: "next event, of the item if one is chosen", group: "Time", run: () => time(1) },
    { keys: ",", says: "event before", group: "Time", run: () => time(-1) },
    { keys: "g i", says: "items", group: "Lists", run: () => choose({ list: undefined }) },
    { keys: "g e", says: "events", group: "Lists", run: () => choose({ list: "events" }) },
    { keys: "g x", says: "errors", group: "Lists", run: () => choose({ list: "errors" }) },
    { keys: "g l", says: "logs", group: "Lists", run: () => choose({ list: "logs" }) },
    { keys: "g c", says: "child runs", group: "Lists", run: () => choose({ list: "children" }) },
    { keys: "g t", says: "timeline", group: "Time", run: () => choose({ profile: undefined }) },
    { keys: "g p", says: "profile", group: "Time", run: () => choose({ profile: "nodes" }) },
    {
      keys: "l",
      says: "follow live",
      group: "Time",
      run: () => choose({ at: undefined, from: undefined, to: undefined }),
    },
    {
      keys: "Escape",
      says: "leave what is chosen",
      group: "Everywhere",
      run: () => {
        if (selection.item !== undefined) choose({ item: undefined });
        else if (selection.from !== undefined) choose({ from: undefined, to: undefined });
        else choose({ call: undefined, status: undefined, q: undefined });
      },
    },
  ]);
}

function failing(view: RunView, selection: Selection, by: 1 | -1): void {
  const broken = view.errors.filter(({ call, final }) => call !== undefined && final);
  if (broken.length === 0) return;
  const at = broken.findIndex((one) => one.call === selection.call && one.item === selection.item);
  const next = broken[at < 0 && by < 0 ? broken.length - 1 : (at + by + broken.length) % broken.length]!;
  selection.choose({
    ...(next.call === undefined ? {} : { call: next.call }),
    ...(next.item === undefined ? {} : { item: next.item }),
    tab: "error",
    list: undefined,
    status: undefined,
    q: undefined,
    ...(next.error.site ? { file: next.error.site.file, line: next.error.site.line } : {}),
  });
}

/** Down: into the child run of the chosen item or call; of any other call to an item of it, a failed one first. */
export function useDescent(runId: string, view: RunView): () => void {
  const { call, item, choose } = useSelection();
  const navigate = useNavigate();
  const chosen = call === undefined ? undefined : view.calls[call - 1];
  return () => {
    if (!chosen) return;
    if (chosen.kind === "subgraph") {
      void findChild(runId, { call: chosen.call, item }).then((child) => {
        if (child !== undefined) void navigate({ to: "/runs/$runId", params: { runId: child }, search: {} });
      });
    } else if (item === undefined) {
      const [failed] = Object.entries(chosen.unfinished).find(([, status]) => status === "failed") ?? ["0"];
      choose({ call: chosen.call, item: Number(failed) });
    }
  };
}

function useAscent(runId: string): () => void {
  const { data } = useRun(runId, 0);
  const navigate = useNavigate();
  return () => {
    const parent = data?.parent;
    if (!parent) return;
    void navigate({
      to: "/runs/$runId",
      params: { runId: parent.run },
      search: { call: parent.call, item: parent.item },
    });
  };
}

function useTimeSteps(runId: string, view: RunView, revision: string): (by: 1 | -1) => void {
  const { call, item, at, choose } = useSelection();
  const address = call !== undefined && item !== undefined ? `${runId}.${call}.${item}` : undefined;
  const events = useItemEvents(address, revision.startsWith("live") ? revision : "end");
  return (by) => {
    if (address === undefined) {
      if (at !== undefined || by < 0) choose({ at: Math.max(1, (at ?? view.seq) + by) }, "move");
      return;
    }
    const seqs = events.data?.events.map(({ seq }) => seq) ?? [];
    const here = at ?? Infinity;
    const next = by > 0 ? seqs.find((seq) => seq > here) : seqs.findLast((seq) => seq < here);
    if (next !== undefined) choose({ at: next }, "move");
  };
}
