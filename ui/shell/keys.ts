/**
 * Keys: one map at a time is made of what the visible parts offer; `?` shows it.
 *
 * R1. A key never acts while a person types in a field.
 * R2. Two keys in a row (`g r`) are written with a space.
 */
import { useEffect, useRef, useSyncExternalStore } from "react";

export interface KeyEntry {
  /** As `KeyboardEvent.key`, or two of them: "g r". */
  readonly keys: string;
  readonly says: string;
  readonly group: string;
  readonly run: () => void;
}

type Entries = readonly KeyEntry[];

const offered = new Map<object, { readonly current: Entries }>();
const listeners = new Set<() => void>();
let known: Entries = [];
let first: { readonly key: string; readonly at: number } | undefined;

function gather(): void {
  known = [...offered.values()].flatMap(({ current }) => current);
  for (const listener of listeners) listener();
}

/** Offers keys while the component is shown. */
export function useKeys(entries: Entries): void {
  const ref = useRef(entries);
  ref.current = entries;
  const names = entries.map(({ keys }) => keys).join("\n");
  useEffect(() => {
    const owner = {};
    offered.set(owner, ref);
    gather();
    return () => {
      offered.delete(owner);
      gather();
    };
  }, [names]);
}

export function useKeyMap(): Entries {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => known,
  );
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !(target instanceof HTMLInputElement && /^(checkbox|radio|range|button)$/.test(target.type))
  );
}

export function listenForKeys(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target)) {
      if (event.key === "Escape") (event.target as HTMLElement).blur();
      return;
    }
    // A focused button or link has Enter and Space for itself.
    if ((event.key === "Enter" || event.key === " ") && event.target instanceof HTMLElement) {
      if (/^(BUTTON|A|SUMMARY)$/.test(event.target.tagName) || event.target.getAttribute("role") === "tab") return;
    }
    const entries = [...offered.values()].flatMap(({ current }) => current);
    const pair = first && Date.now() - first.at < 1_200 ? `${first.key} ${event.key}` : undefined;
    // What was offered last lies on top.
    const chosen =
      (pair === undefined ? undefined : entries.findLast(({ keys }) => keys === pair)) ??
      entries.findLast(({ keys }) => keys === event.key);
    first =
      chosen === undefined && entries.some(({ keys }) => keys.startsWith(`${event.key} `))
        ? { key: event.key, at: Date.now() }
        : undefined;
    if (!chosen) return;
    event.preventDefault();
    chosen.run();
  };
  window.addEventListener("keydown", onKey);
  return () => window.removeEventListener("keydown", onKey);
}
