import { describe, expect, test } from "vitest";
import { audit, type AuditRules, type RunSeen } from "./audit.ts";

const reference = { recorded: ["a 1", "b 2"], output: "3" };
const rules: AuditRules = { recorded: ["a 1", "b 2"], reference, kills: 1, atOnce: 2 };
const one = new Map([["a", "1"]]);
const both = new Map([
  ["a", "1"],
  ["b", "2"],
]);
/** Killed after two effects, one of them recorded; the other ran again. */
const whole: RunSeen = {
  effects: ["a", "b", "b"].map((key) => ({ key, pid: 1 })),
  sights: [
    { effects: 2, recorded: one, twice: [] },
    { effects: 3, recorded: both, twice: [] },
  ],
  output: "3",
  status: "completed",
};
const [early, late] = whole.sights as [RunSeen["sights"][0], RunSeen["sights"][0]];

describe("the audit of a killed run", () => {
  test("finds nothing where nothing is wrong", () => {
    expect(audit(whole, rules)).toEqual([]);
  });

  test.each<[string, RunSeen, Partial<AuditRules>, string]>([
    [
      "a result that was removed",
      { ...whole, sights: [early, { ...late, recorded: new Map([["b", "2"]]) }] },
      {},
      "lost: a",
    ],
    [
      "a result that was changed",
      { ...whole, sights: [early, { ...late, recorded: new Map([...both, ["a", "9"]]) }] },
      {},
      "changed: a",
    ],
    [
      "an effect after its result was recorded",
      { ...whole, effects: ["a", "b", "b", "a"].map((key) => ({ key, pid: 2 })) },
      {},
      "executed again after it was recorded: a",
    ],
    [
      "a line that is missing in the ledger",
      { ...whole, effects: ["b", "b"].map((key) => ({ key, pid: 1 })) },
      {},
      "recorded without its effect: a",
    ],
    ["two outcomes of one item", { ...whole, sights: [early, { ...late, twice: ["b"] }] }, {}, "recorded twice: b"],
    ["a broken chain", { ...whole, sights: [early, { ...late, broken: "seq 4" }] }, {}, "chain broken: seq 4"],
    ["a run that does not end", { ...whole, status: "interrupted" }, {}, 'stuck: the run reads "interrupted"'],
    ["another output", { ...whole, output: "4" }, {}, "another output: 4 instead of 3"],
    [
      "fewer results than without a kill",
      whole,
      { recorded: ["a 1"] },
      "recorded otherwise than in a run that was not killed: nothing more instead of b 2",
    ],
    ["more effects again than ran at once", whole, { atOnce: 0 }, "1 effects again for 1 kills"],
  ])("sees %s", (_, seen, changed, fault) => {
    expect(audit(seen, { ...rules, ...changed })).toContain(fault);
  });
});
