import { expect, test } from "vitest";
import type { RunRow, Store } from "../store/store.ts";
import { EventPages } from "./event-pages.ts";
import { followRun } from "./event-stream.ts";
import { RunTails } from "./run-tail.ts";

const RUN = "01JD9000000000000000000000";

/** A store in which the first reading of a run's events breaks off, and the next one comes to the run's end. */
function failingOnce(): Pick<Store, "run" | "tail" | "events"> {
  let reads = 0;
  return {
    run: async () => ({ runId: RUN, seq: 0, status: reads > 1 ? "completed" : "running" }) as RunRow,
    events: async () => [],
    // oxlint-disable-next-line require-yield
    async *tail() {
      if (++reads === 1) throw new Error("disk I/O error");
    },
  };
}

test("a store that cannot be read lets go who follows, and does not end the run for them", async () => {
  const store = failingOnce();
  const tails = new RunTails(store);
  const told = async (): Promise<string> => {
    const { tail, release } = await tails.follow(RUN);
    const pieces: string[] = [];
    const request = { after: 0, signal: new AbortController().signal };
    for await (const piece of followRun(tail, new EventPages(store), request)) pieces.push(String(piece));
    release();
    return pieces.join("");
  };
  expect(await told()).toMatch(/event: status\ndata: .*"running".*\n\nevent: closing\n/);
  expect(await told()).toMatch(/event: status\ndata: .*"completed".*\n\nevent: end\n/);
  tails.close();
});
