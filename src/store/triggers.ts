/**
 * Fires of triggers: which moment of which trigger became which run.
 *
 * R1. Of all processes that claim one fire exactly one is told it has it.
 * R2. The run that it stands for is named with the claim. A process that dies between claiming and making the run leaves that name:
 *     whoever asks for the fire next learns it and may make the run, which a store does only once.
 */
import type { RunId } from "../model/ids.ts";

export interface FireClaim {
  /** The name of the trigger, e.g. workflow and kind. */
  readonly trigger: string;
  /** Epoch ms of the moment it was due. */
  readonly fireAt: number;
  /** The run to be made for it. */
  readonly runId: RunId;
}

export interface Fire extends FireClaim {
  /** Epoch ms at which it was claimed. */
  readonly claimedAt: number;
}

export interface TriggerStore {
  /** `claimed: false` gives the run that the first claim named. */
  claimFire(claim: FireClaim): Promise<{ readonly claimed: boolean; readonly runId: RunId }>;
  /** The fire of a trigger with the latest moment. */
  lastFire(trigger: string): Promise<Fire | undefined>;
}
