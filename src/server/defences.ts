/**
 * What stands between a request and the operations, as parts: so that a test can take each away and see that it was needed.
 *
 * R1. The product has one set of them, `DEFENCES`, and no option that weakens it.
 */
import { readJsonBody } from "./body.ts";
import { openBelow } from "./files.ts";
import { admit } from "./gate.ts";

export interface Defences {
  readonly admit: typeof admit;
  readonly readJsonBody: typeof readJsonBody;
  readonly openBelow: typeof openBelow;
}

export const DEFENCES: Defences = { admit, readJsonBody, openBelow };
