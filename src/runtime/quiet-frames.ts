/**
 * Frames whose output goes nowhere: a replayed function has printed already, when its run did.
 *
 * R1. stdout and stderr are wrapped while somebody is quiet; who wrapped them in between keeps what it set.
 */
import { currentFrame, type Frame } from "../trace/current.ts";

type Write = typeof process.stdout.write;

const quiet: WeakSet<Frame> = new WeakSet();
let users = 0;
let unwrap: Array<() => void> = [];

/** Gives what ends it. */
export function quietFrame(frame: Frame): () => void {
  quiet.add(frame);
  if (users++ === 0) unwrap = [wrap(process.stdout), wrap(process.stderr)];
  return () => {
    if (--users > 0) return;
    for (const restore of unwrap) restore();
  };
}

/** R1. */
function wrap(stream: { write: Write }): () => void {
  const original = stream.write;
  const wrapped = function (this: unknown, ...args: unknown[]): boolean {
    const frame = currentFrame();
    if (!frame || !quiet.has(frame)) return Reflect.apply(original, stream, args as never) as boolean;
    const done = args.at(-1);
    if (typeof done === "function") queueMicrotask(() => (done as () => void)());
    return true;
  } as Write;
  stream.write = wrapped;
  return () => {
    if (stream.write === wrapped) stream.write = original;
  };
}
