/** All operations, by name. To add one, see the head of app/registry.ts. */
import { ARTIFACT_OPERATIONS } from "./artifacts.ts";
import { HISTORY_OPERATIONS } from "./history.ts";
import { COMPARISON_OPERATIONS } from "./comparisons.ts";
import { EXPORT_OPERATIONS } from "./exports.ts";
import { NOTE_OPERATIONS } from "./notes.ts";
import type { Operation } from "./operation.ts";
import { RUNNING_OPERATIONS } from "./operations.ts";
import { PART_OPERATIONS } from "./parts.ts";
import { PROFILE_OPERATIONS } from "./profiles.ts";
import { REASON_OPERATIONS } from "./reasons.ts";
import { RUN_OPERATIONS } from "./runs.ts";
import { UPKEEP_OPERATIONS } from "./upkeep.ts";
import { WORKFLOW_OPERATIONS } from "./workflows.ts";

export const OPERATIONS: readonly Operation[] = [
  ...WORKFLOW_OPERATIONS,
  ...RUN_OPERATIONS,
  ...HISTORY_OPERATIONS,
  ...PART_OPERATIONS,
  ...REASON_OPERATIONS,
  ...PROFILE_OPERATIONS,
  ...ARTIFACT_OPERATIONS,
  ...NOTE_OPERATIONS,
  ...UPKEEP_OPERATIONS,
  ...COMPARISON_OPERATIONS,
  ...EXPORT_OPERATIONS,
  ...RUNNING_OPERATIONS,
];

const BY_NAME: ReadonlyMap<string, Operation> = new Map(OPERATIONS.map((operation) => [operation.name, operation]));

export function operationNamed(name: string): Operation | undefined {
  return BY_NAME.get(name);
}
