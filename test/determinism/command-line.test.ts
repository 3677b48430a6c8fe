/** What a terminal shows of a divergence, and of what a replay check found. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { endPrograms } from "../process/program.ts";
import { Place } from "../process/place.ts";

let place: Place;
beforeAll(() => {
  place = new Place();
  place.write(
    "flow.ts",
    `import { node, workflow } from "agentic-workgraph";
const left = node({ id: "left" }, async ({ x }: { x: number }) => x + 1);
const right = node({ id: "right" }, async ({ x }: { x: number }) => x - 1);
const last = node({ id: "last" }, async ({ x }: { x: number }) => {
  if (process.env.DEADLY) process.kill(process.pid, "SIGKILL");
  return x;
});
export const flow = workflow({ name: "flow" }, async () => {
  console.log("the function runs");
  const x = await (process.env.MODE === "b" ? right({ x: 1 }) : left({ x: 1 }));
  return last({ x });
});
`,
  );
});
afterAll(async () => {
  await endPrograms();
  place.remove();
});

test(
  "a resume that diverges exits with 9, says why and how to go on, and show says it again",
  { timeout: 60_000 },
  async () => {
    const killed = await place.run(["run", "flow.ts"], { MODE: "a", DEADLY: "1" });
    expect(killed.signal, killed.stderr).toBe("SIGKILL");
    const diverged = await place.run(["resume", "latest"], { MODE: "b" });
    expect(diverged.exitCode, diverged.stderr).toBe(9);
    for (const said of [
      /recorded +"left" \(call 1\) at .*flow\.ts:10/,
      /now +"right" at .*flow\.ts:10/,
      /likely cause +the environment: it reads process\.env\.MODE/,
      /three ways on\n.*workgraph resume \w{26} .*\n.*workgraph resume \w{26} --with-current-code .*\n.*workgraph rerun \w{26} /,
    ])
      expect(diverged.stderr).toMatch(said);
    const shown = await place.run(["show", "latest"]);
    expect(shown.exitCode).toBe(0);
    expect(shown.stdout).toMatch(/status +diverged/);
    expect(shown.stdout).toMatch(/likely cause +the environment/);
    const { stderr: errors } = await place.run(["errors", "latest"]);
    expect(errors).toMatch(/^No errors\. It diverged: "workgraph show \w{26}" has the report\.$/m);
    const { document } = await place.json(["show", "latest"]);
    expect(document["diverged"]).toMatchObject({ recorded: { node: "left" }, now: { node: "right" } });
    const { exitCode } = await place.run(["resume", "latest"], { MODE: "a" });
    expect(exitCode).toBe(0);
  },
);

test(
  "a run that reads what its log has not is warned of, with the line, and printed once",
  { timeout: 60_000 },
  async () => {
    const ran = await place.run(["run", "flow.ts"], { MODE: "a" });
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toBe("2\n");
    expect(ran.stderr).toMatch(
      /warning: replayed over its own log.*\n +the environment: it reads process\.env\.MODE \(.*flow\.ts:10/,
    );
    expect(ran.stderr.match(/the function runs/g)).toHaveLength(1);
    expect((await place.run(["show", "latest"])).stdout).toMatch(/it reads process\.env\.MODE/);
    const unchecked = await place.run(["run", "flow.ts", "--no-replay-check"], { MODE: "a" });
    expect(unchecked.stderr).not.toMatch(/replayed over its own log/);
  },
);
