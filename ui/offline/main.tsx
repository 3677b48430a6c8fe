/**
 * A run in a file: the debugger over the document that came with the page, without a server.
 *
 * R1. Nothing is fetched: the policy of the page forbids it, and every question is answered here.
 * R2. What is chosen stands in the fragment of the address, as a file has no other: it survives a reload and a bookmark.
 */
import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "../shell/tokens.css";
import "../shell/palettes.css";
import "../shell/base.css";
import "../shell/layout.css";
import { QueryClientProvider } from "@tanstack/react-query";
import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  redirect,
  RouterProvider,
} from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { PAGE_DATA_ID, type PageDocument } from "../../src/model/page-document.ts";
import { answerFrom } from "../api/client.ts";
import { queries } from "../api/queries.ts";
import { RunPage } from "../run/run-page.tsx";
import { Nothing } from "../shell/pane.tsx";
import { readRunSearch } from "../shell/search.ts";
import { applySettings } from "../shell/settings.ts";
import { answersOf } from "./answers.ts";
import { OfflineFrame } from "./offline-frame.tsx";

async function inlined(): Promise<PageDocument> {
  const packed = document.getElementById(PAGE_DATA_ID)?.textContent ?? "";
  const bytes = Uint8Array.from(atob(packed), (one) => one.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(stream).json()) as PageDocument;
}

function routerOf(page: PageDocument): ReturnType<typeof createRouter> {
  const rootRoute = createRootRoute({
    component: () => <OfflineFrame page={page} />,
    notFoundComponent: () => <Nothing>This file holds one run and its child runs; other pages need a server.</Nothing>,
  });
  const homeRoute = createRoute({
    getParentRoute: () => rootRoute,
    path: "/",
    beforeLoad: () => {
      redirect({ to: "/runs/$runId", params: { runId: page.root }, throw: true } as never);
    },
  });
  const runRoute = createRoute({
    getParentRoute: () => rootRoute,
    path: "/runs/$runId",
    validateSearch: readRunSearch,
    component: RunPage,
  });
  return createRouter({
    routeTree: rootRoute.addChildren([homeRoute, runRoute]),
    history: createHashHistory(),
  }) as unknown as ReturnType<typeof createRouter>;
}

applySettings();
const page = await inlined();
answerFrom(answersOf(page));
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={routerOf(page) as never} />
    </QueryClientProvider>
  </StrictMode>,
);
