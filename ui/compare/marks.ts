/** Runs marked for comparing, kept for this tab: the second mark opens the page that compares the two. */
import { useSyncExternalStore } from "react";

const KEY = "workgraph.mark";
const listeners = new Set<() => void>();

function read(): string | undefined {
  return sessionStorage.getItem(KEY) ?? undefined;
}

export function setMark(runId: string | undefined): void {
  if (runId === undefined) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, runId);
  for (const listener of listeners) listener();
}

export function useMark(): string | undefined {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, read);
}
