/** The icon of the tab: the mark, or what became of the run that the page shows, by colour and by sign. */
import type { RunStatus } from "../../src/model/status.ts";

/** An icon stands on whatever colour the browser has, so these are no tokens of a theme. */
const SIGNS: Readonly<Record<RunStatus, readonly [color: string, path: string]>> = {
  queued: ["#7d8b9c", "M10 16h12"],
  running: ["#2f8fef", "M12.5 10l9 6-9 6z"],
  completed: ["#1f9d76", "M9.5 16.5l4.5 4.5 8.5-9.5"],
  completed_partial: ["#a58f10", "M16 9.5v8M16 22v.6"],
  failed: ["#d8452a", "M11 11l10 10M21 11l-10 10"],
  cancelled: ["#9a6079", "M10.5 21.5l11-11"],
  interrupted: ["#b07a10", "M16 9.5v8M16 22v.6"],
  diverged: ["#d8452a", "M11 11l10 10M21 11l-10 10"],
  paused: ["#b07a10", "M13 11v10M19 11v10"],
};

const MARK =
  '<path d="M8 10h7a4 4 0 0 1 4 4M8 23h7a4 4 0 0 0 4-4" fill="none" stroke="#8893a1" stroke-width="2.4"/>' +
  '<rect x="1" y="6" width="9" height="8" rx="2" fill="#2f8fef"/><rect x="1" y="19" width="9" height="8" rx="2" fill="#1f9d76"/>' +
  '<rect x="19" y="12" width="10" height="9" rx="2" fill="#e0593b"/>';

/** @param status of the run that is shown; absent: the page is not about one */
export function setFavicon(status?: RunStatus): void {
  const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  if (link) link.href = `data:image/svg+xml,${encodeURIComponent(iconOf(status))}`;
}

function iconOf(status: RunStatus | undefined): string {
  const [color, path] = status === undefined ? [] : SIGNS[status];
  const drawn =
    path === undefined
      ? MARK
      : `<circle cx="16" cy="16" r="15" fill="${color}"/><path d="${path}" fill="${status === "running" ? "#fff" : "none"}" ` +
        'stroke="#fff" stroke-width="3.4" stroke-linecap="round" stroke-linejoin="round"/>';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${drawn}</svg>`;
}
