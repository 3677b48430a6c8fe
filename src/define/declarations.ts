/**
 * What a definition has to declare, as compile errors whose text says what to write.
 *
 * Types are erased at run time: whether an array is a set, many items or one value is nowhere in the running code, so the
 * author writes it down, and only where it is open. Each rule below is a type that is `never` when it is kept and otherwise
 * a text; `Declared` turns texts into properties that the options lack, which is how the compiler comes to print them.
 *
 * R1. An array-typed parameter (any member of its union is an array) is in `gather` or in `whole`.
 * R2. A parameter of type `any` or `unknown` may hold an array: it is annotated, or declared `whole`.
 * R3. `gather`, `whole` and the names in `input` are parameters; gather parameters are arrays; none is gather and whole.
 *     A whole parameter may be of any type: in a generic factory, where `T` may be an array, that is how one says "one value".
 * R4. An array result has `out`; `out: "many"` has an array result; a generator has no `out: "one"`.
 * R5. Under `onFailed: "settled"` a gather parameter is `Settled<T>[]`. `onFailed` without gather says nothing.
 * R6. `key` needs many items and takes one of them.
 */
import type { NoKey } from "./node-options.ts";
import type { ArrayIn, ElementOf, IsAny, SettledValue } from "./ports.ts";

/** What the rules about parameters look at. */
export interface ParameterFacts {
  /** The first parameter of the function. */
  readonly input: unknown;
  readonly gather: string;
  readonly whole: string;
  /** Names in `input`, where it has a schema per parameter. */
  readonly inputNames: string;
}

/** What all rules look at. */
export interface Facts extends ParameterFacts {
  /** What the function gives, awaited. */
  readonly result: unknown;
  /** One item of the handle that a call returns: an element of the result of many, otherwise the result; as `output` has it. */
  readonly item: unknown;
  readonly generator: boolean;
  readonly out: "many" | "one" | "undeclared";
  /** `undefined` where the option is not given. */
  readonly onFailed: unknown;
  /** `NoKey` where the option is not given. */
  readonly key: unknown;
}

type NameOf<Input> = keyof Input & string;

/** `any` and `unknown`, and nothing else. */
type IsOpen<T> = IsAny<T> extends true ? true : unknown extends T ? true : false;

type IsNever<T> = [T] extends [never] ? true : false;

/** R1. */
type UndeclaredArrays<F extends Facts> = {
  [K in Exclude<NameOf<F["input"]>, F["gather"] | F["whole"]>]: IsNever<ArrayIn<F["input"][K]>> extends true
    ? never
    : `parameter '${K}' takes an array: declare gather: ['${K}'] (the whole set) or whole: ['${K}'] (one value)`;
}[Exclude<NameOf<F["input"]>, F["gather"] | F["whole"]>];

/** R2. */
type OpenParameters<F extends Facts> =
  IsOpen<F["input"]> extends true
    ? "the parameters have no type: annotate them, as in ({ url }: { url: string }) => ..."
    : {
        [K in Exclude<NameOf<F["input"]>, F["gather"] | F["whole"]>]-?: IsOpen<F["input"][K]> extends true
          ? `parameter '${K}' is any or unknown: annotate it, as in ({ ${K} }: { ${K}: string }), or declare whole: ['${K}'] (one value)`
          : never;
      }[Exclude<NameOf<F["input"]>, F["gather"] | F["whole"]>];

/** R3. */
type MisnamedPorts<F extends ParameterFacts> =
  | (F["gather"] extends infer K extends string
      ? K extends NameOf<F["input"]>
        ? IsNever<ArrayIn<F["input"][K]>> extends true
          ? `gather: ['${K}'] gives an array: annotate the parameter as ${K}: T[], or take it out of gather`
          : never
        : `gather names '${K}', which is not a parameter of the function`
      : never)
  | (F["whole"] extends infer K extends string
      ? K extends NameOf<F["input"]>
        ? never
        : `whole names '${K}', which is not a parameter of the function`
      : never)
  | (F["inputNames"] extends infer K extends string
      ? K extends NameOf<F["input"]>
        ? never
        : `input names '${K}', which is not a parameter of the function`
      : never)
  | (F["gather"] & F["whole"] extends infer K extends string
      ? `'${K}' is in gather and in whole: keep gather for the whole set, whole for one value`
      : never);

/** R4. */
type UndeclaredResult<F extends Facts> = F["generator"] extends true
  ? F["out"] extends "one"
    ? "a generator yields many items: take out out: 'one'"
    : never
  : F["out"] extends "many"
    ? IsOpen<F["result"]> extends true
      ? never
      : IsNever<Exclude<F["result"], readonly unknown[]>> extends true
        ? never
        : "out: 'many' needs an array as the result: return one, or take out: 'many' away"
    : F["out"] extends "undeclared"
      ? IsNever<ArrayIn<F["result"]> | ArrayIn<F["item"]>> extends true
        ? never
        : "the result is an array: declare out: 'many' (each element becomes an item) or out: 'one' (one value)"
      : never;

/** R5. */
type UnsettledGather<F extends Facts> = [F["onFailed"]] extends [undefined]
  ? never
  : IsNever<F["gather"]> extends true
    ? "onFailed is about what a gather receives: declare gather, or take onFailed away"
    : F["onFailed"] extends "settled"
      ? F["gather"] extends infer K extends NameOf<F["input"]>
        ? IsOpen<ElementOf<F["input"][K]>> extends true
          ? never
          : IsNever<SettledValue<ElementOf<F["input"][K]>>> extends true
            ? `onFailed: 'settled' gives '${K}' as Settled<T>[]: annotate it so`
            : never
        : never
      : never;

/** R6. */
type MisplacedKey<F extends Facts> = [F["key"]] extends [NoKey]
  ? never
  : F["generator"] extends true
    ? MistypedKey<F["key"], F["item"]>
    : F["out"] extends "many"
      ? MistypedKey<F["key"], F["item"]>
      : "key names the items of a result of many: declare out: 'many', or take key away";

type MistypedKey<Key, Element> = Key extends (value: infer Value) => unknown
  ? [Element] extends [Value]
    ? never
    : "the parameter of key has another type than the items of the result"
  : never;

/**
 * What a function's type reads as while the compiler has not looked at the function: it first checks the options alone when
 * `ctx` is not annotated. No rule may complain then, or the definition is refused before its parameters are known.
 */
export interface NotSeenYet {
  readonly [notSeenYet]: never;
}
declare const notSeenYet: unique symbol;

type WhenSeen<Returned, Complaint> = [NotSeenYet] extends [Returned]
  ? IsOpen<Returned> extends true
    ? Complaint
    : never
  : Complaint;

/** Every rule that the definition breaks, as a union of texts. */
export type Complaints<Returned, F extends Facts> = WhenSeen<
  Returned,
  | UndeclaredArrays<F>
  | OpenParameters<F>
  | MisnamedPorts<F>
  | UndeclaredResult<F>
  | UnsettledGather<F>
  | MisplacedKey<F>
>;

/** For a workflow: it receives plain values, so an array is no question until it is called as a subgraph. */
export type WorkflowComplaints<Returned, F extends ParameterFacts> = WhenSeen<Returned, MisnamedPorts<F>>;

/** `unknown` when there is no complaint, otherwise properties no options can have. */
export type Declared<Complaint extends PropertyKey | undefined> = [Complaint] extends [never]
  ? unknown
  : { readonly [Text in Complaint & string]: never };
