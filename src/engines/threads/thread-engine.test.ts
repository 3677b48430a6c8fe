import { systemClock } from "../../base/clock.ts";
import { describeEngine } from "../engine.contract.ts";
import { openThreadEngine } from "./thread-engine.ts";

describeEngine("attempts in worker threads", ({ artifacts, project }) => {
  const engine = openThreadEngine({ clock: systemClock, artifacts, project, threads: 2 });
  return { engine, close: () => engine.close() };
});
