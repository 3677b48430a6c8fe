/** Filters of the runs page under a name, kept in this browser. */
import { Bookmark, X } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useState, type ReactElement } from "react";
import type { RunsSearch } from "../shell/search.ts";

interface SavedView {
  readonly name: string;
  readonly search: RunsSearch;
}

const KEY = "workgraph.views";

function read(): readonly SavedView[] {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]") as unknown;
    return Array.isArray(kept) ? (kept as readonly SavedView[]) : [];
  } catch {
    return [];
  }
}

export function SavedViews(props: {
  readonly search: RunsSearch;
  readonly onChoose: (search: RunsSearch) => void;
}): ReactElement {
  const [views, setViews] = useState(read);
  const [name, setName] = useState("");
  const keep = (next: readonly SavedView[]): void => {
    localStorage.setItem(KEY, JSON.stringify(next));
    setViews(next);
  };
  const isFiltered = Object.keys(props.search).length > 0;
  return (
    <DropdownMenu.Root defaultOpen>
      <DropdownMenu.Trigger className="button quiet" title="Saved views, kept in this browser">
        <Bookmark size={14} aria-hidden /> Views
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
          {views.map((view) => (
            <DropdownMenu.Item
              key={view.name}
              className="menu-item saved-view"
              onSelect={() => props.onChoose(view.search)}
            >
              <span className="grow">{view.name}</span>
              <button
                type="button"
                className="button quiet"
                aria-label={`Forget ${view.name}`}
                onClick={(event) => {
                  event.stopPropagation();
                  keep(views.filter((one) => one !== view));
                }}
              >
                <X size={12} aria-hidden />
              </button>
            </DropdownMenu.Item>
          ))}
          {views.length === 0 && !isFiltered && (
            <span className="menu-note soft">Filter the list, then keep it here.</span>
          )}
          {isFiltered && (
            <form
              className="menu-note"
              onSubmit={(event) => {
                event.preventDefault();
                if (name.trim() === "") return;
                keep([...views.filter((one) => one.name !== name.trim()), { name: name.trim(), search: props.search }]);
                setName("");
              }}
            >
              <input
                className="field"
                aria-label="Name of this view"
                placeholder="name of this view"
                value={name}
                onChange={(event) => setName(event.target.value)}
                onKeyDown={(event) => event.stopPropagation()}
              />
              <button className="button">keep</button>
            </form>
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
