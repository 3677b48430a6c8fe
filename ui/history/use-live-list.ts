import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { LiveStream } from "../api/live-stream.ts";

const SETTLE_MS = 400;

/** Lists of runs are asked again when the server says that something was recorded. */
export function useLiveList(): void {
  const queries = useQueryClient();
  useEffect(() => {
    let timer = 0;
    const changed = (): void => {
      if (timer !== 0) return;
      timer = window.setTimeout(() => {
        timer = 0;
        void queries.invalidateQueries({ queryKey: ["runs"] });
      }, SETTLE_MS);
    };
    const stream = new LiveStream("/api/stream", {
      message: ({ event }) => {
        if (event === "runs" || event === "run") changed();
      },
    });
    return () => {
      stream.close();
      window.clearTimeout(timer);
    };
  }, [queries]);
}
