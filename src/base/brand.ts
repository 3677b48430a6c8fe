declare const brand: unique symbol;

/** A `T` that only its own module makes: `type RunId = Brand<string, "RunId">` is not any string. No cost at run time. */
export type Brand<T, B extends string> = T & { readonly [brand]: B };
