/** What an attempt did besides giving a result, as events: emitted with its outcome, so that one commit has both. */
import type { AttemptFacts, AttemptRequest } from "./engine.ts";
import type { RunCore } from "./run-core.ts";

export function emitFacts(
  run: Pick<RunCore, "clock" | "emit">,
  { call, item, attempt }: Pick<AttemptRequest, "call" | "item" | "attempt">,
  { read = [], published = [] }: AttemptFacts,
): void {
  const of = { at: run.clock.now(), call, item, attempt };
  for (const { asked, selector, sha256 } of read) {
    run.emit({ type: "artifact.read", ...of, asked, selector, sha256 });
  }
  for (const { manifest, ...folder } of published) run.emit({ type: "artifact.published", ...of, ...folder }, manifest);
}
