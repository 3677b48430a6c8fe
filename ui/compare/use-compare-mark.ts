import { useNavigate } from "@tanstack/react-router";
import { setMark, useMark } from "./marks.ts";

/** Marks a run; with another one marked already, compares the two, the one that began first on the left. */
export function useCompareMark(): { readonly marked: string | undefined; readonly mark: (runId: string) => void } {
  const marked = useMark();
  const navigate = useNavigate();
  const mark = (runId: string): void => {
    if (marked === undefined || marked === runId) {
      setMark(marked === runId ? undefined : runId);
      return;
    }
    // Ids are sorted by time.
    const [a, b] = [marked, runId].toSorted();
    setMark(undefined);
    void navigate({ to: "/compare", search: { a: a!, b: b! } });
  };
  return { marked, mark };
}
