/** The first event of a run, the same in every store. */
import type { RunEvent } from "../model/events.ts";
import { EVENT_SCHEMA } from "../model/events.ts";
import type { NewRun } from "./store.ts";

export function createdEvent(run: NewRun): RunEvent {
  const { createdAt: at, workflow, version, tags, caller, parent, origin } = run;
  return {
    type: "run.created",
    at,
    schema: EVENT_SCHEMA,
    workflow,
    version,
    tags,
    caller,
    ...(parent === undefined ? {} : { parent }),
    ...(origin === undefined ? {} : { origin }),
  };
}
