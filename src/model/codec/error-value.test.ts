import { describe, expect, test } from "vitest";
import { decode, encode } from "../codec.ts";

const through = (error: unknown): Error => decode(encode(error)) as Error;

describe("an error", () => {
  test.each([Error, RangeError, TypeError, SyntaxError, ReferenceError, EvalError, URIError])(
    "comes back as its own class: %o",
    (Class) => {
      const back = through(new Class("boom"));
      expect(Object.getPrototypeOf(back)).toBe(Class.prototype);
      expect([back.name, back.message]).toEqual([Class.name, "boom"]);
    },
  );

  test("keeps cause and message", () => {
    const back = through(new RangeError("x", { cause: new Error("y", { cause: { at: new Date(1) } }) }));
    expect((back.cause as Error).message).toBe("y");
    expect((back.cause as Error).cause).toEqual({ at: new Date(1) });
  });

  test("tells no cause from an undefined one", () => {
    expect(Object.hasOwn(through(new Error("x")), "cause")).toBe(false);
    expect(Object.hasOwn(through(new Error("x", { cause: undefined })), "cause")).toBe(true);
  });

  test("of the author's own class keeps its name and its nearest class", () => {
    class HttpError extends TypeError {
      override name = "HttpError";
    }
    const back = through(new HttpError("404"));
    expect(back).toBeInstanceOf(TypeError);
    expect(back.name).toBe("HttpError");
    expect(String(back)).toBe("HttpError: 404");
  });

  test("keeps a code that is text or a number, and no other", () => {
    expect(through(Object.assign(new Error("x"), { code: "ENOENT" }))).toMatchObject({ code: "ENOENT" });
    expect(through(Object.assign(new Error("x"), { code: 17 }))).toMatchObject({ code: 17 });
    expect(Object.hasOwn(through(Object.assign(new Error("x"), { code: { a: 1 } })), "code")).toBe(false);
  });

  test("keeps the errors of an AggregateError, whatever they are", () => {
    const back = through(new AggregateError([new RangeError("a"), "b", undefined], "both")) as AggregateError;
    expect(back).toBeInstanceOf(AggregateError);
    expect(back.errors[0]).toBeInstanceOf(RangeError);
    expect(back.errors.slice(1)).toEqual(["b", undefined]);
  });

  test("of the platform keeps name and code", () => {
    const back = through(new DOMException("Aborted", "AbortError"));
    expect(back).toBeInstanceOf(Error);
    expect(back).toMatchObject({ name: "AbortError", message: "Aborted", code: 20 });
  });

  test("keeps its stack only when asked", () => {
    const error = new Error("boom");
    expect(through(error).stack).toBe("Error: boom");
    expect((decode(encode(error, { stacks: "keep" })) as Error).stack).toBe(error.stack);
  });

  test("that is frozen or has no stack comes back too", () => {
    const bare = new Error("s");
    delete bare.stack;
    expect(through(Object.freeze(new Error("f"))).message).toBe("f");
    expect(through(bare).message).toBe("s");
  });

  test("encodes to the same text again", () => {
    const text = encode(new AggregateError([new TypeError("t")], "m", { cause: 1n }));
    expect(encode(decode(text))).toBe(text);
  });
});
