/**
 * What of a page stands in its address.
 *
 * R1. What cannot be understood in an address is left out, never an error page.
 */

export type Shape = "folded" | "unrolled";
export type ListName = "items" | "events" | "errors" | "logs" | "children";
export const INSPECTOR_TABS = [
  "output",
  "input",
  "error",
  "attempts",
  "logs",
  "lineage",
  "why",
  "spans",
  "artifacts",
] as const;
export type InspectorTab = (typeof INSPECTOR_TABS)[number];

/** Panes of the debugger, in the order of their places at first. */
export const PANES = ["graph", "source", "time", "list", "inspector"] as const;
export type PaneName = (typeof PANES)[number];

export const PROFILE_VIEWS = ["nodes", "flame", "path", "concurrency", "what-if"] as const;
export type ProfileView = (typeof PROFILE_VIEWS)[number];

/** What is chosen in the debugger. */
export interface RunSearch {
  readonly call?: number;
  readonly item?: number;
  /** Seq at which the run is looked at; absent: as it is now. */
  readonly at?: number;
  readonly shape?: Shape;
  readonly list?: ListName;
  readonly tab?: InspectorTab;
  readonly status?: string;
  readonly file?: string;
  readonly q?: string;
  /** Ms after the start of the run: lists show what happened between. */
  readonly from?: number;
  readonly to?: number;
  /** Column that the items are sorted by; "-" before it: the other way. */
  readonly sort?: string;
  /** Kind of the events that are listed. */
  readonly kind?: string;
  /** Line of `file` that is looked at. */
  readonly line?: number;
  readonly ghosts?: "shown";
  /** What the left side shows alone. */
  readonly left?: "graph" | "source";
  /** The pane that is shown alone. */
  readonly only?: PaneName;
  /** In place of the timeline. */
  readonly profile?: ProfileView;
  /** Column of the profile; "-" before it: largest first. */
  readonly order?: string;
  /** Names down to the frame of the flame that is zoomed, apart by "/". */
  readonly frame?: string;
  /** Of ui/profile/change.ts. */
  readonly whatIf?: string;
  /** The dialog that makes a run from this one is open. */
  readonly again?: "fork" | "rerun" | "resume";
}

export interface ErrorsSearch {
  readonly workflow?: string;
  /** Last seen within: how long ago. */
  readonly since?: string;
  /** Fingerprint of the group that is chosen. */
  readonly group?: string;
}

export interface ArtifactsSearch {
  /** Key of the row that is chosen. */
  readonly row?: string;
  readonly workflow?: string;
  readonly name?: string;
  readonly kind?: string;
  readonly label?: string;
}

export interface ArtifactSearch {
  readonly selector?: string;
  readonly file?: string;
}

export interface CompareSearch {
  /** Runs, or WORKFLOW@HASH. */
  readonly a?: string;
  readonly b?: string;
}

export interface WorkflowsSearch {
  /** Words of its name, its title or its description. */
  readonly q?: string;
  /** Key of the row that is chosen. */
  readonly row?: string;
}

export const WORKFLOW_PARTS = ["launch", "graph", "runs", "versions", "coverage"] as const;
export type WorkflowPart = (typeof WORKFLOW_PARTS)[number];

/** What of one workflow is shown. */
export interface WorkflowSearch {
  readonly show?: WorkflowPart;
  /** The input of a launch as. */
  readonly input?: "form" | "json";
}

export interface VersionSearch {
  /** Another version that it is shown beside. */
  readonly with?: string;
  readonly file?: string;
}

export interface RunsSearch {
  /** Key of the row that is chosen. */
  readonly row?: string;
  readonly workflow?: string;
  readonly status?: string;
  readonly version?: string;
  /** All of these: key=value, apart by spaces. */
  readonly tags?: string;
  /** Words that occur in what a run recorded. */
  readonly text?: string;
  /** Created within: how long ago. */
  readonly since?: string;
}

export type Given = Readonly<Record<string, unknown>>;

export function text(given: Given, name: string): string | undefined {
  const value = given[name];
  return typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;
}

export function whole(given: Given, name: string): number | undefined {
  const value = Number(given[name]);
  return given[name] !== undefined && Number.isInteger(value) && value >= 0 ? value : undefined;
}

export function oneOf<T extends string>(given: Given, name: string, choices: readonly T[]): T | undefined {
  const value = given[name];
  return choices.find((choice) => choice === value);
}

export function present<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

export function readRunSearch(given: Given): RunSearch {
  return present({
    call: whole(given, "call"),
    item: whole(given, "item"),
    at: whole(given, "at"),
    shape: oneOf(given, "shape", ["folded", "unrolled"]),
    list: oneOf(given, "list", ["items", "events", "errors", "logs", "children"]),
    tab: oneOf(given, "tab", INSPECTOR_TABS),
    status: text(given, "status"),
    file: text(given, "file"),
    q: text(given, "q"),
    from: whole(given, "from"),
    to: whole(given, "to"),
    sort: text(given, "sort"),
    kind: text(given, "kind"),
    line: whole(given, "line"),
    ghosts: oneOf(given, "ghosts", ["shown"]),
    left: oneOf(given, "left", ["graph", "source"]),
    only: oneOf(given, "only", PANES),
    profile: oneOf(given, "profile", PROFILE_VIEWS),
    order: text(given, "order"),
    frame: text(given, "frame"),
    whatIf: text(given, "whatIf"),
    again: oneOf(given, "again", ["fork", "rerun", "resume"]),
  }) as RunSearch;
}
