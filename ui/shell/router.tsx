/**
 * The pages, and what of them stands in the address.
 *
 * R1. Everything that is chosen is in the address: it survives a reload, a link and another browser.
 * R2. What cannot be understood in an address is left out, never an error page.
 */
import { createRootRoute, createRoute, createRouter, redirect, lazyRouteComponent } from "@tanstack/react-router";
import { App } from "./app.tsx";
import { NotFound } from "./not-found.tsx";
import {
  oneOf,
  present,
  readRunSearch,
  text,
  WORKFLOW_PARTS,
  type ArtifactSearch,
  type ArtifactsSearch,
  type CompareSearch,
  type ErrorsSearch,
  type Given,
  type RunsSearch,
  type VersionSearch,
  type WorkflowSearch,
  type WorkflowsSearch,
} from "./search.ts";

const rootRoute = createRootRoute({ component: App, notFoundComponent: NotFound });

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: () => {
    redirect({ to: "/overview", throw: true });
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
      row: text(given, "row"),
    }) as RunsSearch,
  component: lazyRouteComponent(() => import("../history/runs-page.tsx"), "RunsPage"),
});

export const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs/$runId",
  validateSearch: readRunSearch,
  component: lazyRouteComponent(() => import("../run/run-page.tsx"), "RunPage"),
});

export const workflowsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/workflows",
  validateSearch: (given: Given): WorkflowsSearch =>
    present({ q: text(given, "q"), row: text(given, "row") }) as WorkflowsSearch,
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
      row: text(given, "row"),
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
