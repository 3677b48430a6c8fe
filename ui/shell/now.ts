import { useEffect, useState } from "react";

/** The time, a few times a second while something runs; after that it stands still and no timer runs. */
export function useNow(ticking: boolean, everyMs: number = 250): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!ticking) return;
    const timer = window.setInterval(() => setNow(Date.now()), everyMs);
    return () => window.clearInterval(timer);
  }, [ticking, everyMs]);
  return now;
}
