/**
 * Which run the code that executes now belongs to.
 *
 * Owns: the asynchronous context. Leaves to runtime/: creating frames.
 *
 * R1. The workflow function and everything it awaits see a "workflow" frame; a node function sees a "node" frame.
 * R2. Outside both there is no frame: a node called there cannot mean anything and is refused.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { CallSink } from "./call-sink.ts";

export interface WorkflowFrame {
  readonly kind: "workflow";
  readonly workflow: string;
  readonly sink: CallSink;
}

export interface NodeFrame {
  readonly kind: "node";
  readonly nodeId: string;
  /** `RUN.CALL.ITEM` of the item being attempted. */
  readonly address: string;
}

export type Frame = WorkflowFrame | NodeFrame;

const storage: AsyncLocalStorage<Frame> = new AsyncLocalStorage<Frame>();

export function currentFrame(): Frame | undefined {
  return storage.getStore();
}

/** Runs `fn` with `frame` as its context, through every await. */
export function withFrame<A extends unknown[], R>(frame: Frame, fn: (...args: A) => R, ...args: A): R {
  return storage.run(frame, fn, ...args);
}

/** Runs `fn` as nobody's code: what it schedules belongs to the runtime, whoever's call led to it. */
export function withoutFrame<R>(fn: () => R): R {
  return storage.getStore() === undefined ? fn() : storage.run(undefined as unknown as Frame, fn);
}
