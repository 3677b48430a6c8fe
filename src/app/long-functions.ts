/** The operations that may take longer than somebody waits for an answer: those that read whole event logs. All of them only read. */
import { diff, type DiffInput } from "./operations/diff.ts";
import { firstDivergenceOf, type FirstDivergenceInput } from "./operations/first-divergence.ts";
import { lineage, type LineageInput } from "./operations/lineage.ts";
import { profile, type ProfileInput } from "./operations/profile.ts";
import type { Workspace } from "./workspace.ts";

type LongFunction = (workspace: Workspace, input: never) => Promise<unknown>;

export const LONG_FUNCTIONS: Readonly<Record<string, LongFunction>> = {
  "runs.diff": (workspace, input: DiffInput) => diff(workspace, input),
  "runs.first-divergence": (workspace, input: FirstDivergenceInput) => firstDivergenceOf(workspace, input),
  "items.lineage": (workspace, input: LineageInput) => lineage(workspace, input),
  "runs.profile": (workspace, input: ProfileInput) => profile(workspace, input),
};
