/**
 * Which pane stands at which place of the debugger, kept in this browser.
 *
 * R1. Places are fixed, panes are exchanged: whatever is done, each pane is there once.
 */
import { useSyncExternalStore } from "react";
import { PANES, type PaneName } from "../shell/search.ts";

export const PANE_TEXT: Readonly<Record<PaneName, string>> = {
  graph: "Graph",
  source: "Source",
  time: "Timeline",
  list: "Lists",
  inspector: "Inspector",
};

/** By place: left above and below, right above, and beside each other below that. */
export type Docks = readonly PaneName[];

const KEY = "workgraph.run.docks";
const listeners = new Set<() => void>();
let current: Docks = read();

function read(): Docks {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
    // R1.
    const isWhole = Array.isArray(kept) && kept.length === PANES.length && PANES.every((name) => kept.includes(name));
    return isWhole ? (kept as Docks) : PANES;
  } catch {
    return PANES;
  }
}

function keep(next: Docks): void {
  current = next;
  localStorage.setItem(KEY, JSON.stringify(next));
  for (const listener of listeners) listener();
}

export function exchange(a: PaneName, b: PaneName): void {
  keep(current.map((name) => (name === a ? b : name === b ? a : name)));
}

export function resetDocks(): void {
  keep(PANES);
}

export function useDocks(): Docks {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => current,
  );
}
