import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";

export function NotFound(): ReactElement {
  return (
    <main className="empty">
      <h1>There is no such page</h1>
      <p>
        <Link to="/runs">Runs</Link> and <Link to="/workflows">workflows</Link> are where things begin.
      </p>
    </main>
  );
}
