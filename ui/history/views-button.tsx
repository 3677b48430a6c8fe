/** The way to saved views; the menu itself is loaded when it is first asked for. */
import { Bookmark } from "lucide-react";
import { lazy, Suspense, useState, type ReactElement } from "react";
import type { RunsSearch } from "../shell/search.ts";

const SavedViews = lazy(async () => ({ default: (await import("./saved-views.tsx")).SavedViews }));

export function ViewsButton(props: {
  readonly search: RunsSearch;
  readonly onChoose: (search: RunsSearch) => void;
}): ReactElement {
  const [wanted, setWanted] = useState(false);
  const button = (
    <button
      className="button quiet"
      title="Saved views, kept in this browser"
      aria-haspopup="menu"
      onClick={() => setWanted(true)}
    >
      <Bookmark size={14} aria-hidden /> Views
    </button>
  );
  return wanted ? (
    <Suspense fallback={button}>
      <SavedViews {...props} />
    </Suspense>
  ) : (
    button
  );
}
