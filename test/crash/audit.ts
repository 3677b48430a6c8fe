/**
 * What a run that was killed must have kept, as one function over what was seen: nothing here starts a process.
 *
 * Owns: the verdict. Leaves to killed-run.ts: killing, and looking at the store in between.
 *
 * R1. What was recorded once stays recorded, with the same value.
 * R2. Nothing is executed again once it was recorded, and nothing is recorded that was not executed.
 * R3. Nothing has two outcomes in the log, and the log's hash chain holds.
 * R4. In the end the same is recorded, and comes out, as in a run that was not killed.
 * R5. What was lost with a process and ran again is at most what ran at once in it.
 */

/** One line of the ledger that the nodes write. */
export interface Effect {
  /** What becomes durable with this effect. */
  readonly key: string;
  readonly pid: number;
}

/** What the store held at one moment while no process ran. */
export interface Sight {
  /** Lines of the ledger at that moment. */
  readonly effects: number;
  /** Encoded value by key: items by address, elements of a generator and `once` beside them. */
  readonly recorded: ReadonlyMap<string, string>;
  /** Keys with more than one outcome in the log. */
  readonly twice: readonly string[];
  /** What the hash chain says when it does not hold. */
  readonly broken?: string;
}

export interface RunSeen {
  readonly effects: readonly Effect[];
  /** In order of time; the last one after the end. */
  readonly sights: readonly Sight[];
  readonly output: string | undefined;
  readonly status: string;
}

/** A run that nobody killed. */
export interface Reference {
  /** `node value` of everything recorded, sorted: call numbers are a run's own. */
  readonly recorded: readonly string[];
  readonly output: string;
}

export interface AuditRules {
  /** Sorted `node value` of the last sight. */
  readonly recorded: readonly string[];
  readonly reference: Reference;
  readonly kills: number;
  /** Effects that one process may have had under way. */
  readonly atOnce: number;
}

/** Every fault, in words; none is what a test wants. */
export function audit(seen: RunSeen, rules: AuditRules): string[] {
  const faults: string[] = [];
  const { sights, effects } = seen;
  for (const [i, sight] of sights.entries()) {
    if (sight.broken !== undefined) faults.push(`chain broken: ${sight.broken}`);
    for (const key of sight.twice) faults.push(`recorded twice: ${key}`);
    const next = sights[i + 1];
    for (const [key, value] of sight.recorded) {
      if (next === undefined) continue;
      if (!next.recorded.has(key)) faults.push(`lost: ${key}`);
      else if (next.recorded.get(key) !== value) faults.push(`changed: ${key}`);
    }
    for (const { key } of effects.slice(sight.effects)) {
      if (sight.recorded.has(key)) faults.push(`executed again after it was recorded: ${key}`);
    }
  }
  const last = sights.at(-1);
  const executed = new Set(effects.map((effect) => effect.key));
  for (const key of last?.recorded.keys() ?? [])
    if (!executed.has(key)) faults.push(`recorded without its effect: ${key}`);
  if (!sameLines(rules.recorded, rules.reference.recorded)) {
    faults.push(
      `recorded otherwise than in a run that was not killed: ${firstDifference(rules.recorded, rules.reference.recorded)}`,
    );
  }
  if (seen.status !== "completed") faults.push(`stuck: the run reads "${seen.status}"`);
  if (seen.output !== rules.reference.output)
    faults.push(`another output: ${seen.output} instead of ${rules.reference.output}`);
  const again = effects.length - executed.size;
  if (again > rules.kills * rules.atOnce) faults.push(`${again} effects again for ${rules.kills} kills`);
  return faults;
}

function sameLines(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, i) => line === b[i]);
}

function firstDifference(a: readonly string[], b: readonly string[]): string {
  const at = a.findIndex((line, i) => line !== b[i]);
  const place = at === -1 ? a.length : at;
  return `${a[place] ?? "nothing more"} instead of ${b[place] ?? "nothing more"}`;
}
