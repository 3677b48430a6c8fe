/** Workflows that somebody wants on top, kept in this browser. */
import { useCallback, useState } from "react";

const KEY = "workgraph.favourites";

function read(): ReadonlySet<string> {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]") as unknown;
    return new Set(Array.isArray(kept) ? kept.filter((one): one is string => typeof one === "string") : []);
  } catch {
    return new Set();
  }
}

export function useFavourites(): {
  readonly favourites: ReadonlySet<string>;
  readonly toggle: (name: string) => void;
} {
  const [favourites, setFavourites] = useState(read);
  const toggle = useCallback((name: string): void => {
    const next = new Set(read());
    if (!next.delete(name)) next.add(name);
    localStorage.setItem(KEY, JSON.stringify([...next]));
    setFavourites(next);
  }, []);
  return { favourites, toggle };
}
