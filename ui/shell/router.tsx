/**
 * The pages, and what of them stands in the address.
 *
 * R1. Everything that is chosen is in the address: it survives a reload, a link and another browser.
 * R2. What cannot be understood in an address is left out, never an error page.
 */
import { createRootRoute, createRoute, createRouter, redirect, lazyRouteComponent } from "@tanstack/react-router";
import { App } from "./app.tsx";
import { NotFound } from "./not-found.tsx";

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

type Given = Readonly<Record<string, unknown>>;

function text(given: Given, name: string): string | undefined {
  const value = given[name];
  return typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;
}

function whole(given: Given, name: string): number | undefined {
  const value = Number(given[name]);
  return given[name] !== undefined && Number.isInteger(value) && value >= 0 ? value : undefined;
}

function oneOf<T extends string>(given: Given, name: string, choices: readonly T[]): T | undefined {
  const value = given[name];
  return choices.find((choice) => choice === value);
}

function present<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

const rootRoute = createRootRoute({ component: App, notFoundComponent: NotFound });

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: () => {
    redirect({ to: "/runs", throw: true });
  },
});

export const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs",
  validateSearch: (given: Given): RunsSearch =>
    present({
      workflow: text(given, "workflow"),
      status: text(given, "status"),
      version: text(given, "version"),
      tags: text(given, "tags"),
      text: text(given, "text"),
      since: text(given, "since"),
    }) as RunsSearch,
  component: lazyRouteComponent(() => import("../history/runs-page.tsx"), "RunsPage"),
});

export const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs/$runId",
  validateSearch: (given: Given): RunSearch =>
    present({
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
      profile: oneOf(given, "profile", PROFILE_VIEWS),
      order: text(given, "order"),
      frame: text(given, "frame"),
      whatIf: text(given, "whatIf"),
      again: oneOf(given, "again", ["fork", "rerun", "resume"]),
    }) as RunSearch,
  component: lazyRouteComponent(() => import("../run/run-page.tsx"), "RunPage"),
});

export const workflowsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/workflows",
  validateSearch: (given: Given): { readonly q?: string } => present({ q: text(given, "q") }) as { q?: string },
  component: lazyRouteComponent(() => import("../workflows/workflows-page.tsx"), "WorkflowsPage"),
});

export const workflowRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/workflows/$name",
  validateSearch: (given: Given): WorkflowSearch =>
    present({
      show: oneOf(given, "show", WORKFLOW_PARTS),
      input: oneOf(given, "input", ["form", "json"]),
    }) as WorkflowSearch,
  component: lazyRouteComponent(() => import("../workflows/workflow-page.tsx"), "WorkflowPage"),
});

export const versionRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/workflows/$name/versions/$version",
  validateSearch: (given: Given): VersionSearch =>
    present({ with: text(given, "with"), file: text(given, "file") }) as VersionSearch,
  component: lazyRouteComponent(() => import("../versions/version-page.tsx"), "VersionPage"),
});

export const compareRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/compare",
  validateSearch: (given: Given): CompareSearch =>
    present({ a: text(given, "a"), b: text(given, "b") }) as CompareSearch,
  component: lazyRouteComponent(() => import("../compare/compare-page.tsx"), "ComparePage"),
});

export const errorsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/errors",
  validateSearch: (given: Given): ErrorsSearch =>
    present({
      workflow: text(given, "workflow"),
      since: text(given, "since"),
      group: text(given, "group"),
    }) as ErrorsSearch,
  component: lazyRouteComponent(() => import("../errors/errors-page.tsx"), "ErrorsPage"),
});

export const artifactsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/artifacts",
  validateSearch: (given: Given): ArtifactsSearch =>
    present({
      workflow: text(given, "workflow"),
      name: text(given, "name"),
      kind: text(given, "kind"),
      label: text(given, "label"),
    }) as ArtifactsSearch,
  component: lazyRouteComponent(() => import("../artifacts/artifacts-page.tsx"), "ArtifactsPage"),
});

export const artifactRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/artifacts/show",
  validateSearch: (given: Given): ArtifactSearch =>
    present({ selector: text(given, "selector"), file: text(given, "file") }) as ArtifactSearch,
  component: lazyRouteComponent(() => import("../artifacts/artifact-page.tsx"), "ArtifactPage"),
});

export const overviewRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/overview",
  component: lazyRouteComponent(() => import("../overview/overview-page.tsx"), "OverviewPage"),
});

export const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("./settings-page.tsx"), "SettingsPage"),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    homeRoute,
    runsRoute,
    runRoute,
    workflowsRoute,
    workflowRoute,
    versionRoute,
    compareRoute,
    errorsRoute,
    artifactsRoute,
    artifactRoute,
    overviewRoute,
    settingsRoute,
  ]),
  defaultPreload: "intent",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
