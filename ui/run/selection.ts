/**
 * One selection behind all panes: what is chosen stands in the address, and every pane reads it from there.
 *
 * R1. Choosing adds to the browser's history: going back is going back to what was looked at.
 * R2. Moving fast (arrow keys, the scrubber) replaces instead.
 * R3. Choosing a call shows where it is made: a file or a line that was looked at before is left.
 */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import type { RunSearch } from "../shell/search.ts";

export type Change = { readonly [K in keyof RunSearch]?: RunSearch[K] | undefined };

export interface Selection extends RunSearch {
  readonly choose: (change: Change, how?: "visit" | "move") => void;
}

/** R3. */
const LEFT: Change = { file: undefined, line: undefined };

export function useSelection(): Selection {
  const search = useSearch({ from: "/runs/$runId" });
  const navigate = useNavigate({ from: "/runs/$runId" });
  const choose = useCallback(
    (change: Change, how: "visit" | "move" = "visit") =>
      void navigate({
        search: (before: RunSearch) =>
          Object.fromEntries(
            Object.entries({ ...before, ...("call" in change ? LEFT : {}), ...change }).filter(
              ([, value]) => value !== undefined,
            ),
          ) as RunSearch,
        replace: how === "move",
      }),
    [navigate],
  );
  return { ...search, choose };
}
