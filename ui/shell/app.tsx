/** The frame around every page: rail, palette, key map. Pages fill the rest. */
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import {
  Boxes,
  FolderOutput,
  Gauge,
  GitCompareArrows,
  History,
  Keyboard,
  OctagonX,
  Search,
  Settings as Gear,
} from "lucide-react";
import { lazy, Suspense, useEffect, useState, type ReactElement } from "react";
import { listenForKeys, useKeys } from "./keys.ts";
import { changeSettings, useSettings } from "./settings.ts";

// Opened by a key, loaded then: the first page comes without them.
const KeyMap = lazy(async () => ({ default: (await import("./key-map.tsx")).KeyMap }));
const Palette = lazy(async () => ({ default: (await import("./palette.tsx")).Palette }));

const PLACES = [
  { to: "/overview", text: "Overview", key: "g o", icon: Gauge },
  { to: "/runs", text: "Runs", key: "g r", icon: History },
  { to: "/workflows", text: "Workflows", key: "g w", icon: Boxes },
  { to: "/errors", text: "Errors", key: "g E", icon: OctagonX },
  { to: "/artifacts", text: "Artifacts", key: "g a", icon: FolderOutput },
  { to: "/compare", text: "Compare", key: "g d", icon: GitCompareArrows },
  { to: "/settings", text: "Settings", key: "g s", icon: Gear },
] as const;

export function App(): ReactElement {
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const [dialog, setDialog] = useState<"none" | "keys" | "palette">("none");
  const { theme } = useSettings();

  useEffect(() => listenForKeys(), []);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setDialog((open) => (open === "palette" ? "none" : "palette"));
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  useKeys([
    ...PLACES.map(({ to, text, key }) => ({
      keys: key,
      says: `go to ${text.toLowerCase()}`,
      group: "Go",
      run: () => void navigate({ to }),
    })),
    {
      keys: "/",
      says: "search on this page; where there is no field, find anything",
      group: "Everywhere",
      run: () => {
        const field = document.querySelector<HTMLInputElement>(".page input[type=search], .page input[type=text]");
        if (field) field.focus();
        else setDialog("palette");
      },
    },
    { keys: "?", says: "show these keys", group: "Everywhere", run: () => setDialog("keys") },
    {
      keys: "T",
      says: "switch between dark and light",
      group: "Everywhere",
      run: () => changeSettings({ theme: theme === "light" ? "dark" : "light" }),
    },
  ]);

  return (
    <div className="app">
      <nav className="rail" aria-label="Pages">
        <Link to="/overview" className="brand" aria-label="workgraph: overview">
          <Mark />
        </Link>
        {PLACES.map(({ to, text, icon: Icon, key }) => (
          <Link
            key={to}
            to={to}
            className="rail-link"
            aria-current={path.startsWith(to) ? "page" : undefined}
            title={`${text}  (${key})`}
          >
            <Icon size={17} aria-hidden />
            <span className="visually-hidden">{text}</span>
          </Link>
        ))}
        <span className="rail-space" />
        <button className="rail-link" onClick={() => setDialog("palette")} title="Find anything  (Ctrl K)">
          <Search size={17} aria-hidden />
          <span className="visually-hidden">Find anything</span>
        </button>
        <button className="rail-link" onClick={() => setDialog("keys")} title="Keys  (?)">
          <Keyboard size={17} aria-hidden />
          <span className="visually-hidden">Keys</span>
        </button>
      </nav>
      <div className="page">
        <Outlet />
      </div>
      <Suspense>
        {dialog === "keys" && <KeyMap onClose={() => setDialog("none")} />}
        {dialog === "palette" && <Palette onClose={() => setDialog("none")} />}
      </Suspense>
    </div>
  );
}

/** Three calls and what flows between them. */
function Mark(): ReactElement {
  return (
    <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true" fill="none">
      <path d="M6 6.5h4.5a3 3 0 0 1 3 3v0M6 15.5h4.5a3 3 0 0 0 3-3v0" stroke="var(--ink-faint)" strokeWidth="1.6" />
      <rect x="1.5" y="4" width="5" height="5" rx="1.4" fill="var(--accent)" />
      <rect x="1.5" y="13" width="5" height="5" rx="1.4" fill="var(--s-completed)" />
      <rect x="14.5" y="8.5" width="5" height="5" rx="1.4" fill="var(--s-failed)" />
    </svg>
  );
}
