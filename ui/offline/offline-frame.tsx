/** The frame around a run in a file: what it is a copy of, the key map, and the theme. */
import { Outlet } from "@tanstack/react-router";
import { useEffect, useState, type ReactElement } from "react";
import type { PageDocument } from "../../src/model/page-document.ts";
import { clock, counted } from "../shell/format.ts";
import { KeyMap } from "../shell/key-map.tsx";
import { listenForKeys, useKeys } from "../shell/keys.ts";
import { changeSettings, useSettings } from "../shell/settings.ts";

export function OfflineFrame({ page }: { readonly page: PageDocument }): ReactElement {
  const [isKeyMapOpen, setKeyMapOpen] = useState(false);
  const { theme } = useSettings();
  useEffect(() => listenForKeys(), []);
  useKeys([
    { keys: "?", says: "show these keys", group: "Everywhere", run: () => setKeyMapOpen(true) },
    {
      keys: "T",
      says: "switch between dark and light",
      group: "Everywhere",
      run: () => changeSettings({ theme: theme === "light" ? "dark" : "light" }),
    },
  ]);
  return (
    <div className="page">
      <p className="offline-note">
        A copy of {clock(Date.parse(page.exportedAt))}, without a server{leftOutText(page)}.
      </p>
      <Outlet />
      {isKeyMapOpen && <KeyMap onClose={() => setKeyMapOpen(false)} />}
    </div>
  );
}

function leftOutText({ leftOut }: PageDocument): string {
  const { runs, items, itemDetails, events, logs } = leftOut;
  const parts = [
    ...(runs > 0 ? [counted(runs, "child run")] : []),
    ...(items > 0 ? [counted(items, "item")] : []),
    ...(itemDetails > 0 ? [`details of ${counted(itemDetails, "item")}`] : []),
    ...(events > 0 ? [counted(events, "event")] : []),
    ...(logs > 0 ? ["later log lines"] : []),
  ];
  return parts.length === 0 ? "" : `; not in it: ${parts.join(", ")}`;
}
