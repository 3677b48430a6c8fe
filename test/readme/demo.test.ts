/** `npm run demo`, stopped by Ctrl-C half-way: the commands that it prints are the ones that go on, and all of them work. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "./readme.ts";

const DEMO = ["--conditions=workgraph-source", join(ROOT, "scripts/demo.ts")];
let data: string;

beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), "workgraph-demo-"));
});
afterAll(() => rmSync(data, { recursive: true, force: true }));

/** A printed command line, with npx and npm taken for what they start. */
function paste(line: string): { readonly status: number | null; readonly stdout: string; readonly said: string } {
  const words = line
    .replace(/ {2}#.*/, "")
    .trim()
    .split(" ");
  const given = words.slice(words[0] === "npm" ? 4 : 2);
  const program = words[0] === "npm" ? DEMO : [join(ROOT, "bin/workgraph.js")];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...program, ...given], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  return { status, stdout, said: `${line}\n${stderr}` };
}

function printed(text: string, beginning: string): readonly string[] {
  return text.split("\n").filter((line) => line.trim().startsWith(beginning));
}

/** The address that a printed `dev` gives, on a port that is free. */
async function pageOf(line: string): Promise<string> {
  const words = line.trim().split(" ").slice(2);
  const server = spawn(process.execPath, [join(ROOT, "bin/workgraph.js"), ...words, "--port", "0", "--json"], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [text] = (await once(server.stdout.setEncoding("utf8"), "data")) as [string];
  const { pageUrl } = JSON.parse(text) as { readonly pageUrl: string };
  expect((await fetch(pageUrl)).status).toBe(200);
  const closed = once(server, "close");
  server.kill("SIGTERM");
  await closed;
  return pageUrl;
}

test(
  "a demo that was stopped goes on by the lines it printed, and ends with its report",
  { timeout: 120_000 },
  async () => {
    const demo = spawn(
      process.execPath,
      [...DEMO, "--query", "railroads and canals", "--documents", "2", "--data", data],
      {
        cwd: ROOT,
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    const closed = once(demo, "close") as Promise<[number | null]>;
    let stdout = "";
    let stderr = "";
    demo.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    demo.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      // To the group, as a terminal does.
      if (text.includes("list_documents:")) process.kill(-demo.pid!, "SIGINT");
    });
    const [exitCode] = await closed;
    expect(exitCode, stderr).toBe(130);

    const [resume = ""] = printed(stdout, "npx workgraph resume ");
    const resumed = paste(resume);
    expect(resumed.status, resumed.said).toBe(0);
    const [output = ""] = printed(stdout, "npx workgraph output ");
    expect(paste(output).stdout).toBe(resumed.stdout);

    const [again = ""] = printed(stdout, "npm run demo ");
    const told = paste(again);
    expect(told.status, told.said).toBe(0);
    expect(told.stdout).toContain("# railroads and canals");
    const report = readFileSync(join(ROOT, "artifacts/demo/report.md"), "utf8");
    expect((JSON.parse(resumed.stdout) as { markdown: string }).markdown).toBe(report);

    const next = printed(told.stdout, "npx workgraph ");
    expect(next.length).toBeGreaterThan(5);
    const [dev = ""] = next.filter((line) => line.includes(" dev "));
    expect(await pageOf(dev)).toContain(`/runs/${again.match(/--run (\S+)/)?.[1]}#token=`);
    for (const line of next) {
      if (line === dev) continue;
      const { status, said, stdout: shown } = paste(line);
      expect(status, said).toBe(0);
      expect(shown !== "" || line.includes(" errors "), line).toBe(true);
    }
  },
);
