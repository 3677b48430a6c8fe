import { systemClock } from "../../base/clock.ts";
import { mapStack } from "../../version/origin.ts";
import { describeEngine } from "../engine.contract.ts";
import { LocalEngine } from "./local-engine.ts";

describeEngine("attempts in this process", ({ artifacts }) => ({
  engine: new LocalEngine({ clock: systemClock, mapStack, artifacts }),
  close: async () => undefined,
}));
