/**
 * Which row of a list of its own page is chosen.
 *
 * R1. It is known by its key: rows that come above it do not move the choice.
 * R2. It stands in the address as `row`. A key that is held down chooses faster than an address changes, so that is only read at first.
 */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";

export function useChosenRow<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): { readonly chosen: number; readonly choose: (row: Row) => void } {
  const search: { readonly row?: string } = useSearch({ strict: false });
  const navigate = useNavigate();
  const [key, setKey] = useState(search.row);
  // Keys of a list do not change: only its rows do.
  const chosen = useMemo(() => rows.findIndex((row) => keyOf(row) === key), [rows, key]);
  const choose = (row: Row): void => {
    setKey(keyOf(row));
    void navigate({
      to: ".",
      search: (before: Readonly<Record<string, unknown>>) => ({ ...before, row: keyOf(row) }),
      replace: true,
    } as never);
  };
  return { chosen, choose };
}
