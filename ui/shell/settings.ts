/** What a person prefers, kept in this browser: theme, palette, density, time zone. */
import { useSyncExternalStore } from "react";

export interface Settings {
  readonly theme: "dark" | "light" | "system";
  /** Hues of statuses; each is told by icon and word as well. */
  readonly palette: "usual" | "blue-orange" | "strong";
  readonly density: "normal" | "compact";
  /** "local", "UTC", or an IANA name. */
  readonly timeZone: string;
  readonly times: "relative" | "absolute";
}

const KEY = "workgraph.settings";
const DEFAULTS: Settings = {
  theme: "system",
  palette: "usual",
  density: "normal",
  timeZone: "local",
  times: "relative",
};

let current: Settings = read();
const listeners = new Set<() => void>();

function read(): Settings {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Settings>) };
  } catch {
    return DEFAULTS;
  }
}

export function settings(): Settings {
  return current;
}

export function changeSettings(change: Partial<Settings>): void {
  current = { ...current, ...change };
  localStorage.setItem(KEY, JSON.stringify(current));
  applySettings();
  for (const listener of listeners) listener();
}

export function useSettings(): Settings {
  return useSyncExternalStore(listen, settings);
}

/** Theme and palette as they are shown, whoever chose them: what draws with their colours draws anew when this is another. */
export function useColoring(): string {
  // As the document has it: what the browser prefers is told before the colours are set.
  return useSyncExternalStore(listen, () => {
    const { theme, palette } = document.documentElement.dataset;
    return `${theme} ${palette}`;
  });
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

const prefersLight = window.matchMedia("(prefers-color-scheme: light)");

function shownTheme(): "dark" | "light" {
  if (current.theme !== "system") return current.theme;
  return prefersLight.matches ? "light" : "dark";
}

export function applySettings(): void {
  const { palette, density } = current;
  document.documentElement.dataset["theme"] = shownTheme();
  document.documentElement.dataset["palette"] = palette;
  document.documentElement.dataset["density"] = density;
}

prefersLight.addEventListener("change", () => {
  applySettings();
  for (const listener of listeners) listener();
});
