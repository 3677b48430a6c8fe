import type { ReactElement } from "react";
import { hasToken } from "../api/client.ts";

/** Why this tab cannot launch, when it cannot. */
export function NoToken(): ReactElement | null {
  if (hasToken()) return null;
  return (
    <span className="soft">
      This tab has no token: open the address that <code>workgraph dev</code> printed to launch from here.
    </span>
  );
}
