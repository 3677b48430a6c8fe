/**
 * Ports as types: what each parameter of a node accepts at a call, and what the call returns.
 *
 * Owns: the type of a call. Leaves to declarations.ts: refusing a definition that leaves its ports open.
 *
 * R1. An item parameter takes one value, a handle, or an array of either: the array maps.
 * R2. A gather parameter takes the set: an array, a handle, or an array that contains handles.
 * R3. A whole parameter takes one value, which is an array, or a handle of such values.
 * R4. A call returns `Items` when the node yields many or an argument maps, otherwise `Item`; where the type of an
 *     argument leaves it open, it returns the union of both.
 */
import type { ArtifactFolder, ArtifactRef } from "../model/ctx.ts";
import type { Handle, Item, Items, SettledOk } from "../model/handle.ts";

/** How the parameters of a node take many, and how it gives its result. */
export interface Ports {
  /** Names of the parameters that receive the whole set. */
  readonly gather: string;
  /** Names of the parameters whose one value is an array. */
  readonly whole: string;
  readonly many: boolean;
  /** Gather parameters receive `Settled<T>[]`. */
  readonly settled: boolean;
}

export type IsAny<T> = 0 extends 1 & T ? true : false;

/** The members of `T` that are arrays; `never` for `any` and `unknown`, which say nothing. */
export type ArrayIn<T> = IsAny<T> extends true ? never : T extends readonly unknown[] ? T : never;

/** What an array holds; tuples give the union of their members. */
export type ElementOf<T> = T extends readonly (infer Element)[] ? Element : never;

/** `T` of a `Settled<T>`. */
export type SettledValue<S> = S extends SettledOk<infer T> ? T : never;

/** R1. */
export type ItemArgument<P> = P | Handle<P> | readonly (P | Handle<P>)[];

/** R2. `E` is what the set consists of. */
export type GatherArgument<E> = Handle<E> | readonly (E | Handle<E>)[];

/** R3. A plain array is one value; it may be readonly, for the node receives a copy. */
export type WholeArgument<P> = P | Handle<P> | (P extends readonly unknown[] ? Readonly<P> : never);

type GatheredElement<P, S extends boolean> = S extends true ? SettledValue<ElementOf<P>> : ElementOf<P>;

/** What a call accepts, by parameter. Optional parameters stay optional. */
export type CallArguments<Input, P extends Ports> = {
  readonly [K in keyof Input]: K extends P["gather"]
    ? GatherArgument<GatheredElement<Input[K], P["settled"]>>
    : K extends P["whole"]
      ? WholeArgument<Input[K]>
      : ItemArgument<Input[K]>;
};

/** Refuses arguments that the node has no parameter for; a generic type parameter accepts them otherwise. */
export type NoFurtherArguments<Arguments, Input> = {
  readonly [K in Exclude<keyof Arguments, keyof Input>]: {
    readonly [Text in `'${K & string}' is not a parameter of this node`]: never;
  };
};

/** Whether an argument maps, as `true`, `false`, or `boolean` where its type leaves it open. Distributes over unions. */
type MapsArgument<Argument, Whole extends boolean> =
  Argument extends Items<unknown>
    ? true
    : Argument extends Item<unknown>
      ? false
      : Argument extends readonly unknown[]
        ? Whole extends true
          ? false
          : true
        : false;

/** One word per argument, joined to a union over all of them. */
type Mapping<Arguments, P extends Ports> = {
  [K in keyof Arguments]-?: K extends P["gather"]
    ? "no"
    : [MapsArgument<Arguments[K], K extends P["whole"] ? true : false>] extends [infer Flag]
      ? [Flag] extends [true]
        ? "yes"
        : [Flag] extends [false]
          ? "no"
          : "open"
      : never;
}[keyof Arguments];

/** What arrives of what a node gives: of a folder that it published, the reference. */
export type Recorded<T> =
  IsAny<T> extends true
    ? T
    : T extends ArtifactFolder
      ? ArtifactRef
      : T extends readonly ArtifactFolder[]
        ? ArtifactRef[]
        : HoldsFolder<T> extends true
          ? { [K in keyof T]: T[K] extends ArtifactFolder | undefined ? Recorded<T[K]> : T[K] }
          : T;

type HoldsFolder<T> = T extends readonly unknown[] | ((...args: never[]) => unknown)
  ? false
  : T extends object
    ? true extends { [K in keyof T]: T[K] extends ArtifactFolder ? true : false }[keyof T]
      ? true
      : false
    : false;

/** R4. */
export type CallResult<Arguments, Output, P extends Ports> = P["many"] extends true
  ? Items<Recorded<Output>>
  : "yes" extends Mapping<Arguments, P>
    ? Items<Recorded<Output>>
    : "open" extends Mapping<Arguments, P>
      ? Item<Recorded<Output>> | Items<Recorded<Output>>
      : Item<Recorded<Output>>;
