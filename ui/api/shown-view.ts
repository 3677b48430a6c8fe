import { atRest } from "../../src/model/fold.ts";
import type { RunStatus } from "../../src/model/status.ts";
import type { RunView } from "../../src/model/view.ts";

/** What a page shows of a view: of a run that nobody runs nothing is in flight, as every list and the command line say. */
export function shownView(view: RunView, status: RunStatus): RunView {
  return status === "interrupted" || status === "paused" ? atRest(view) : view;
}
