import "@fontsource-variable/inter/index.css";
import "@fontsource-variable/jetbrains-mono/index.css";
import "./shell/tokens.css";
import "./shell/palettes.css";
import "./shell/base.css";
import "./shell/layout.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { takeToken } from "./api/client.ts";
import { beginFirstView } from "./api/first-view.ts";
import { queries } from "./api/queries.ts";
import { setFavicon } from "./shell/favicon.ts";
import { router } from "./shell/router.tsx";
import { applySettings } from "./shell/settings.ts";

takeToken();
applySettings();
setFavicon();
// What a run needs first is begun while the code of its page is still on its way.
if (beginFirstView(window.location.pathname) === "asked") {
  void import("./graph/layout.ts").then(({ layoutWorker }) => layoutWorker());
}
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
