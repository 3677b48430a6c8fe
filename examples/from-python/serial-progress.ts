/**
 * What you see here: three nodes one after the other, each of which says how far it is while it counts to ten. `watch` and the pages
 * show it live. A node that waits hands `ctx.signal` on, so that a cancelled run stops at once.
 *
 *   workgraph run examples/from-python/serial-progress.ts --pauseMs 200
 */
import { setTimeout as pause } from "node:timers/promises";

import { node, workflow, type Ctx } from "agentic-workgraph";

interface Counting {
  readonly previous: string;
  /** Between two numbers, in ms. */
  readonly pauseMs: number;
}

const COUNT = 10;

/** A helper is an ordinary function: its code belongs to the version of the workflow. */
async function countUp(stage: string, { previous, pauseMs }: Counting, ctx: Ctx): Promise<string> {
  for (let done = 0; done < COUNT; done += 1) {
    ctx.progress({ done, total: COUNT }, `${stage} counting to ${COUNT}`);
    await pause(pauseMs, undefined, { signal: ctx.signal });
  }
  ctx.progress({ done: COUNT, total: COUNT }, `${stage} is done`);
  return `${previous} -> ${stage} complete`;
}

const stageOne = node({ id: "count_stage_one" }, (given: Counting, ctx) => countUp("stage one", given, ctx));
const stageTwo = node({ id: "count_stage_two" }, (given: Counting, ctx) => countUp("stage two", given, ctx));
const stageThree = node({ id: "count_stage_three" }, (given: Counting, ctx) => countUp("stage three", given, ctx));

export const serialProgress = workflow(
  { name: "example-serial-progress" },
  ({ seed = "serial progress", pauseMs = 1000 }: { seed?: string; pauseMs?: number }) => {
    const one = stageOne({ previous: seed, pauseMs });
    const two = stageTwo({ previous: one, pauseMs });
    return stageThree({ previous: two, pauseMs });
  },
);
