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
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, settings);
}

const prefersLight = window.matchMedia("(prefers-color-scheme: light)");

export function applySettings(): void {
  const { theme, palette, density } = current;
  const light = theme === "light" || (theme === "system" && prefersLight.matches);
  document.documentElement.dataset["theme"] = light ? "light" : "dark";
  document.documentElement.dataset["palette"] = palette;
  document.documentElement.dataset["density"] = density;
}

prefersLight.addEventListener("change", applySettings);
