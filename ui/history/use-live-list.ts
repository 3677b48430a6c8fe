import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

const SETTLE_MS = 400;

/** Lists of runs are asked again when the server says that something was recorded. */
export function useLiveList(): void {
  const queries = useQueryClient();
  useEffect(() => {
    let timer = 0;
    const source = new EventSource("/api/stream");
    const changed = (): void => {
      if (timer !== 0) return;
      timer = window.setTimeout(() => {
        timer = 0;
        void queries.invalidateQueries({ queryKey: ["runs"] });
      }, SETTLE_MS);
    };
    source.addEventListener("runs", changed);
    source.addEventListener("run", changed);
    return () => {
      source.close();
      window.clearTimeout(timer);
    };
  }, [queries]);
}
