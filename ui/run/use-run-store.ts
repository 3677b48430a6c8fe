import { useEffect, useState, useSyncExternalStore } from "react";
import { RunStore, type RunState } from "../api/run-store.ts";

/** The live state of one run; the connection lives as long as the page shows it. */
export function useRunState(runId: string): RunState {
  const [store, setStore] = useState(() => new RunStore(runId));
  useEffect(() => {
    let mine = store;
    if (mine.runId !== runId || mine.closed) {
      mine = new RunStore(runId);
      setStore(mine);
    }
    return () => mine.close();
    // The store that is replaced here is closed by the effect that made it.
  }, [runId]);
  return useSyncExternalStore(store.subscribe, store.state);
}
