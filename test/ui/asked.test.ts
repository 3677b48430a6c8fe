/** The pages change nothing but by launches: every request that is no GET, found in their source and named. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { OPERATIONS } from "../../src/model/operations/catalog.ts";
import { ASKED, changingOperation, mayAsk } from "../browser/asked.ts";

const UI = fileURLToPath(new URL("../../ui", import.meta.url));
const SOURCES = globSync("**/*.{ts,tsx}", { cwd: UI }).map((path) => ({
  path: path.replaceAll("\\", "/"),
  text: readFileSync(`${UI}/${path}`, "utf8"),
}));

/** Ways in which a page can send something. */
const SENDS = /\b(?:fetch|sendBeacon|XMLHttpRequest|WebSocket|EventSource)\b\s*\(|method:\s*["'`]|<form[^>]*\bmethod=/g;

function sends(sources: typeof SOURCES): readonly string[] {
  return sources.flatMap(({ path, text }) => [...text.matchAll(SENDS)].map(([found]) => `${path} ${found}`));
}

/** Paths that `launch(...)` is called with, as operations; what varies is one part. */
function launched(sources: typeof SOURCES): readonly string[] {
  return sources.flatMap(({ path, text }) =>
    [...text.matchAll(/(?<!function )\blaunch<[^(]*>\(\s*(`[^`]*`|"[^"]*"|[^,)]+)/g)].flatMap(([, given = ""]) => {
      const written = given.replaceAll(/[`"]/g, "");
      // A kind of launch that a dialog chooses among stands for each of them.
      const paths = written.includes("/${kind}")
        ? ["fork", "rerun", "resume"].map((kind) => written.replace("${kind}", kind))
        : [written];
      return paths.map((one) => changingOperation("POST", one.replaceAll(/\$\{[^}]*\}/g, "x")) ?? `${path}: ${one}`);
    }),
  );
}

test("the pages send from one folder, and only what launches names a method", () => {
  expect(SOURCES.length).toBeGreaterThan(50);
  expect(sends(SOURCES.filter(({ path }) => !path.startsWith("api/")))).toEqual([
    // Text that is copied for another program, not a request.
    'shell/copy-menu.tsx method: "',
  ]);
  const methods = SOURCES.flatMap(({ path, text }) =>
    path.startsWith("api/") ? [...text.matchAll(/method: *(\S+)/g)].map(([, method]) => `${path} ${method}`) : [],
  );
  expect(methods).toEqual(['api/client.ts "POST",']);
});

test("they launch, rerun, resume and fork, ask for what is told before, and for files; nothing else", () => {
  expect([...new Set(launched(SOURCES))].toSorted()).toEqual(Object.keys(ASKED).toSorted());
  for (const name of Object.keys(ASKED)) {
    expect(OPERATIONS.find((one) => one.name === name)?.access, name).toBe("launch");
  }
});

test("what is for the command line and for MCP is not asked for, and would be noticed", () => {
  for (const path of ["/api/runs/R/cancel", "/api/runs/R/pin", "/api/notes", "/api/history/gc"]) {
    expect(changingOperation("POST", path), path).toBeDefined();
    expect(mayAsk("POST", path), path).toBe(false);
  }
  const planted = [
    { path: "x.tsx", text: "await launch<Done>(`/api/runs/${runId}/cancel`, {}); navigator.sendBeacon(url)" },
  ];
  expect(launched(planted)).toEqual(["runs.cancel"]);
  expect(sends(planted)).toEqual(["x.tsx sendBeacon("]);
});
